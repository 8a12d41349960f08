"""Diagnostics for programs: one JSON object each."""

from __future__ import annotations

from typing import Any

from archspec.diagnostics.model import Diagnostic, Span


def diagnostic_as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return a diagnostic as plain values; every key is always there, null where nothing is known.

    Lines and columns count characters from 1, the end is exclusive.
    """
    fix = diagnostic.fix
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "help": diagnostic.help,
        **_place(diagnostic.span),
        "related": [
            {"message": related.message, **_place(related.span)} for related in diagnostic.related
        ],
        "fix": {**_place(fix.span), "replacement": fix.replacement} if fix else None,
    }


def _place(span: Span | None) -> dict[str, Any]:
    return {
        "file": span.source.name if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
    }
