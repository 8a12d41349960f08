"""A claimed markdown table, compared row by row with the computed one."""

from __future__ import annotations

from dataclasses import replace

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, Related, Span, did_you_mean
from archspec.judge.verdict import Verdict
from archspec.spec.files import read_source
from archspec.spec.sections import TableClaim
from archspec.tables import (
    MarkdownCell,
    MarkdownTable,
    Row,
    Table,
    agree,
    column_of,
    comparable,
    make_table,
    read_markdown,
    show_cell,
)

_WORDS = {"input": "input", "output": "output", "kernel": "kernel", "rf": "receptive field"}


def judge_table(claim: TableClaim, analysis: Analysis | None) -> Verdict:
    """Judge a published table: proven when every compared cell of every row agrees.

    Each difference is one diagnostic at its place in the published file. A table that cannot be
    read or found leaves the claim unproven, with an error at the claim.
    """
    found = find_table(claim)
    if isinstance(found, Diagnostic):
        reason = "the table cannot be compared"
        return Verdict(
            "claim", "table", claim.written, None, "unproven", claim.span, reason, (found,)
        )
    if analysis is None:
        reason = "the network has a fault"
        return Verdict("claim", "table", claim.written, None, "unproven", claim.span, reason)
    columns = [column_of(header.text) for header in found.headers]
    computed = make_table(analysis, columns=[c for c in columns if c] or ["layer"])
    differences = compare_tables(found, columns, computed, claim)
    foreign = [
        Diagnostic(
            "foreign-column",
            f"column '{header.text}' is not compared",
            header.span,
            severity="info",
            related=(Related("the table is claimed here", claim.span),),
        )
        for header, column in zip(found.headers, columns, strict=True)
        if column is None
    ]
    rows = len(found.rows)
    actual = f"{rows} rows agree" if not differences else _count(len(differences), "difference")
    return Verdict(
        "claim",
        "table",
        claim.written,
        actual,
        "contradicted" if differences else "proven",
        claim.span,
        diagnostics=(*differences, *foreign),
    )


def find_table(claim: TableClaim) -> MarkdownTable | Diagnostic:
    """Return the claimed table, or the fault that hides it, placed at the claim."""

    def fault(code: str, message: str, help: str | None = None, *related: Related) -> Diagnostic:
        return Diagnostic(code, message, claim.span, help, related=related)

    source = read_source(claim.path, claim.span)
    if isinstance(source, Diagnostic):
        elsewhere = source.span is not claim.span
        related = (Related("the table is claimed here", claim.span),) if elsewhere else ()
        return replace(source, related=related)
    document = read_markdown(source)
    tables, where = document.tables, source.name
    if claim.heading is not None:
        heading = document.find_heading(claim.heading)
        if heading is None:
            near = did_you_mean(claim.heading, [h.slug for h in document.headings])
            return fault("unknown-heading", f"no heading '{claim.heading}' in {where}", near)
        tables, where = document.tables_under(heading), f"{where} under '{heading.text}'"
    if not tables:
        return fault("no-table", f"no markdown table in {where}", "tables in code do not count")
    fitting = [t for t in tables if sum(column_of(h.text) is not None for h in t.headers) > 1]
    if not fitting:
        return fault(
            "no-table",
            f"no table in {where} has columns to compare",
            "such as Input, Layer, Output, Kernel, RF",
            Related("this table has none", tables[0].span),
        )
    if len(fitting) > 1:
        return fault(
            "ambiguous-table",
            f"{len(fitting)} tables in {where} could be meant",
            f"name the heading above it: `table: {claim.written.partition('#')[0]}#heading`",
            *(Related("one of them", table.span) for table in fitting[:3]),
        )
    return fitting[0]


def compare_tables(
    published: MarkdownTable, columns: list[str | None], computed: Table, claim: TableClaim
) -> list[Diagnostic]:
    """Return one diagnostic for each cell that differs and each row that stands in one table only.

    columns: what each published column means, None for those that are not compared; the computed
    table has the others, without repeats. Rows are paired by label, or by place without labels.
    """
    claimed = Related("the table is claimed here", claim.span)
    position = {column.name: index for index, column in enumerate(computed.columns)}
    label_at = columns.index("layer") if "layer" in columns else None
    differences = []
    for cells, row in _paired(published, label_at, computed):
        if row is None:
            assert cells is not None
            label = cells[label_at].text if label_at is not None else "this row"
            message = f"{label}: published, but the network has no such row"
            differences.append(
                Diagnostic("table-differs", message, _line_of(cells), related=(claimed,))
            )
            continue
        layer = Related(f"{row.label} is made here", row.span)
        if cells is None:
            end = published.rows[-1] if published.rows else published.headers
            message = f"{row.label}: the network has this row, the published table has not"
            differences.append(
                Diagnostic("table-differs", message, _line_of(end), related=(layer, claimed))
            )
            continue
        for cell, column, header in zip(cells, columns, published.headers, strict=True):
            if column is None:
                continue
            value = row.cells[position[column]]
            names_id = column == "layer" and agree("layer", cell.text, row.id)
            if names_id or agree(column, cell.text, value):
                continue
            message = (
                f"{row.label}: {_WORDS.get(column, header.text)} is published as "
                f"{cell.text or 'nothing'}, computed {show_cell(value)}"
            )
            differences.append(
                Diagnostic("table-differs", message, cell.span, related=(layer, claimed))
            )
    return differences


def _paired(
    published: MarkdownTable, label_at: int | None, computed: Table
) -> list[tuple[tuple[MarkdownCell, ...] | None, Row | None]]:
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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"
