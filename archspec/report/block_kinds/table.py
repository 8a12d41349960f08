"""`table SPEC`: the table of a network."""

from __future__ import annotations

from archspec.report.block_kinds.kind import Kind, choose
from archspec.report.blocks import Block, Form
from archspec.report.desk import Seat
from archspec.tables import COLUMNS, DEFAULT_COLUMNS, as_markdown, make_table

FORM = Form("table", "table specs/step3.yaml", 1, 1, ("columns",), ("expand",))


def write(block: Block, seat: Seat) -> str:
    """Return what `archspec table` prints."""
    option = block.options.get("columns")
    columns = choose(option, COLUMNS, "column") if option else DEFAULT_COLUMNS
    analysis = seat.analysis(block.specs[0])
    return as_markdown(make_table(analysis, columns, "expand" in block.flags)).rstrip("\n")


KIND = Kind(FORM, write)
