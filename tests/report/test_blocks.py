from __future__ import annotations

import pytest

from archspec.diagnostics import Diagnostic, Source
from archspec.report.blocks import PageBlock, body_hash, read_blocks
from archspec.report.sync import FORMS

TABLE = "<!-- archspec:table a.yaml -->"
END = "<!-- archspec:end -->"


def read(text: str) -> tuple[tuple[PageBlock, ...], tuple[Diagnostic, ...]]:
    """Read the blocks of a text."""
    return read_blocks(Source("a.md", text), FORMS)


def sound(text: str) -> tuple[PageBlock, ...]:
    """Read the blocks of a text that must have no fault."""
    blocks, faults = read(text)
    assert faults == ()
    return blocks


def test_a_block_has_its_words_its_body_and_its_hash() -> None:
    opening = '<!-- archspec:table "b c.yaml" columns=layer,rf expand -->'
    (block,) = sound(f"a\n{opening}\nbody\n<!-- archspec:end 12ab -->\n")

    assert [word.text for word in block.specs] == ["b c.yaml"]
    assert {name: word.text for name, word in block.options.items()} == {"columns": "layer,rf"}
    assert block.flags == {"expand"}
    assert block.hash == "12ab"
    assert (block.span.line, block.body_span.end_line) == (2, 4)


def test_a_body_has_the_same_hash_under_other_line_ends() -> None:
    assert body_hash("a\r\nb\r\n") == body_hash("a\nb\n") != body_hash("a\nc\n")


@pytest.mark.parametrize(
    "text",
    [
        f"```\n{TABLE}\n```\n",
        f"~~~\n{TABLE}\n{END}\n~~~\n",
        f"- ```\n  {TABLE}\n  ```\n",
        f"`{TABLE}`",
        f"a ``b ` {TABLE}`` c",
        "<!-- a comment -->",
        "<!-- archspecs:table -->",
        f"<!-- {TABLE}",
    ],
)
def test_what_only_looks_like_a_marker_is_none(text: str) -> None:
    assert sound(text) == ()


@pytest.mark.parametrize(
    "before", ["", "a ` b\n\n", "`code`\n", "   ", "> ", "- ", "1. ", "> - ", "a\n    "]
)
def test_a_marker_may_stand_behind(before: str) -> None:
    (block,) = sound(f"{before}{TABLE}{END}")

    assert block.name == "table a.yaml"


@pytest.mark.parametrize("before", ["    ", "\t", "# a\n    ", "-     "])
def test_a_marker_in_indented_code_is_none(before: str) -> None:
    assert sound(f"{before}{TABLE}{before}{END}") == ()


@pytest.mark.parametrize("before", ["\\`", "a ` ", "``a` ", "<!-- a --> ", "`a` ", "\\\\``a`` "])
def test_a_lone_backtick_hides_nothing(before: str) -> None:
    (block,) = sound(f"{before}<!-- archspec:value a.yaml params --><!-- archspec:end -->")

    assert block.span.column == len(before) + 1


def test_values_stand_inside_a_line() -> None:
    value = "<!-- archspec:value a.yaml params -->7<!-- archspec:end -->"
    first, second = sound(f"| {value} | and {value} |")

    assert (first.span.column, second.span.column) == (3, 69)
    assert first.quantity is not None
    assert first.quantity.text == "params"


@pytest.mark.parametrize(
    ("text", "code", "place", "help"),
    [
        (f"{TABLE}\n", "unclosed-block", "a.md:1:1", "add `<!-- archspec:end -->`"),
        (f"{TABLE}\n{TABLE}\n{END}\n", "unclosed-block", "a.md:1:1", "add `"),
        (f"{TABLE}\n{TABLE}\n{END}\n{END}\n", "nested-block", "a.md:2:1", "close the outer one"),
        (f"a {END}\n", "stray-end", "a.md:1:3", "remove it"),
        (f"<!-- archspec:tabel a.yaml -->{END}", "unknown-block", "a.md:1:15", "`table`"),
        (f"<!-- archspec:x a.yaml -->{END}", "unknown-block", "a.md:1:15", "blocks are `table`"),
        (f"<!-- archspec: -->{END}", "unknown-block", "a.md:1:1", "blocks are"),
        ("<!-- archspec:table a.yaml\n-->", "unclosed-marker", "a.md:1:1", "end it with"),
        (f"<!-- archspec:table -->{END}", "missing-argument", "a.md:1:1", "specs/step3.yaml"),
        (f"<!-- archspec:diff a.yaml -->{END}", "missing-argument", "a.md:1:1", "diff specs/"),
        (f"<!-- archspec:value a.yaml -->{END}", "missing-argument", "a.md:1:1", "params"),
        (
            f"<!-- archspec:table a.yaml expnd -->{END}",
            "unknown-option",
            "a.md:1:28",
            "`expand`",
        ),
        (
            f"<!-- archspec:table a.yaml column=rf -->{END}",
            "unknown-option",
            "a.md:1:28",
            "`columns`",
        ),
        (f"a {TABLE}{END}", "misplaced-block", "a.md:1:3", "a line of its own"),
        (
            f"<!-- archspec:value a.yaml params -->\n{END}",
            "misplaced-block",
            "a.md:2:1",
            "on one line",
        ),
    ],
)
def test_a_faulty_block_is_told_with_its_place_and_its_cure(
    text: str, code: str, place: str, help: str
) -> None:
    blocks, (fault,) = read(text)

    assert blocks == ()
    assert (fault.code, str(fault.span)) == (code, place)
    assert help in (fault.help or "")


def test_an_unclosed_block_shows_where_the_next_one_opens() -> None:
    _, (fault,) = read(f"{TABLE}\n\n{TABLE}\n{END}\n")

    assert [str(related.span) for related in fault.related] == ["a.md:3:1"]


def test_every_fault_of_a_file_is_found_in_one_pass() -> None:
    _, faults = read(f"{END}\n<!-- archspec:tabel -->{END}\n<!-- archspec:diff -->{END}\n{TABLE}")

    assert [fault.code for fault in faults] == [
        "stray-end",
        "unknown-block",
        "missing-argument",
        "unclosed-block",
    ]
