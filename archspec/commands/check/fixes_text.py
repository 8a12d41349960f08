"""What `archspec check --fix` and `--diff` tell people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from archspec.commands.check.fixed_files import FixedFile
from archspec.diagnostics import Diagnostic
from archspec.diagnostics.paint import BOLD, CYAN, GREEN, RED, RESET
from archspec.diagnostics.words import counted, plural

_LONGEST = 40


def fixes_as_text(files: Sequence[FixedFile], *, colour: bool = False) -> str:
    """Return what was changed, a line for each fix under a line for each file."""
    lines = []
    for file in files:
        name = f"{BOLD}{file.name}{RESET}" if colour else file.name
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
    colours = {"---": BOLD, "+++": BOLD, "@": CYAN, "-": RED, "+": GREEN}
    lines = []
    for line in diff.splitlines(keepends=True):
        colour = next((c for start, c in colours.items() if line.startswith(start)), "")
        body = line.rstrip("\r\n")
        lines.append(f"{colour}{body}{RESET}{line[len(body) :]}" if colour else line)
    return "".join(lines)


def _shown(text: str) -> str:
    words = " ".join(text.split())
    return f"`{words if len(words) <= _LONGEST else words[: _LONGEST - 1] + '…'}`"
