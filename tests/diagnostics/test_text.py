from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.diagnostics import Diagnostic, Related, Source, Span
from archspec.diagnostics.text import render_text, summary, wants_colour


def span_of(line: str, piece: str, *, before: int = 0, name: str = "a.yaml") -> Span:
    """Return the place of a piece of a line, with so many empty lines before it."""
    column = line.index(piece) + 1
    source = Source(name, "\n" * before + line)
    return Span(source, before + 1, column, before + 1, column + len(piece))


def caret_line(text: str) -> str:
    (found,) = (line for line in text.splitlines() if "^" in line)
    return found


def test_a_diagnostic_shows_fact_place_line_caret_and_cure() -> None:
    span = span_of("  - conv: {kernal_size: 3}", "kernal_size", before=11)
    diagnostic = Diagnostic(
        "unknown-field", "unknown field 'kernal_size'", span, "did you mean `kernel_size`?"
    )

    assert render_text([diagnostic]).splitlines() == [
        "error[unknown-field]: unknown field 'kernal_size'",
        "  --> a.yaml:12:12",
        "   |",
        "12 |   - conv: {kernal_size: 3}",
        "   |            ^^^^^^^^^^^",
        "   help: did you mean `kernel_size`?",
    ]


def test_a_related_place_has_its_own_message_and_line() -> None:
    source = Source("a.yaml", "layers:\n  - conv: 8\n  - linear: 10\n")
    diagnostic = Diagnostic(
        "wrong-rank",
        "linear needs features",
        Span(source, 3, 5, 3, 11),
        related=(Related("the shape comes from here", Span(source, 2, 5, 2, 9)),),
    )

    assert render_text([diagnostic]).splitlines() == [
        "error[wrong-rank]: linear needs features",
        " --> a.yaml:3:5",
        "  |",
        "3 |   - linear: 10",
        "  |     ^^^^^^",
        " --> a.yaml:2:5: the shape comes from here",
        "  |",
        "2 |   - conv: 8",
        "  |     ^^^^",
    ]


def test_a_fault_without_a_place_is_one_line() -> None:
    assert render_text([Diagnostic("no-data", "no MNIST")]) == "error[no-data]: no MNIST\n"


def test_a_place_past_the_end_of_its_file_shows_no_line() -> None:
    diagnostic = Diagnostic("empty", "nothing here", Span(Source("a.yaml", ""), 1, 1, 1, 1))

    assert render_text([diagnostic]).splitlines() == [
        "error[empty]: nothing here",
        " --> a.yaml:1:1",
    ]


@pytest.mark.parametrize(
    ("line", "piece", "cells_before", "cells_under"),
    [
        pytest.param("a: b", "b", 3, 1, id="ascii"),
        pytest.param("名前: b", "b", 6, 1, id="two wide characters before"),
        pytest.param("a: 名前", "名前", 3, 4, id="two wide characters under"),
        pytest.param("\ta: b", "b", 7, 1, id="a tab is four cells"),
        pytest.param("ab\tc", "c", 4, 1, id="a tab reaches the next stop"),
        pytest.param("e\u0301: b", "b", 3, 1, id="a combining accent has no width"),
    ],
)
def test_the_caret_stands_under_what_it_means(
    line: str, piece: str, cells_before: int, cells_under: int
) -> None:
    shown = caret_line(render_text([Diagnostic("x", "y", span_of(line, piece))]))

    assert shown == "  | " + " " * cells_before + "^" * cells_under


def test_an_empty_span_still_has_a_caret() -> None:
    span = Span(Source("a.yaml", "a:"), 1, 3, 1, 3)

    assert caret_line(render_text([Diagnostic("x", "y", span)])) == "  |   ^"


def test_a_span_over_lines_is_underlined_to_the_end_of_its_first() -> None:
    span = Span(Source("a.yaml", "a: {b: 1,\n  c: 2}"), 1, 4, 2, 8)

    assert caret_line(render_text([Diagnostic("x", "y", span)])) == "  |    ^^^^^^"


@pytest.mark.parametrize("before", [0, 5, 70, 500])
@pytest.mark.parametrize("after", [0, 20, 500])
def test_a_long_line_is_shown_around_its_caret(before: int, after: int) -> None:
    line = "a" * before + "NEEDLE" + "b" * after
    text = render_text([Diagnostic("x", "y", span_of(line, "NEEDLE"))], width=80)
    shown = next(row for row in text.splitlines() if row.startswith("1 |"))
    caret = caret_line(text)

    assert max(map(len, text.splitlines())) <= 80
    assert shown[caret.index("^") : caret.rindex("^") + 1] == "NEEDLE"


def test_what_could_steer_a_terminal_is_not_printed() -> None:
    span = span_of("a: \x1b[31mred", "red")
    text = render_text([Diagnostic("x", "got \x1b[2J", span, "not \x07")])

    assert not {"\x1b", "\x07"} & set(text)


def test_colour_only_adds_escapes() -> None:

    diagnostics = [
        Diagnostic("x", "y", span_of("a: b", "b"), "z", related=(Related("r", span_of("c", "c")),))
    ]
    coloured = render_text(diagnostics, colour=True)

    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == render_text(diagnostics)


@pytest.mark.parametrize(
    ("severities", "words"),
    [
        ([], ""),
        (["error"], "1 error"),
        (["warning", "error", "error"], "2 errors, 1 warning"),
        (["info", "info"], "2 notices"),
    ],
)
def test_the_summary_counts_by_severity(severities: list[str], words: str) -> None:
    found = [Diagnostic("x", "y", severity=severity) for severity in severities]  # type: ignore[arg-type]

    assert summary(found) == words


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colour_is_for_terminals_whose_user_wants_it(
    stream: io.StringIO,
    environment: dict[str, str],
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert wants_colour(stream) is expected


@given(
    line=st.text(st.sampled_from("ab \t\u0301名\x1b😀{:"), max_size=200),
    column=st.integers(1, 220),
    length=st.integers(0, 220),
    width=st.integers(30, 120),
)
def test_any_line_has_one_caret_within_the_width(
    line: str, column: int, length: int, width: int
) -> None:
    span = Span(Source("a.yaml", line), 1, column, 1, column + length)
    rows = render_text([Diagnostic("x", "y", span)], width=width).splitlines()
    carets = [row for row in rows if "^" in row]

    assert len(carets) == (1 if line.strip() else 0)
    # A wide character under the caret may reach one cell over the edge.
    assert all(len(row) <= width + 1 for row in carets)
