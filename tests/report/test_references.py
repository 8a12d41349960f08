from __future__ import annotations

from pathlib import Path

import pytest

from archspec.report.desk import Desk, Material
from archspec.report.references import resolve_note
from tests.support.ladder import STEP1
from tests.support.records import HIGH, LOW, TEXT, put_record, record_for


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with a.yaml, b.yaml beside it, and two kept runs of a.yaml."""
    (tmp_path / "b.yaml").write_text(STEP1, encoding="utf-8")
    records = tmp_path / "records"
    put_record(records, record_for(TEXT, LOW, HIGH, seed=0, train=(9_900, 9_930)))
    put_record(records, record_for(TEXT, LOW, LOW, seed=1, train=(9_900, 9_910)))
    return tmp_path


def resolved(
    folder: Path, note: str, records: str = "records"
) -> tuple[str, list[tuple[str, str]]]:
    """Return a note as the report says it, with severity and message of what is to be told."""
    (folder / "a.yaml").write_text(f"{TEXT}notes:\n  a: >-\n    {note}\n", encoding="utf-8")
    material = Material(Desk(), folder / records)
    analysis = material.desk.network(folder / "a.yaml")
    assert not isinstance(analysis, tuple)
    words, found = resolve_note(analysis, "a", material)
    return words, [(fault.severity, fault.message) for fault in found]


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("It has {params} parameters.", "It has 7,720 parameters."),
        ("{params:plain} or {params:kilo}", "7720 or 7.7k"),
        ("{macs:mega.2} and {conv1.share:percent}", "1.14M and 1.14 %"),
        ("{conv1.output} sees {conv1.receptive_field}", "26x26x8 sees 3"),
        ("step 1 has {b.params}", "step 1 has 8,172"),
        ("{{params}} are {{ }}", "{params} are { }"),
        # 99.40 and 99.39 % in the best epochs: a mean of 99.395 and an sd of 0.01/√2.
        ("{best_test_accuracy}", "99.39 ± 0.01 % (n = 2)"),
        ("{best_test_accuracy.max} over {seeds} seeds", "99.40 over 2 seeds"),
        ("{best_test_accuracy.mean:.3}", "99.395"),
        ("{test_accuracy.met} of {test_accuracy.n}", "1 of 2"),
        # 99.30 − 99.40 and 99.10 − 99.39 points.
        ("{train_test_gap.min} to {train_test_gap.max}", "−0.29 to −0.10"),
    ],
)
def test_references_become_numbers(note: str, words: str, project: Path) -> None:
    assert resolved(project, note) == (words, [])


@pytest.mark.parametrize(
    "name", ["seeds", "best_test_accuracy", "test_accuracy.share", "train_test_gap.mean"]
)
def test_what_no_run_tells_is_not_measured_yet(name: str, project: Path) -> None:
    words, found = resolved(project, f"It is {{{name}}}.", "none")

    assert words == "It is not measured yet."
    assert found == [("info", f"no kept run tells `{name}` yet")]


def test_one_seed_has_no_sd(project: Path) -> None:
    (project / "records/a/20260101T000000Z-s1.json").unlink()

    assert resolved(project, "{best_test_accuracy.sd}")[0] == "not measured yet"
    assert resolved(project, "{best_test_accuracy}")[0] == "99.40 % (n = 1)"


def test_a_reference_that_names_nothing_stays_and_is_an_error(project: Path) -> None:
    words, found = resolved(project, "{parms} and {params}")

    assert words == "{parms} and 7,720"
    assert found == [("error", "nothing is called `parms`")]
