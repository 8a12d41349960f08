"""What `archspec check --fix` and `--diff` tell people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from archspec.commands.check.fixed_files import FixedFile
from archspec.diagnostics import Diagnostic
from archspec.diagnostics.words import counted, plural

_BOLD, _RED, _GREEN, _CYAN, _RESET = "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[0m"
_LONGEST = 40


def fixes_as_text(files: Sequence[FixedFile], *, colour: bool = False) -> str:
    """Return what was changed, a line for each fix under a line for each file."""
    lines = []
    for file in files:
        name = f"{_BOLD}{file.name}{_RESET}" if colour else file.name
        lines.append(f"{name}: {counted(len(file.changes), 'fix', 'fixes')}")
        for change in file.changes:
            place = change.place.removeprefix(f"{file.name}:")
            lines.append(
                f"  {place:<6} {_shown(change.old)} → {_shown(change.new)}  ({change.code})"
            )
    return "".join(f"{line}\n" for line in lines)


def left_as_text(elsewhere: Sequence[Diagnostic]) -> str:
    """Return which certain fixes were left, because their file is not the project's."""
    counts = Counter(found.fix.span.source.name for found in elsewhere if found.fix)
    return "".join(
        f"{name} lies outside of the project, and {counted(count, 'fix', 'fixes')} there "
        f"{plural(count, 'is', 'are')} left: name the file itself to have it fixed\n"
        for name, count in counts.items()
    )


def coloured_diff(diff: str) -> str:
    """Return a unified diff with removed lines red and added ones green."""
    colours = {"---": _BOLD, "+++": _BOLD, "@": _CYAN, "-": _RED, "+": _GREEN}
    lines = []
    for line in diff.splitlines(keepends=True):
        colour = next((c for start, c in colours.items() if line.startswith(start)), "")
        body = line.rstrip("\r\n")
        lines.append(f"{colour}{body}{_RESET}{line[len(body) :]}" if colour else line)
    return "".join(lines)


def _shown(text: str) -> str:
    words = " ".join(text.split())
    return f"`{words if len(words) <= _LONGEST else words[: _LONGEST - 1] + '…'}`"
