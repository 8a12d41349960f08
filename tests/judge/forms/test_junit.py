from __future__ import annotations

from xml.etree import ElementTree

import pytest

from archspec.judge.forms.junit import Case, as_junit


def test_cases_are_counted_by_their_ending() -> None:
    cases = tuple(Case(e, e) for e in ("passed", "failure", "error", "skipped"))
    root = ElementTree.fromstring(as_junit([("a", cases), ("b", [Case("c")])]))

    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    assert [suite.get("tests") for suite in root] == ["4", "1"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a < b & \"c\" > 'd' ]]>", "a < b & \"c\" > 'd' ]]>"),
        ("café → 日本 🙂", "café → 日本 🙂"),
        ("\x1b[31m\x00\ufffe\ud800", "\ufffd[31m\ufffd\ufffd\ufffd"),
    ],
)
def test_any_text_makes_well_formed_xml(text: str, read: str) -> None:
    written = as_junit([(text, [Case(text, "failure", text, text)])])
    root = ElementTree.fromstring(written.encode())
    (failure,) = root.iter("failure")

    assert (failure.get("message"), failure.text) == (read, read)


def test_nothing_is_a_document_too() -> None:
    assert ElementTree.fromstring(as_junit([])).get("tests") == "0"
