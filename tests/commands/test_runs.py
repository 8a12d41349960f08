"""`archspec runs`: every run and record in one table, the broken ones with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from tests.support.records import HIGH, LOW, TEXT, put_record, put_run, record_for


@pytest.fixture(autouse=True)
def _in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    Path("specs/a.yaml").write_text(TEXT)


def runs(*arguments: str) -> tuple[int, str]:
    """Run `runs` and return its exit code and everything it printed."""
    result = CliRunner().invoke(app, ["runs", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def listed() -> list[dict[str, Any]]:
    code, output = runs("--format", "json")
    value = json.loads(output)
    assert code == 0
    assert value["format"] == 1
    rows: list[dict[str, Any]] = value["runs"]
    return rows


def test_nothing_is_no_fault() -> None:
    assert runs() == (
        0,
        "no runs and no records here; `archspec train SPEC` makes the first\n",
    )


def test_runs_and_records_stand_in_one_table() -> None:
    put_run(Path("runs"), record_for(TEXT, HIGH, LOW, seed=3))
    put_record(Path("reports/records"), record_for(TEXT, LOW, status="interrupted"))

    code, output = runs()
    assert code == 0
    assert [line.split() for line in output.splitlines()] == [
        "spec id seed status epochs best test last test recipe".split(),
        "run a 20260101T000000Z-s3 3 finished 2 99.40 % 99.39 % current".split(),
        "record a 20260101T000000Z-s0 0 interrupted 1 99.39 % 99.39 % current".split(),
    ]


def test_columns_stand_below_each_other() -> None:
    put_run(Path("runs"), record_for(TEXT, HIGH, seed=3))
    put_run(Path("runs"), record_for(TEXT, HIGH, seed=12))
    head, *lines = runs()[1].splitlines()

    assert {line.index("finished") for line in lines} == {head.index("status")}


def test_programs_get_the_counts_behind_the_figures() -> None:
    put_run(Path("runs"), record_for(TEXT, HIGH, LOW))

    assert listed() == [
        {
            "place": "run",
            "path": "runs/a/20260101T000000Z-s0/record.json",
            "spec": "a",
            "id": "20260101T000000Z-s0",
            "seed": 0,
            "status": "finished",
            "epochs": 2,
            "best_test_accuracy": {"percent": 99.4, "correct": 9940, "total": 10000},
            "last_test_accuracy": {"percent": 99.39, "correct": 9939, "total": 10000},
            "dataset": "MNIST",
            "replaces": None,
            "recipe": "current",
            "diagnostics": [],
        }
    ]


@pytest.mark.parametrize(
    ("text", "name", "state"),
    [
        (TEXT, "a", "current"),
        pytest.param(TEXT, "b", "current", id="the same recipe under another name"),
        (TEXT.replace("epochs: 3", "epochs: 4"), "a", "stale"),
        (TEXT.replace("epochs: 3", "epochs: 4"), "b", "unknown"),
    ],
)
def test_the_recipe_is_compared_with_the_spec_s(text: str, name: str, state: str) -> None:
    Path("pyproject.toml").write_text('[tool.archspec]\nspecs = ["specs/*.yaml"]\n')
    put_run(Path("runs"), record_for(text, HIGH, name=name))

    assert [row["recipe"] for row in listed()] == [state]


def test_without_a_project_the_spec_is_where_the_run_says() -> None:
    put_run(Path("runs"), record_for(TEXT, HIGH))

    assert [row["recipe"] for row in listed()] == ["current"]


def test_a_faulty_spec_leaves_the_recipe_unknown() -> None:
    Path("specs/a.yaml").write_text("archspec: [")
    put_run(Path("runs"), record_for(TEXT, HIGH))

    assert [row["recipe"] for row in listed()] == ["unknown"]


def test_data_in_place_of_the_spec_s_is_told() -> None:
    digits = record_for(TEXT.replace("MNIST", "Digits"), HIGH, replaces="MNIST")
    put_run(Path("runs"), digits)

    assert runs()[1].endswith("stale (Digits in place of MNIST)\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the JSON ends too early"),
        ('{"format": 9}', "record of format 9, and this archspec knows formats up to 1"),
        ("{}", "not a run record: it has no `format`"),
    ],
)
def test_a_record_that_cannot_be_read_is_listed_with_the_reason(content: str, reason: str) -> None:
    path = put_record(Path("reports/records"), record_for(TEXT, HIGH))
    put_record(Path("reports/records"), record_for(TEXT, HIGH, seed=1))
    path.write_text(content)
    code, output = runs()

    assert code == 0
    assert "record  a     20260101T000000Z-s0        unreadable" in output
    assert f"{path}:" in output
    assert reason in output
    assert [row["recipe"] for row in listed()] == ["unknown", "current"]
    assert [len(row["diagnostics"]) for row in listed()] == [1, 0]


def test_a_run_whose_record_cannot_be_read_stands_under_its_own_name() -> None:
    folder = put_run(Path("runs"), record_for(TEXT, HIGH))
    (folder / "record.json").write_text("{}")

    assert runs()[1].splitlines()[1].split() == "run a 20260101T000000Z-s0 unreadable".split()


@pytest.mark.parametrize("option", ["--runs-dir", "--records"])
def test_a_folder_that_was_named_must_be_there(option: str) -> None:
    code, output = runs(option, "absent")

    assert code == 3
    assert "error[missing-folder]: there is no folder absent" in output
