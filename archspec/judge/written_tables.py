"""Architecture tables that people wrote by hand into a page, found and compared with a network."""

from __future__ import annotations

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, Related, Source, SpecError
from archspec.judge.published_table import tables_below
from archspec.judge.table_differences import ComparedTable, compare_table
from archspec.tables import (
    MarkdownTable,
    Table,
    agree,
    column_of,
    comparable,
    make_table,
)

CORE = ("input", "layer", "output", "kernel", "rf")
"""What architecture tables consist of; one has two of these at least."""


def compare_page(
    source: Source, analysis: Analysis, heading: str | None = None
) -> tuple[ComparedTable, ...]:
    """Compare every architecture table of a markdown text with a network.

    heading: take only the tables below it, by its anchor or text. Raises SpecError when there is no
    such heading, or no architecture table.
    """
    below = tables_below(source, heading)
    if isinstance(below, Diagnostic):
        raise SpecError([below])
    tables, where = below
    compared = [
        compare_table(table, analysis) for table in tables if _is_architecture(table, analysis)
    ]
    if not compared:
        fact = f"no table in {where} looks like an architecture table"
        help = "two of the headings Input, Layer, Output, Kernel and RF at least, outside of code"
        others = tuple(Related("not this one", table.span) for table in tables[:3])
        raise SpecError([Diagnostic("no-table", fact, None, help, related=others)])
    return tuple(compared)


def _is_architecture(table: MarkdownTable, analysis: Analysis) -> bool:
    """Say whether a table is about layers: by its headings, and where these are vague by labels.

    `Name`, `Type` and `Params` may as well be the headings of a list of options or of models.
    """
    columns = [column_of(header.text) for header in table.headers]
    core = [column for column in columns if column in CORE]
    if len(set(core)) < 2:
        return False
    if "layer" not in core:
        cells = ((c, cell) for row in table.rows for c, cell in zip(columns, row, strict=True))
        return any(c in CORE and isinstance(comparable(c, cell.text), tuple) for c, cell in cells)
    if len(set(core)) > 2:
        return True
    position = columns.index("layer")
    if comparable("layer", table.headers[position].text) == "layer":
        return True
    computed: Table = make_table(analysis, columns=["layer"])
    names = [name for row in computed.rows for name in (row.label, row.id)]
    return any(agree("layer", row[position].text, name) for row in table.rows for name in names)
