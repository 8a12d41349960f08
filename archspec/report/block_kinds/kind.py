"""What a kind of block is, and how its tables are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from archspec.diagnostics import Diagnostic, SpecError, did_you_mean
from archspec.report.blocks import BlockForm, PageBlock
from archspec.report.desk import Seat
from archspec.report.markers import Word
from archspec.tables.formats import escape_cell


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of block: how it is written, and what it says.

    write: returns the body, lines without line end at the last; raises ArchspecError with the
    faults, placed at the block or in the files that it reads.
    """

    form: BlockForm
    write: Callable[[PageBlock, Seat], str]


def pipe_table(headers: Sequence[str], rows: Iterable[Sequence[str]], figures: set[str]) -> str:
    """Return a markdown table; the columns whose headers are `figures` stand on the right."""
    marks = ["---:" if header in figures else "---" for header in headers]
    lines = [[*map(escape_cell, headers)], marks, *([*map(escape_cell, row)] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def choose(option: Word, known: Iterable[str], noun: str) -> list[str]:
    """Return the names in `columns=a,b`; SpecError at the option for one that is not known."""
    known = list(known)
    names = list(dict.fromkeys(name.strip().lower() for name in option.text.split(",")))
    faults = [
        Diagnostic(
            f"unknown-{noun}",
            f"unknown {noun} `{name}`",
            option.span,
            did_you_mean(name, known) or f"known are {', '.join(known)}",
        )
        for name in names
        if name not in known
    ]
    if faults:
        raise SpecError(faults)
    return names
