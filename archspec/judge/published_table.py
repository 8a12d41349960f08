"""A claimed markdown table, compared row by row with the computed one."""

from __future__ import annotations

from dataclasses import replace

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, Related, did_you_mean
from archspec.diagnostics.words import counted
from archspec.judge.table_differences import compare_tables
from archspec.judge.verdict import Verdict
from archspec.language.files import read_source
from archspec.language.sections import TableClaim
from archspec.tables import MarkdownTable, column_of, make_table, read_markdown


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
    actual = f"{rows} rows agree" if not differences else counted(len(differences), "difference")
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
