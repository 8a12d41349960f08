"""Tables that people wrote by hand: every wrong cell is found at its place, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic, Source, SpecError
from archspec.judge.written_tables import compare_page
from tests.support.ladder import PUBLISHED, STEP1, STEP2, STEP3, analysis_of, network

PAGES = Path(__file__).parent / "pages"
PLANTED = {
    "1_usual": [
        ("MaxPool1: receptive field is published as 7, computed 6", "10:40"),
        ("Conv5: output is published as 8x8x18, computed 8x8x16", "12:22"),
    ],
    "2_other_words_and_order": [
        ("Conv3: kernel is published as (3, 1), computed 1x1", "5:38"),
        ("Conv4: Param # is published as 1,148, computed 1,184", "7:34"),
    ],
    "3_channels_first": [
        ("Conv3: output is published as 24×24×8, computed 8x24x24", "7:21"),
        ("GAP: receptive field is published as 27 px, computed 28", "13:24"),
    ],
    "4_rows": [
        ("Conv5: the network has this row, the published table has not", "7:3"),
        ("Dropout1: published, but the network has no such row", "10:3"),
    ],
    "5_keras": [
        ("Conv6: Parameters is published as 2338, computed 2,336", "9:30"),
        ("Conv8: output is published as (None, 1, 10, 1), computed (1, 1, 10)", "12:3"),
    ],
}
"""The ten faults that were planted into five tables of step 3, and where."""


def differences(text: str, spec: str = STEP3, heading: str | None = None) -> list[Diagnostic]:
    """Return every difference of a page, all tables together."""
    tables = compare_page(Source("a.md", text), analysis_of(spec), heading)
    return [difference for table in tables for difference in table.differences]


def as_text(found: list[Diagnostic]) -> list[tuple[str, str]]:
    return [(d.message, f"{d.span.line}:{d.span.column}") for d in found if d.span]


def refusal(text: str, heading: str | None = None) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        differences(text, heading=heading)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


@pytest.mark.parametrize("name", PLANTED)
def test_exactly_the_planted_faults_are_found(name: str) -> None:
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")

    assert as_text(differences(text)) == PLANTED[name]


def test_ten_faults_are_planted_and_every_page_is_compared() -> None:
    assert sum(map(len, PLANTED.values())) == 10
    assert sorted(path.stem for path in PAGES.iterdir()) == sorted(PLANTED)


@pytest.mark.parametrize(("spec", "step"), [(STEP2, 2), (STEP3, 3)])
def test_the_published_tables_of_steps_2_and_3_have_no_wrong_row(spec: str, step: int) -> None:
    text = (PUBLISHED / f"step{step}.md").read_text(encoding="utf-8")

    assert differences(text, spec) == []


def test_exactly_two_rows_of_the_published_table_of_step_1_are_wrong() -> None:
    text = (PUBLISHED / "step1.md").read_text(encoding="utf-8")
    found = differences(text, STEP1)

    assert {d.message.partition(":")[0] for d in found} == {"Conv7", "Conv8"}
    assert len(found) == 5


ROWS = "| Layer | Output |\n|-|-|\n| Conv1 | 6x6x2 |\n| MaxPool1 | 3x3x2 |\n"
SMALL = network("[1, 8, 8]", "conv: {out_channels: 2, kernel_size: 3}", "max_pool: 2")


@pytest.mark.parametrize(
    "shapes",
    [
        pytest.param(("6x6x2", "3x3x2"), id="height, width, channels"),
        pytest.param(("2x6x6", "2x3x3"), id="channels first"),
        pytest.param(("(2, 6, 6)", "[2, 3, 3]"), id="in brackets, as torch says it"),
        pytest.param(("(6, 6, 2)", "(None, 3, 3, 2)"), id="in brackets, as Keras says it"),
    ],
)
def test_shapes_hold_in_either_order_of_axes(shapes: tuple[str, str]) -> None:
    table = ROWS.replace("6x6x2", shapes[0]).replace("3x3x2", shapes[1])

    assert differences(table, SMALL) == []


def test_one_table_has_one_order_of_axes() -> None:
    mixed = ROWS.replace("3x3x2", "2x3x3")

    assert as_text(differences(mixed, SMALL)) == [
        ("MaxPool1: output is published as 2x3x3, computed 3x3x2", "4:14")
    ]


def test_shapes_of_one_axis_hold_too() -> None:
    text = network("[3, 8]", "conv: {out_channels: 2, kernel_size: 3}")

    assert differences("| Layer | Output |\n|-|-|\n| Conv1 | 2x6 |\n", text) == []
    assert differences("| Layer | Output |\n|-|-|\n| Conv1 | 6x2 |\n", text) == []


def test_every_architecture_table_of_a_page_is_compared() -> None:
    page = f"# One\n\n{ROWS}\n# Two\n\n{ROWS.replace('6x6x2', '6x6x3')}"

    assert len(compare_page(Source("a.md", page), analysis_of(SMALL))) == 2
    assert [d.span.line for d in differences(page, SMALL) if d.span] == [12]


def test_a_heading_chooses() -> None:
    page = f"# One\n\n{ROWS}\n# Two\n\n{ROWS.replace('6x6x2', '6x6x3')}"

    assert differences(page, SMALL, "one") == []
    assert len(differences(page, SMALL, "Two")) == 1


OTHERS = [
    pytest.param("| Name | Type | Meaning |\n|-|-|-|\n| lr | float | speed |\n", id="options"),
    pytest.param("| Name | Params | RF |\n|-|-|-|\n| step 1 | 8,172 | 28 |\n", id="models"),
    pytest.param("| Input | Output |\n|-|-|\n| a.yaml | a table |\n", id="files"),
    pytest.param("| RF | Mood |\n|-|-|\n| 3 | fine |\n", id="one known column"),
    pytest.param(f"```\n{ROWS}```\n", id="a table in code"),
    pytest.param("words\n", id="no table"),
    pytest.param("", id="an empty page"),
]


@pytest.mark.parametrize("page", OTHERS)
def test_a_page_without_an_architecture_table_is_told(page: str) -> None:
    fault = refusal(page)

    assert fault.code == "no-table"
    assert fault.message == "no table in a.md looks like an architecture table"
    assert fault.help


@pytest.mark.parametrize("page", OTHERS)
def test_tables_of_other_things_are_passed_over(page: str) -> None:
    assert differences(f"{page}\n\n{ROWS}", SMALL) == []


def test_a_heading_that_is_not_there_has_its_nearest() -> None:
    fault = refusal(f"# My network\n\n{ROWS}", "my-networks")

    assert (fault.code, fault.help) == ("unknown-heading", "did you mean `my-network`?")


def test_a_heading_without_a_table_is_told() -> None:
    assert refusal(f"{ROWS}\n# Below\n", "below").message.startswith(
        "no table in a.md under 'Below'"
    )


def test_what_is_not_compared_is_told() -> None:
    (table,) = compare_page(
        Source("a.md", "| Layer | RF | Mood |\n|-|-|-|\n|Conv1|3|x|\n|MaxPool1|4|y|\n"),
        analysis_of(SMALL),
    )

    assert table.differences == ()
    assert [(d.code, d.severity) for d in table.notices] == [("foreign-column", "info")]
