"""`table SPEC`: the table of a network."""

from __future__ import annotations

from archspec.diagnostics import Diagnostic, SpecError
from archspec.report.block_kinds.kind import Kind, choose
from archspec.report.blocks import BlockForm, PageBlock
from archspec.report.desk import Seat
from archspec.report.markers import Word
from archspec.tables import COLUMNS, DEFAULT_COLUMNS, as_markdown, make_table

FORM = BlockForm("table", "table specs/step3.yaml", 1, 1, ("columns", "depth"), ("expand",))


def write(block: PageBlock, seat: Seat) -> str:
    """Return what `archspec table` prints."""
    option = block.options.get("columns")
    columns = choose(option, COLUMNS, "column") if option else DEFAULT_COLUMNS
    depth = block.options.get("depth")
    analysis = seat.analysis(block.specs[0])
    levels = _levels(depth, "expand" in block.flags) if depth else None
    table = make_table(analysis, columns, "expand" in block.flags, levels)
    return as_markdown(table).rstrip("\n")


def _levels(depth: Word, is_expanded: bool) -> int:
    """Return how many levels of groups are shown; SpecError at the option for anything else."""
    if is_expanded:
        fact, help = "`depth` and `expand` ask for different rows", "keep one of the two"
        raise SpecError([Diagnostic("unknown-option", fact, depth.span, help)])
    if not depth.text.isascii() or not depth.text.isdigit() or not 1 <= int(depth.text) <= 100:
        fact = f"expected a depth from 1, got `{depth.text}`"
        raise SpecError([Diagnostic("unknown-option", fact, depth.span, "write such as `depth=1`")])
    return int(depth.text)


KIND = Kind(FORM, write)
