from __future__ import annotations

import os
from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic
from archspec.judge import Verdict, judge_items
from tests.support.ladder import (
    PUBLISHED,
    STEP1,
    STEP1_AS_PRINTED,
    STEP2,
    STEP3,
    analysis_of,
    network,
)

SMALL = network("[1, 8, 8]", "conv: {out_channels: 2, kernel_size: 3}", "max_pool: 2")
# 2 filters of 9 weights and a bias.
ROWS = [
    "| Input | Layer | Output | Kernel | RF | Params |",
    "| --- | --- | --- | --- | --- | --- |",
    "| 8x8x1 | Conv1 | 6x6x2 | 3x3 | 3 | 20 |",
    "| 6x6x2 | MaxPool1 | 3x3x2 | 2x2 | 4 | 0 |",
]


def judged(text: str, written: str, folder: Path) -> Verdict:
    analysis = analysis_of(f"{text}claims: {{table: '{written}'}}\n", folder)
    (verdict,) = judge_items(analysis.spec, analysis)
    return verdict


def against(tmp_path: Path, published: str, claim: str = "a.md", text: str = SMALL) -> Verdict:
    (tmp_path / "a.md").write_text(published, encoding="utf-8")
    return judged(text, claim, tmp_path)


def places(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    """Return line and column of each, in the published file."""
    return [f"{d.span.line}:{d.span.column}" for d in diagnostics if d.span]


@pytest.mark.parametrize(("text", "step"), [(STEP1_AS_PRINTED, 1), (STEP2, 2), (STEP3, 3)])
def test_the_published_tables_hold_for_what_they_print(text: str, step: int) -> None:
    verdict = judged(text, f"step{step}.md", PUBLISHED)

    assert (verdict.verdict, verdict.diagnostics) == ("proven", ())


def test_step_1_differs_from_its_published_table_in_two_rows() -> None:
    verdict = judged(STEP1, "step1.md", PUBLISHED)

    assert verdict.verdict == "contradicted"
    assert [d.message for d in verdict.diagnostics] == [
        "Conv7: output is published as 5x5x10, computed 7x7x10",
        "Conv7: kernel is published as 3x3, computed 1x1",
        "Conv7: receptive field is published as 20, computed 16",
        "Conv8: input is published as 5x5x10, computed 7x7x10",
        "Conv8: kernel is published as 5x5, computed 7x7",
    ]
    lines = (PUBLISHED / "step1.md").read_text(encoding="utf-8").splitlines()
    conv7 = next(i for i, line in enumerate(lines, start=1) if "Conv7 |" in line)
    assert places(verdict.diagnostics) == [
        f"{conv7}:{lines[conv7 - 1].index('5x5x10') + 1}",
        f"{conv7}:{lines[conv7 - 1].index('3x3') + 1}",
        f"{conv7}:{lines[conv7 - 1].index('20') + 1}",
        f"{conv7 + 1}:{lines[conv7].index('5x5x10') + 1}",
        f"{conv7 + 1}:{lines[conv7].index('5x5 ') + 1}",
    ]
    assert {d.code for d in verdict.diagnostics} == {"table-differs"}


def test_a_difference_leads_to_the_layer_and_to_the_claim(tmp_path: Path) -> None:
    published = "\n".join(ROWS).replace("| 20 |", "| 21 |")
    (fault,) = against(tmp_path, published).diagnostics

    assert [str(related.span) for related in fault.related] == ["a.yaml:4:5", "a.yaml:6:17"]


@pytest.mark.parametrize(
    ("line", "old", "new", "message"),
    [
        (0, "8x8x1", "8x8x3", "Conv1: input is published as 8x8x3, computed 8x8x1"),
        (0, "Conv1", "Conv9", "Conv1: Layer is published as Conv9, computed Conv1"),
        (0, "6x6x2", "", "Conv1: output is published as nothing, computed 6x6x2"),
        (1, "2x2", "-", "MaxPool1: kernel is published as -, computed 2x2"),
        (1, "| 4 |", "| 5 |", "MaxPool1: receptive field is published as 5, computed 4"),
        (0, "| 20 |", "| 1,020 |", "Conv1: Params is published as 1,020, computed 20"),
    ],
)
def test_a_changed_cell_is_one_difference(
    line: int, old: str, new: str, message: str, tmp_path: Path
) -> None:
    rows = list(ROWS)
    rows[2 + line] = rows[2 + line].replace(old, new, 1)
    verdict = against(tmp_path, "\n".join(rows))

    assert [d.message for d in verdict.diagnostics] == [message]
    assert verdict.actual == "1 difference"


@pytest.mark.parametrize(
    "published",
    [
        pytest.param("\n".join(ROWS), id="as it is written here"),
        pytest.param(
            "Layer (type) | Output shape | Param # | Receptive field\n--|--|--|--\n"
            "conv 1 | [-1, 2, 6, 6] | 20 | 3x3\nmaxpool1 | (2, 3, 3) | 0 | 4",
            id="in another spelling and order",
        ),
        pytest.param("| Output | Kernel |\n|-|-|\n| 6×6×2 | 3 |\n| 3×3×2 | 2 |", id="unlabelled"),
    ],
)
def test_a_table_holds_in_any_spelling(published: str, tmp_path: Path) -> None:
    verdict = against(tmp_path, published)

    assert (verdict.verdict, verdict.diagnostics) == ("proven", ())
    assert verdict.actual == "2 rows agree"


def test_a_label_may_be_the_id_of_the_spec(tmp_path: Path) -> None:
    text = network("[1, 8, 8]", "conv: {out_channels: 2, kernel_size: 3, id: stem}")

    assert against(tmp_path, "| Layer | RF |\n|-|-|\n| Stem | 3 |", text=text).verdict == "proven"


def test_a_missing_row_is_named(tmp_path: Path) -> None:
    (fault,) = against(tmp_path, "\n".join([*ROWS[:2], ROWS[3]])).diagnostics

    assert fault.message == "Conv1: the network has this row, the published table has not"
    assert str(fault.related[0].span) == "a.yaml:4:5"


def test_a_row_too_many_is_named_at_its_place(tmp_path: Path) -> None:
    extra = "| 6x6x2 | Conv2 | 4x4x2 | 3x3 | 5 | 38 |"
    (fault,) = against(tmp_path, "\n".join([*ROWS[:3], extra, ROWS[3]])).diagnostics

    assert fault.message == "Conv2: published, but the network has no such row"
    assert places((fault,)) == ["4:3"]


def test_an_empty_table_lacks_every_row(tmp_path: Path) -> None:
    assert len(against(tmp_path, "\n".join(ROWS[:2])).diagnostics) == 2


def test_a_foreign_column_is_told_and_not_judged(tmp_path: Path) -> None:
    verdict = against(tmp_path, "| Layer | Mood | RF |\n|-|-|-|\n|Conv1|x|3|\n|MaxPool1|y|4|\n")
    (notice,) = verdict.diagnostics

    assert verdict.verdict == "proven"
    assert (notice.code, notice.severity) == ("foreign-column", "info")
    assert places((notice,)) == ["1:11"]


OTHER = "| Layer | RF |\n|-|-|\n| Conv1 | 9 |\n"
TWO = "# One\n\n" + OTHER + "\n# Two\n\n" + "\n".join(ROWS) + "\n"


def test_a_heading_chooses_among_tables(tmp_path: Path) -> None:
    assert against(tmp_path, TWO, "a.md#two").verdict == "proven"
    assert against(tmp_path, TWO, "a.md#one").verdict == "contradicted"


def test_tables_of_other_things_are_passed_over(tmp_path: Path) -> None:
    glossary = "| Word | Meaning |\n|-|-|\n| RF | receptive field |\n\n"

    assert against(tmp_path, glossary + "\n".join(ROWS)).verdict == "proven"


@pytest.mark.parametrize(
    ("published", "claim", "code"),
    [
        pytest.param("words", "a.md", "no-table", id="no table"),
        pytest.param("", "a.md", "no-table", id="an empty file"),
        pytest.param("```\n" + OTHER + "```\n", "a.md", "no-table", id="a table in code"),
        pytest.param("| a | b |\n|-|-|\n", "a.md", "no-table", id="no column to compare"),
        pytest.param(TWO, "a.md", "ambiguous-table", id="two tables"),
        pytest.param(TWO, "a.md#three", "unknown-heading", id="no such heading"),
        pytest.param(OTHER + "# Below\n", "a.md#below", "no-table", id="no table under it"),
        pytest.param("", "b.md", "missing-file", id="no such file"),
        pytest.param("", ".", "missing-file", id="a folder"),
    ],
)
def test_a_table_that_cannot_be_found_is_a_fault_at_the_claim(
    published: str, claim: str, code: str, tmp_path: Path
) -> None:
    verdict = against(tmp_path, published, claim)
    (fault,) = verdict.diagnostics

    assert (verdict.verdict, fault.code, fault.severity) == ("unproven", code, "error")
    assert fault.span is not None
    assert str(fault.span) == "a.yaml:6:17"


def test_a_misspelt_heading_has_its_nearest(tmp_path: Path) -> None:
    (fault,) = against(tmp_path, TWO, "a.md#twoo").diagnostics

    assert fault.help == "did you mean `two`?"


def test_bytes_that_are_no_text_lead_back_to_the_claim(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"| \xff |")
    (fault,) = judged(SMALL, "a.md", tmp_path).diagnostics

    assert fault.severity == "error"
    assert "a.yaml:6:17" in {str(fault.span), *(str(related.span) for related in fault.related)}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_a_file_without_permission_is_a_fault_at_the_claim(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x", encoding="utf-8")
    (tmp_path / "a.md").chmod(0)
    (fault,) = judged(SMALL, "a.md", tmp_path).diagnostics

    assert fault.code == "unreadable-file"
