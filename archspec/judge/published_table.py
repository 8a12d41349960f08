"""A claimed markdown table, compared row by row with the computed one."""

from __future__ import annotations

from dataclasses import replace

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, Related, Source, Span, did_you_mean
from archspec.diagnostics.words import counted
from archspec.judge.table_differences import compare_table
from archspec.judge.verdict import NO_ANALYSIS, Verdict
from archspec.language.files import read_source
from archspec.language.sections import TableClaim
from archspec.tables import MarkdownTable, column_of, read_markdown


def judge_table(claim: TableClaim, analysis: Analysis | None) -> Verdict:
    """Judge a published table: proven when every compared cell of every row agrees.

    Each difference is one diagnostic at its place in the published file. A table that cannot be
    read or found leaves the claim unproven, with an error at the claim.
    """
    found = find_table(claim)
    if isinstance(found, Diagnostic):
        unread = Verdict.on(claim, "unproven", reason="the table cannot be compared")
        return replace(unread, diagnostics=(found,))
    if analysis is None:
        return Verdict.on(claim, "unproven", reason=NO_ANALYSIS)
    compared = compare_table(found, analysis, claim)
    actual = f"{len(found.rows)} rows agree"
    if compared.differences:
        actual = counted(len(compared.differences), "difference")
    verdict = Verdict.on(claim, "contradicted" if compared.differences else "proven", actual)
    return replace(verdict, diagnostics=(*compared.differences, *compared.notices))


def find_table(claim: TableClaim) -> MarkdownTable | Diagnostic:
    """Return the claimed table, or the fault that hides it, placed at the claim."""

    def fault(code: str, message: str, help: str | None = None, *related: Related) -> Diagnostic:
        return Diagnostic(code, message, claim.span, help, related=related)

    source = read_source(claim.path, claim.span)
    if isinstance(source, Diagnostic):
        elsewhere = source.span is not claim.span
        related = (Related("the table is claimed here", claim.span),) if elsewhere else ()
        return replace(source, related=related)
    below = tables_below(source, claim.heading, claim.span)
    if isinstance(below, Diagnostic):
        return below
    tables, where = below
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
            f"name the heading above it: `table: {claim.expected.partition('#')[0]}#heading`",
            *(Related("one of them", table.span) for table in fitting[:3]),
        )
    return fitting[0]


def tables_below(
    source: Source, heading: str | None, span: Span | None = None
) -> tuple[tuple[MarkdownTable, ...], str] | Diagnostic:
    """Return the tables of a page, or those below a heading, and what that place is called.

    heading: its anchor or text. span: the place of the fault when there is no such heading.
    """
    document = read_markdown(source)
    if heading is None:
        return tuple(document.tables), source.name
    found = document.find_heading(heading)
    if found is not None:
        return tuple(document.tables_under(found)), f"{source.name} under '{found.text}'"
    near = did_you_mean(heading, [h.slug for h in document.headings])
    help = near or "headings are named by their anchor on GitHub, such as `step-3`"
    fact = f"no heading '{heading}' in {source.name}"
    return Diagnostic("unknown-heading", fact, span, help)
