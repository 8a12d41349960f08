from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.diagnostics import Source, Span
from archspec.tables import MarkdownTable, read_markdown, read_markdown_tables
from archspec.tables.formats import escape_cell


def tables_in(text: str) -> tuple[MarkdownTable, ...]:
    return read_markdown_tables(Source("a.md", text))


def texts(table: MarkdownTable) -> list[list[str]]:
    return [[cell.text for cell in row] for row in (table.headers, *table.rows)]


def piece(span: Span) -> str:
    """Return the text that a span of one line stands for."""
    assert span.line == span.end_line
    return span.source.line(span.line)[span.column - 1 : span.end_column - 1]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("| a | b |\n| --- | --- |\n| 1 | 2 |", id="with outer pipes"),
        pytest.param("a | b\n--- | ---\n1 | 2", id="without outer pipes"),
        pytest.param("|a|b|\n|-|-|\n|1|2|", id="compact"),
        pytest.param("| a  | b |\n|:---|--:|\n| 1  | 2 |", id="aligned"),
        pytest.param("   | a | b |\n| --- | --- |\n  | 1 | 2 |  ", id="indented"),
        pytest.param("| a | b |\r\n| --- | --- |\r\n| 1 | 2 |\r\n", id="Windows line ends"),
        pytest.param("| a | b |\n| --- | --- |\n| 1 | 2 | 3 |", id="a cell too many"),
        pytest.param("words\n| a | b |\n| --- | --- |\n| 1 | 2 |\nwords", id="between words"),
        pytest.param("| a | b |\n| --- | --- |\n| 1 | 2 |\n# next | part", id="before a heading"),
    ],
)
def test_a_table_is_found_in_every_spelling(text: str) -> None:
    (table,) = tables_in(text)

    assert texts(table) == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("```\n| a |\n| - |\n```", id="fenced"),
        pytest.param("~~~ text\n| a |\n| - |\n```\n~~~~", id="fenced with tildes"),
        pytest.param("````\n```\n| a |\n| - |\n````", id="fenced with a shorter fence inside"),
        pytest.param("```\n| a |\n| - |", id="a fence that is never closed"),
        pytest.param("    | a |\n    | - |", id="indented code"),
        pytest.param("<!--\n| a |\n| - |\n-->", id="a comment"),
        pytest.param("| a | b |\n| - |", id="too few marks"),
        pytest.param("| a | b |\nwords", id="no marks"),
        pytest.param("words\n---", id="a heading"),
        pytest.param("| a |", id="the last line"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_table_is_not_taken_for_one(text: str) -> None:
    assert tables_in(text) == ()


def test_a_table_after_a_fence_is_found() -> None:
    assert len(tables_in("```\ncode\n```\n| a |\n| - |\n")) == 1


def test_every_cell_knows_its_place() -> None:
    (table,) = tables_in("\n|  Layer | Kernel |\n| --- | --- |\n| Conv1 |  3x3  |\n")

    assert [str(cell.span) for cell in table.headers] == ["a.md:2:4", "a.md:2:12"]
    assert [str(cell.span) for cell in table.rows[0]] == ["a.md:4:3", "a.md:4:12"]
    assert [piece(cell.span) for cell in table.rows[0]] == ["Conv1", "3x3"]


def test_a_missing_cell_is_empty_and_stands_at_the_end_of_its_line() -> None:
    (table,) = tables_in("| a | b |\n| - | - |\n| 1 |")

    assert texts(table)[1] == ["1", ""]
    assert str(table.rows[0][1].span) == "a.md:3:6"


@pytest.mark.parametrize(
    ("written", "meant"),
    [(r"a \| b", "a | b"), (r"a \\", "a \\"), (r"\*", "*"), (r"C:\dir", r"C:\dir"), ("`a`", "`a`")],
)
def test_escapes_are_resolved(written: str, meant: str) -> None:
    (table,) = tables_in(f"| {written} |\n| - |\n")

    assert table.headers[0].text == meant


CELLS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))).map(
    lambda text: " ".join(text.split())
)


@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.tuples(*[CELLS] * n), min_size=1)))
def test_what_was_written_is_read_back(rows: list[tuple[str, ...]]) -> None:
    lines = [f"| {' | '.join(map(escape_cell, row))} |" for row in rows]
    lines.insert(1, "|" + " - |" * len(rows[0]))
    (table,) = tables_in("\n".join(lines))

    assert texts(table) == [list(row) for row in rows]


@given(st.text(st.sampled_from("|-\\ #`~a<!>\n\r\t:")))
def test_any_text_can_be_read_and_every_place_is_in_it(text: str) -> None:
    source = Source("a.md", text)
    for table in read_markdown(source).tables:
        for cell in (*table.headers, *(cell for row in table.rows for cell in row)):
            assert 1 <= cell.span.column <= cell.span.end_column <= len(text) + 2


DOCUMENT = """\
# The Ladder
| a |
| - |
## Step 3: more, & better
| b |
| - |
### Details
| c |
| - |
Step 3
------
| d |
| - |
## `step_4` ##
## Step 3
| e |
| - |
"""


@pytest.mark.parametrize(
    ("wanted", "headers"),
    [
        ("the-ladder", ["a", "b", "c", "d", "e"]),
        ("The Ladder", ["a", "b", "c", "d", "e"]),
        ("step-3-more--better", ["b", "c"]),
        ("details", ["c"]),
        ("step-3", ["d"]),
        ("step-3-1", ["e"]),
        ("step_4", []),
    ],
)
def test_a_heading_selects_the_tables_under_it(wanted: str, headers: list[str]) -> None:
    document = read_markdown(Source("a.md", DOCUMENT))
    heading = document.find_heading(wanted)

    assert heading is not None
    assert [table.headers[0].text for table in document.tables_under(heading)] == headers


def test_an_unknown_heading_is_none() -> None:
    assert read_markdown(Source("a.md", DOCUMENT)).find_heading("step-9") is None


def test_a_heading_in_code_is_none() -> None:
    assert read_markdown(Source("a.md", "```\n# a\n```\n")).headings == ()
