"""The table of a network, as a frozen value; how it is written is decided in `formats`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from archspec.analysis import Analysis, EntryFacts, Totals
from archspec.analysis.outline import Item, down_to, outline
from archspec.diagnostics import Diagnostic, Span, UsageError
from archspec.tables.columns import (
    COLUMNS,
    DEFAULT_COLUMNS,
    Cell,
    Column,
    RowFacts,
    find_columns,
    row_of,
    row_of_node,
)
from archspec.values import dataclass


class Row(NamedTuple):
    """One row: label, id and place of its entry or group, and one cell for each column."""

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
    peaks: tuple[tuple[str, int], ...] = ()
    """(name of the column, the most of it that is there at one time), of the same columns."""

    @property
    def headers(self) -> tuple[str, ...]:
        """The headings, left to right."""
        return tuple(column.header for column in self.columns)

    @property
    def caption(self) -> str:
        """The line under the table: `Total params: 7,720, bytes: 241,656 (peak 78,336)`."""
        words, peaks = {"macs": "MACs"}, dict(self.peaks)
        return "Total " + ", ".join(
            f"{words.get(name, name)}: {total:,}"
            + (f" (peak {peaks[name]:,})" if name in peaks else "")
            for name, total in self.totals
        )


def make_table(
    analysis: Analysis,
    columns: Iterable[str] = DEFAULT_COLUMNS,
    expand: bool = False,
    depth: int | None = None,
) -> Table:
    """Return the table of a network.

    columns: names out of `COLUMNS`; UsageError for an unknown one.
    expand: one row a node, reshaping ones included, instead of one row an entry.
    depth: 1 for one row for each entry of the layer list itself, so that a group is one row; 2 for
    what stands in these groups, and so on; None for every entry. UsageError together with expand.
    """
    chosen = find_columns(columns)
    check_depth(depth, expand=expand)
    totals = analysis.totals
    rows = tuple(
        Row(line.label, line.id, _place(item), tuple(column.cell(line) for column in chosen))
        for item in down_to(outline(analysis), depth)
        for line in _lines(item, totals, expand=expand)
    )
    summed = dict.fromkeys((COLUMNS["params"], *chosen))
    sums = tuple((column.name, column.total(totals)) for column in summed if column.total)
    peaks = tuple((column.name, column.peak(totals)) for column in summed if column.peak)
    return Table(chosen, rows, sums, peaks)


def check_depth(depth: int | None, *, expand: bool) -> None:
    """Raise UsageError unless a table can have this depth."""
    if depth is None:
        return
    if expand:
        fact = "`expand` shows what entries are made of, and `depth` hides what groups are made of"
        raise UsageError([Diagnostic("wrong-usage", fact, None, "leave one of them out")])
    if depth < 1:
        help = "1 is the layer list itself, 2 shows what is in its groups"
        raise UsageError([Diagnostic("wrong-usage", f"there is no depth {depth}", None, help)])


def _lines(item: Item, totals: Totals, *, expand: bool) -> tuple[RowFacts, ...]:
    """Return the rows of an entry or a group; what only reshapes has one when expanded alone."""
    if not isinstance(item, EntryFacts):
        has_row = any(_has_row(facts) for facts in item.entries)
        return (row_of(item, totals),) if has_row else ()
    if expand:
        return tuple(row_of_node(item, node, totals) for node in item.nodes)
    return (row_of(item, totals),) if _has_row(item) else ()


def _has_row(facts: EntryFacts) -> bool:
    layer = facts.entry.layer
    return layer is None or layer.has_row


def _place(item: Item) -> Span:
    return item.entry.span if isinstance(item, EntryFacts) else item.group.span
