from __future__ import annotations

from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic, Related, Source, Span
from archspec.diagnostics.github import render_github

SPAN = Span(Source("specs/a.yaml", "a: b"), 1, 4, 1, 5)


@pytest.fixture(autouse=True)
def _without_a_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)


def test_a_fault_is_one_command_at_its_place() -> None:
    assert render_github([Diagnostic("wrong-type", "expected a number", SPAN)]) == (
        "::error file=specs/a.yaml,line=1,endLine=1,col=4,endColumn=5,title=wrong-type"
        "::expected a number\n"
    )


@pytest.mark.parametrize(
    ("severity", "command"), [("error", "error"), ("warning", "warning"), ("info", "notice")]
)
def test_severities_have_githubs_names(severity: str, command: str) -> None:
    written = render_github([Diagnostic("x", "y", SPAN, severity=severity)])  # type: ignore[arg-type]

    assert written.startswith(f"::{command} ")


def test_columns_are_left_out_over_lines() -> None:
    span = Span(SPAN.source, 1, 4, 2, 2)

    assert render_github([Diagnostic("x", "y", span)]) == (
        "::error file=specs/a.yaml,line=1,endLine=2,title=x::y\n"
    )


@pytest.mark.parametrize(
    ("message", "written"),
    [("99.4 %", "99.4 %25"), ("a\nb", "a%0Ab"), ("a\rb", "a%0Db"), ("a: b, c", "a: b, c")],
)
def test_messages_are_escaped(message: str, written: str) -> None:
    assert render_github([Diagnostic("x", message)]) == f"::error title=x::{written}\n"


def test_properties_are_escaped() -> None:
    span = Span(Source("a,b:c%.yaml", "x"), 1, 1, 1, 2)

    assert "file=a%2Cb%3Ac%25.yaml,line=1" in render_github([Diagnostic("x", "y", span)])


def test_related_places_and_the_cure_follow_the_message() -> None:
    diagnostic = Diagnostic("x", "fact", SPAN, "cure", related=(Related("made here", SPAN),))

    assert render_github([diagnostic]).endswith(
        "::fact%0Aspecs/a.yaml:1:4: made here%0Ahelp: cure\n"
    )


@pytest.mark.parametrize(
    ("folder", "named"), [("", "specs/a.yaml"), ("course", "course/specs/a.yaml")]
)
def test_a_file_is_named_from_the_root_of_the_checkout(
    folder: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / folder)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))

    assert render_github([Diagnostic("x", "y", SPAN)]).startswith(f"::error file={named},line=1")


def test_a_file_outside_of_the_checkout_keeps_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))

    assert render_github([Diagnostic("x", "y", SPAN)]).startswith("::error file=specs/a.yaml,")


def test_an_argument_is_no_file() -> None:
    span = Span(Source("--set a=b", "a=b"), 1, 1, 1, 4)

    assert render_github([Diagnostic("x", "y", span)]) == "::error title=x::y\n"
