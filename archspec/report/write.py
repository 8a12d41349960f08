"""A report on disk: written where it differs, or held against what it should be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archspec.diagnostics import Diagnostic, Source, Span
from archspec.language.files import display_name
from archspec.report.page import Page


@dataclass(frozen=True, slots=True)
class Written:
    """The files that a report changed, and how many it has."""

    changed: tuple[Path, ...]
    total: int


def write_page(page: Page, path: Path) -> Written:
    """Draw the figures and write what differs, the page last; each file in one step.

    Raises EnvironmentFault when a folder or file cannot be written.
    """
    from archspec.record import cannot_write

    contents = {
        path.parent / figure.file: figure.draw()
        for figure in page.figures
        if figure.draw is not None
    }
    contents[path] = page.text.encode()
    changed = []
    for file, content in contents.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise cannot_write(file.parent, fault) from None
        if _put(file, content):
            changed.append(file)
    return Written(tuple(changed), len(page.figures) + 1)


def check_page(page: Page, path: Path, command: str) -> tuple[Diagnostic, ...]:
    """Return what differs on disk: the page's first line that does, and figures that are missing.

    command: what to run, for the help. Raises EnvironmentFault when the page cannot be read.
    """
    from archspec.record import cannot_read

    help = f"run `{command}`"
    if not path.exists():
        return (Diagnostic("missing-report", f"there is no {display_name(path)}", None, help),)
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise cannot_read(path, fault) from None
    text = content.decode(errors="replace").replace("\r\n", "\n")
    faults = []
    if text != page.text:
        faults.append(_stale(text, page.text, path, help))
    for figure in page.figures:
        if not (path.parent / figure.file).is_file():
            fact = f"the figure {display_name(path.parent / figure.file)} is missing"
            faults.append(Diagnostic("missing-figure", fact, None, help))
    return tuple(faults)


def _stale(text: str, expected: str, path: Path, help: str) -> Diagnostic:
    ours, theirs = text.split("\n"), expected.split("\n")
    both = zip(ours, theirs, strict=False)
    shorter = min(len(ours), len(theirs))
    number = next((i for i, (a, b) in enumerate(both) if a != b), shorter)
    shown = [f"- {line}" for line in ours[number : number + 1]]
    shown += [f"+ {line}" for line in theirs[number : number + 1]]
    line = min(number, len(ours) - 1)
    span = Span(
        Source(display_name(path), text), line + 1, 1, line + 1, max(2, len(ours[line]) + 1)
    )
    fact = "the report is out of date" + "".join(f"\n  {line:.200}" for line in shown)
    return Diagnostic("stale-report", fact, span, help)


def _put(path: Path, content: bytes) -> bool:
    """Put content in its place where something else lies there; return whether it changed."""
    from archspec.record import cannot_read, write_atomically

    try:
        if path.is_file() and path.read_bytes() == content:
            return False
    except OSError as fault:
        raise cannot_read(path, fault) from None
    write_atomically(path, content)
    return True
