"""A report on disk: written where it differs, or held against what it should be."""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass
from pathlib import Path

from archspec.diagnostics import Diagnostic, Source, Span, UsageError
from archspec.language.files import display_name
from archspec.report.page import MARK, Page


@dataclass(frozen=True, slots=True)
class Written:
    """The files that a report changed, and how many it has."""

    changed: tuple[Path, ...]
    total: int


def write_page(page: Page, path: Path, *, force: bool = False) -> Written:
    """Draw the figures and write what differs, the page last; each file in one step.

    Raises UsageError for a page that somebody else wrote, which only `force` replaces, and
    EnvironmentFault when a folder or file cannot be written.
    """
    from archspec.record import make_folder

    before = _content(path)
    if before and not force and not before.removeprefix(BOM_UTF8).startswith(MARK.encode()):
        fact = f"{display_name(path)} is there, and `archspec report` did not write it"
        help = "write to another file, or replace it with `--force`"
        raise UsageError([Diagnostic("file-exists", fact, None, help)])
    contents = {
        path.parent / figure.file: figure.draw()
        for figure in page.figures
        if figure.draw is not None
    }
    contents[path] = page.text.encode()
    changed = []
    for file, content in contents.items():
        make_folder(file.parent)
        if _put(file, content):
            changed.append(file)
    return Written(tuple(changed), len(page.figures) + 1)


def check_page(page: Page, path: Path, command: str) -> tuple[Diagnostic, ...]:
    """Return what differs on disk: the page's first line that does, and figures that are missing.

    command: what to run, for the help. Raises EnvironmentFault when the page cannot be read.
    """
    help = f"run `{command}`"
    content = _content(path)
    if content is None:
        return (Diagnostic("missing-report", f"there is no {display_name(path)}", None, help),)
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


def _content(path: Path) -> bytes | None:
    """Return what stands in an ordinary file, None without one."""
    from archspec.record import cannot_read

    try:
        return path.read_bytes() if path.is_file() else None
    except OSError as fault:
        raise cannot_read(path, fault) from None


def _put(path: Path, content: bytes) -> bool:
    """Put content in its place where something else lies there; return whether it changed."""
    from archspec.record import write_atomically

    before = _content(path)
    if before == content:
        return False
    write_atomically(path, content, before=before, is_new=before is None)
    return True
