"""`ladder SPEC…`: several networks side by side."""

from __future__ import annotations

from archspec.judge.figures import show_figure
from archspec.report.block_kinds.kind import Kind, choose, pipe_table
from archspec.report.blocks import BlockForm, PageBlock
from archspec.report.desk import Seat
from archspec.report.markers import Word
from archspec.tables.formats import as_prose

HEADERS = {
    "name": "Network",
    "title": "Title",
    "params": "Params",
    "rf": "RF",
    "macs": "MACs",
    "best": "Best test accuracy",
}
FIGURES = {"params": "params", "rf": "receptive_field", "macs": "macs"}
FORM = BlockForm(
    "ladder", "ladder specs/step1.yaml specs/step2.yaml", 1, None, ("columns", "records")
)


def write(block: PageBlock, seat: Seat) -> str:
    """Return a row for each network: its figures, and the best test accuracy over its seeds."""
    option = block.options.get("columns")
    columns = choose(option, HEADERS, "column") if option else list(HEADERS)
    rows = [[_cell(column, word, block, seat) for column in columns] for word in block.specs]
    right = {HEADERS[name] for name in ("params", "macs")}
    return pipe_table([HEADERS[column] for column in columns], rows, right)


def _cell(column: str, word: Word, block: PageBlock, seat: Seat) -> str:
    analysis = seat.analysis(word)
    if column == "name":
        return as_prose(analysis.spec.name)
    if column == "title":
        return as_prose(analysis.spec.title or "")
    if column == "best":
        best = seat.evidence(word, block).summary.highest_test
        return str(best) if best is not None else "–"
    return show_figure(analysis, FIGURES[column])


KIND = Kind(FORM, write)
