"""The table of a network, as a frozen value; how it is written is decided in `formats`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archspec.analysis import Analysis
from archspec.diagnostics import Span
from archspec.tables.columns import (
    COLUMNS,
    DEFAULT_COLUMNS,
    Cell,
    Column,
    RowFacts,
    find_columns,
    row_of_entry,
    row_of_node,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its entry's label, id and place, and one cell for each column."""

    label: str
    id: str
    span: Span
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of a network, and the sums that stand in the line under them."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: tuple[tuple[str, int], ...]
    """(name of the column, sum): the params always, and every summed column of the table."""

    @property
    def headers(self) -> tuple[str, ...]:
        """The headings, left to right."""
        return tuple(column.header for column in self.columns)

    @property
    def caption(self) -> str:
        """The line under the table: `Total params: 7,720`."""
        words = {"macs": "MACs"}
        sums = (f"{words.get(name, name)}: {total:,}" for name, total in self.totals)
        return "Total " + ", ".join(sums)


def make_table(
    analysis: Analysis, columns: Iterable[str] = DEFAULT_COLUMNS, expand: bool = False
) -> Table:
    """Return the table of a network.

    columns: names out of `COLUMNS`; UsageError for an unknown one.
    expand: one row a node, reshaping ones included, instead of one row an entry.
    """
    chosen = find_columns(columns)
    totals = analysis.totals
    rows: list[Row] = []
    for facts in analysis.entries:
        entry = facts.entry
        lines: tuple[RowFacts, ...] = ()
        if expand:
            lines = tuple(row_of_node(facts, node, totals) for node in facts.nodes)
        elif entry.layer is None or entry.layer.has_row:
            lines = (row_of_entry(facts, totals),)
        rows.extend(
            Row(line.label, line.id, entry.span, tuple(column.cell(line) for column in chosen))
            for line in lines
        )
    summed = dict.fromkeys((COLUMNS["params"], *chosen))
    sums = tuple((column.name, column.total(totals)) for column in summed if column.total)
    return Table(chosen, tuple(rows), sums)
