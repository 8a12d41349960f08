from __future__ import annotations

import io
import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from archspec.diagnostics import Diagnostic, Related, Source, Span
from archspec.diagnostics import text as text_form
from archspec.diagnostics.cells import cells_of
from archspec.diagnostics.paint import RED, RESET, on_terminal
from archspec.diagnostics.text import (
    NARROWEST,
    render_text,
    summary,
    terminal_width,
    wants_colour,
)

LONG = "padding is 9, and nothing of the map that comes from the layer before would be left " * 2


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


def test_a_related_place_has_its_own_note_and_line() -> None:
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
        "  note: the shape comes from here",
        " --> a.yaml:2:5",
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
        pytest.param("😀: b", "b", 4, 1, id="an emoji before"),
        pytest.param("a: 👍🏽", "👍🏽", 3, 4, id="an emoji with its own colour"),
        pytest.param("a: 한국", "한국", 3, 4, id="Hangul under"),
        pytest.param("ａ：b", "b", 4, 1, id="letters of full width"),
        pytest.param("ก็: b", "b", 3, 1, id="a mark above a Thai letter"),
        pytest.param("a\u200bb: c", "c", 4, 1, id="a blank without width"),
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
    span = span_of("a: \x1b[31mred \u202e \ufeff", "red")
    related = Related("\u2066 \x9b2J", span_of("b: \x00 \u200f", "b", name="\x1b]0;b.yaml"))
    diagnostic = Diagnostic("x", "got \x1b[2J", span, "not \x07", related=(related,))

    assert not set("\x1b\x07\x00\x9b\u202e\u2066\u200f\ufeff") & set(render_text([diagnostic]))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_in_a_terminal_messages_are_wrapped_below_their_beginning(width: int) -> None:
    related = Related(LONG, span_of("c: d", "d"))
    diagnostic = Diagnostic("too-much", LONG, span_of("a: b", "b"), LONG, related=(related,))
    rows = render_text([diagnostic], width=width).splitlines()
    (note,) = (number for number, row in enumerate(rows) if row.startswith("  note: "))

    assert max(map(len, rows)) <= width
    assert rows[1].startswith("  ")
    assert rows[note + 1].startswith("        ")
    assert " ".join(" ".join(rows).split()).count(LONG.strip()) == 3


def test_without_a_terminal_each_message_is_one_line() -> None:
    diagnostic = Diagnostic("too-much", LONG, span_of("a: b", "b"), LONG)

    assert render_text([diagnostic]).splitlines() == [
        f"error[too-much]: {LONG}",
        " --> a.yaml:1:4",
        "  |",
        "1 | a: b",
        "  |    ^",
        f"  help: {LONG}",
    ]


def test_a_word_that_fits_no_line_is_not_broken() -> None:
    path = "specs/" + "deep/" * 20 + "a.yaml"
    rows = render_text([Diagnostic("x", f"there is no {path} here")], width=40).splitlines()

    assert rows == ["error[x]: there is no", f"  {path}", "  here"]


def test_code_in_a_message_is_not_broken_where_it_fits() -> None:
    message = "write the tokens in order as `- permute: [0, 2, 1]`, or `not` at all"
    rows = render_text([Diagnostic("x", message)], width=40).splitlines()

    assert rows == [
        "error[x]: write the tokens in order as",
        "  `- permute: [0, 2, 1]`, or `not` at",
        "  all",
    ]


def test_code_that_fits_no_line_is_broken_at_its_blanks() -> None:
    message = f"write `{' '.join(['word'] * 20)}`"
    rows = render_text([Diagnostic("x", message)], width=40).splitlines()

    assert max(map(len, rows)) <= 40
    assert " ".join(" ".join(rows).split()) == f"error[x]: {message}"


def test_lines_that_a_message_has_itself_stay() -> None:
    message = "the block is out of date\n  - | Conv1 | 3 |\n  + | Conv1 | 5 |"

    assert render_text([Diagnostic("x", message)], width=40).splitlines() == [
        "error[x]: the block is out of date",
        "    - | Conv1 | 3 |",
        "    + | Conv1 | 5 |",
    ]


@pytest.mark.parametrize("width", [None, 40, 100])
def test_colour_only_adds_escapes(width: int | None) -> None:
    diagnostics = [
        Diagnostic("x", LONG, span_of("a: b", "b"), "z", related=(Related("r", span_of("c", "c")),))
    ]
    coloured = render_text(diagnostics, colour=True, width=width)

    printed = on_terminal(coloured)

    assert "\x1b[31m" in printed
    assert re.sub(r"\x1b\[\d+m", "", printed) == render_text(diagnostics, width=width)


def test_only_our_own_escapes_are_printed() -> None:
    text = f"{RED}a\x1b[31mb{RESET} \x1b]0;title\x07 \x9b2J \u202e \x7f"

    assert on_terminal(text) == "\x1b[31ma�[31mb\x1b[0m �]0;title� �2J � �"


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


class Sized(Terminal):
    def fileno(self) -> int:
        return 7


@pytest.mark.parametrize(
    ("stream", "columns", "actual", "expected"),
    [
        pytest.param(Sized(), None, 120, 120, id="what the terminal says"),
        pytest.param(Sized(), "72", 120, 72, id="COLUMNS comes first"),
        pytest.param(Sized(), "many", 120, 120, id="COLUMNS that is no number"),
        pytest.param(Sized(), None, 12, NARROWEST, id="hardly any room"),
        pytest.param(Sized(), None, 0, None, id="a terminal that does not know"),
        pytest.param(Terminal(), None, 120, None, id="no terminal behind it"),
        pytest.param(io.StringIO(), "72", 120, None, id="a pipe"),
    ],
)
def test_the_width_is_that_of_the_terminal(
    stream: io.StringIO,
    columns: str | None,
    actual: int,
    expected: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((actual, 24)))

    assert terminal_width(stream) == expected


@given(
    line=st.text(st.sampled_from("ab \t\u0301名\x1b😀{:\u202e"), max_size=200),
    column=st.integers(1, 220),
    length=st.integers(0, 220),
    width=st.integers(40, 120),
)
def test_any_line_has_one_caret_within_the_width(
    line: str, column: int, length: int, width: int
) -> None:
    span = Span(Source("a.yaml", line), 1, column, 1, column + length)
    rows = render_text([Diagnostic("x", "y", span)], width=width).splitlines()
    carets = [row for row in rows if "^" in row]

    assert len(carets) == (1 if line.strip() else 0)
    # A wide character under the caret may reach one cell over the edge. Rich counts by itself.
    assert all(cell_len(row) <= width + 1 for row in rows)


@given(
    before=st.text(st.sampled_from("ab \u0301名😀é："), max_size=90),
    after=st.text(st.sampled_from("ab \u0301名😀é："), max_size=90),
    width=st.integers(40, 120),
)
def test_the_caret_stands_under_its_word_whatever_stands_before_it(
    before: str, after: str, width: int
) -> None:
    span = span_of(f"{before}NEEDLE{after}", "NEEDLE")
    rows = render_text([Diagnostic("x", "y", span)], width=width).splitlines()
    (shown,) = (row for row in rows if row.startswith("1 | "))

    assert cell_len(shown[: shown.index("NEEDLE")]) == caret_line("\n".join(rows)).index("^")


def test_of_a_line_as_long_as_a_file_only_a_part_is_laid_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laid_out: list[int] = []

    def counted(text: str) -> list[str]:
        laid_out.append(len(text))
        return cells_of(text)

    monkeypatch.setattr(text_form, "cells_of", counted)
    source = Source("a.yaml", "x: 1, " * 100_000)
    fault = Diagnostic("c", "m", Span(source, 1, 300_001, 1, 300_002))

    assert "…" in render_text([fault])
    assert sum(laid_out) <= 2000
