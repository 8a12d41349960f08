"""`diff A B`: what changed from one network to another."""

from __future__ import annotations

from archspec.report.block_kinds.kind import Kind
from archspec.report.blocks import BlockForm, PageBlock
from archspec.report.desk import Seat
from archspec.report.difference import difference_as_markdown

FORM = BlockForm("diff", "diff specs/step2.yaml specs/step3.yaml", 2, 2, (), ("figures",))


def write(block: PageBlock, seat: Seat) -> str:
    """Return the table of changes and the totals; `figures` adds those of each layer."""
    made = seat.difference(*block.specs)
    return difference_as_markdown(made, figures="figures" in block.flags).rstrip("\n")


KIND = Kind(FORM, write)
