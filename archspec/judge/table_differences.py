"""Two tables cell by cell: what a person wrote, and what is computed."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, Related, Span
from archspec.language.sections import TableClaim
from archspec.tables import (
    SHAPES,
    Cell,
    MarkdownCell,
    MarkdownTable,
    Row,
    Table,
    agree,
    column_of,
    comparable,
    make_table,
    show_cell,
)
from archspec.tables.published import plain

_WORDS = {"input": "input", "output": "output", "kernel": "kernel", "rf": "receptive field"}
Pair = tuple[tuple[MarkdownCell, ...] | None, Row | None]
"""A published row and a computed one; None where one has no partner."""


@dataclass(frozen=True, slots=True)
class ComparedTable:
    """A published table, and where it differs from the network: one diagnostic each."""

    table: MarkdownTable
    differences: tuple[Diagnostic, ...]
    notices: tuple[Diagnostic, ...]
    """The columns that are not compared."""


def compare_table(
    table: MarkdownTable, analysis: Analysis, claim: TableClaim | None = None
) -> ComparedTable:
    """Compare a published table with a network; claim: what names the table, if anything does."""
    columns = [column_of(header.text) for header in table.headers]
    computed = make_table(analysis, columns=[c for c in columns if c] or ["layer"])
    claimed = (Related("the table is claimed here", claim.span),) if claim else ()
    notices = tuple(
        Diagnostic(
            "foreign-column",
            f"column '{header.text}' is not compared",
            header.span,
            severity="info",
            related=claimed,
        )
        for header, column in zip(table.headers, columns, strict=True)
        if column is None
    )
    return ComparedTable(table, tuple(_differences(table, columns, computed, claimed)), notices)


def _differences(
    published: MarkdownTable,
    columns: list[str | None],
    computed: Table,
    claimed: tuple[Related, ...],
) -> list[Diagnostic]:
    """Return one diagnostic for each cell that differs and each row that stands in one table only.

    columns: what each published column means, None for those that are not compared; the computed
    table has the others, without repeats. Rows are paired by label, or by place without labels.
    Shapes are read in the order of axes that fits more cells of the table, H x W x C when both fit
    the same.
    """
    position = {column.name: index for index, column in enumerate(computed.columns)}
    label_at = columns.index("layer") if "layer" in columns else None
    differences = []
    pairs = _paired(published, label_at, computed)
    other_order = _has_other_order(pairs, columns, position)
    before = published.headers
    for cells, row in pairs:
        before = cells or before
        if row is None:
            assert cells is not None
            label = plain(cells[label_at].text) if label_at is not None else "this row"
            message = f"{label}: published, but the network has no such row"
            differences.append(
                Diagnostic("table-differs", message, _line_of(cells), related=claimed)
            )
            continue
        layer = Related(f"{row.label} is made here", row.span)
        if cells is None:
            message = f"{row.label}: the network has this row, the published table has not"
            differences.append(
                Diagnostic("table-differs", message, _line_of(before), related=(layer, *claimed))
            )
            continue
        for cell, column, header in zip(cells, columns, published.headers, strict=True):
            if column is None:
                continue
            value = row.cells[position[column]]
            names_id = column == "layer" and agree("layer", cell.text, row.id)
            if names_id or agree(column, cell.text, value, other_order=other_order):
                continue
            shown = _show(column, value, cell.text, other_order)
            message = (
                f"{row.label}: {_WORDS.get(column, header.text)} is published as "
                f"{cell.text or 'nothing'}, computed {shown}"
            )
            differences.append(
                Diagnostic("table-differs", message, cell.span, related=(layer, *claimed))
            )
    return differences


def _has_other_order(
    pairs: list[Pair],
    columns: list[str | None],
    position: dict[str, int],
) -> bool:
    """Say whether more shapes of a table agree as C x H x W, or (H, W, C), than the usual way."""
    shapes = [
        (column, cell.text, row.cells[position[column]])
        for cells, row in pairs
        if cells is not None and row is not None
        for cell, column in zip(cells, columns, strict=True)
        if column in SHAPES
    ]
    usual, other = (
        sum(agree(column, text, value, other_order=order) for column, text, value in shapes)
        for order in (False, True)
    )
    return other > usual


def _show(column: str, value: Cell, published: str, other_order: bool) -> str:
    """Return a computed cell as the published one is written: its brackets and order of axes."""
    text = show_cell(value)
    if column not in SHAPES:
        return text
    *positions, channels = text.split("x")
    in_brackets = published[:1] in ("(", "[")
    sizes = (channels, *positions) if in_brackets != other_order else (*positions, channels)
    return f"({', '.join(sizes)})" if in_brackets else "x".join(sizes)


def _paired(published: MarkdownTable, label_at: int | None, computed: Table) -> list[Pair]:
    """Return published and computed rows side by side, in order; None where one has no partner."""
    from difflib import SequenceMatcher
    from itertools import zip_longest

    theirs, ours = published.rows, computed.rows
    if label_at is None:
        return list(zip_longest(theirs, ours))
    labels = [str(comparable("layer", cells[label_at].text)) for cells in theirs]
    # A published label may be the id that the spec gives.
    known = {
        str(comparable("layer", name)): str(comparable("layer", row.label))
        for row in ours
        for name in (row.id, row.label)
    }
    matcher = SequenceMatcher(
        None,
        [known.get(label, label) for label in labels],
        [str(comparable("layer", row.label)) for row in ours],
        autojunk=False,
    )
    return [
        pair
        for _, a, b, c, d in matcher.get_opcodes()
        for pair in zip_longest(theirs[a:b], ours[c:d])
    ]


def _line_of(cells: tuple[MarkdownCell, ...]) -> Span:
    first, last = cells[0].span, cells[-1].span
    return Span(first.source, first.line, first.column, last.end_line, last.end_column)
