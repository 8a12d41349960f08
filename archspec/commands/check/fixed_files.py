"""The files that `archspec check --fix` changes: what they become, and how it gets there."""

from __future__ import annotations

import difflib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archspec.diagnostics import ArchspecError, Diagnostic

BOM = b"\xef\xbb\xbf"
PROJECT_MARKS = (".git", "pyproject.toml")


@dataclass(frozen=True, slots=True)
class AppliedFix:
    """One fix as it was applied: where the old text stood in its round, and what took its place."""

    place: str
    code: str
    old: str
    new: str


@dataclass(slots=True)
class FixedFile:
    """A file that takes part in the fixes. `text` is what it becomes."""

    path: Path
    name: str
    before: bytes
    text: str
    changes: list[AppliedFix] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        """What it becomes, as bytes; a byte-order mark stays."""
        return (BOM if self.before.startswith(BOM) else b"") + self.text.encode()

    @property
    def diff(self) -> str:
        """The change as a unified diff, as `patch -p0` takes it."""
        old, new = (
            list(io.StringIO(text, newline="\n"))
            for text in (self.before.removeprefix(BOM).decode(), self.text)
        )
        lines = difflib.unified_diff(old, new, self.name, self.name)
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )


def read_file(path: Path, name: str, text: str) -> FixedFile | None:
    """Return a file that was just read as `text`; None where it says something else by now."""
    try:
        before = path.read_bytes()
        return FixedFile(path, name, before, text) if before.decode("utf-8-sig") == text else None
    except (OSError, UnicodeDecodeError):
        return None


def is_inside(file: Path, spec: Path) -> bool:
    """Return whether a file lies in the project of a spec; both are real paths, no links.

    A project begins at the nearest folder with a .git or pyproject.toml; without one, at the
    spec's own folder.
    """
    marked = (f for f in spec.parents if any((f / mark).exists() for mark in PROJECT_MARKS))
    return file.is_relative_to(next(marked, spec.parent))


def write_files(
    files: Sequence[FixedFile],
) -> tuple[tuple[FixedFile, ...], tuple[Diagnostic, ...]]:
    """Write every file that can be; return those written, and the faults of the others."""
    from archspec.record import write_atomically

    written: list[FixedFile] = []
    faults: list[Diagnostic] = []
    for file in files:
        try:
            write_atomically(file.path, file.content, before=file.before)
            written.append(file)
        except ArchspecError as error:
            faults += error.diagnostics
    return tuple(written), tuple(faults)
