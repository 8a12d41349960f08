from __future__ import annotations

from archspec.diagnostics import Diagnostic, Fix, Related, Source, Span
from archspec.diagnostics.as_json import diagnostic_as_json

SPAN = Span(Source("a.yaml", "a: b"), 1, 4, 1, 5)
PLACE = {"file": "a.yaml", "line": 1, "column": 4, "end_line": 1, "end_column": 5}
NOWHERE = dict.fromkeys(PLACE)


def test_every_part_of_a_diagnostic_is_told() -> None:
    diagnostic = Diagnostic(
        "x", "fact", SPAN, "cure", "warning", (Related("made here", SPAN),), Fix(SPAN, "c")
    )

    assert diagnostic_as_json(diagnostic) == {
        "code": "x",
        "severity": "warning",
        "message": "fact",
        "help": "cure",
        **PLACE,
        "related": [{"message": "made here", **PLACE}],
        "fix": {**PLACE, "replacement": "c"},
    }


def test_what_is_not_known_is_null() -> None:
    assert diagnostic_as_json(Diagnostic("x", "fact")) == {
        "code": "x",
        "severity": "error",
        "message": "fact",
        "help": None,
        **NOWHERE,
        "related": [],
        "fix": None,
    }
