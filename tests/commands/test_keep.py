"""`archspec keep`: what can be kept is kept, and the rest is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from tests.support.records import HIGH, TEXT, evaluation_of, put_run, record_for

KEPT = Path("reports/records/a/20260101T000000Z-s0.json")


@pytest.fixture(autouse=True)
def _in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def keep(*arguments: str | Path) -> tuple[int, str]:
    """Run `keep` and return its exit code and everything it printed."""
    result = CliRunner().invoke(app, ["keep", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_a_run_is_kept_under_its_spec() -> None:
    folder = put_run(Path("runs"), record_for(TEXT, HIGH))

    assert keep(folder) == (0, f"kept: {KEPT}\n")
    assert KEPT.read_bytes() == (folder / "record.json").read_bytes()


def test_keeping_again_is_no_fault() -> None:
    folder = put_run(Path("runs"), record_for(TEXT, HIGH))
    keep(folder)

    assert keep(folder / "record.json") == (0, f"kept already: {KEPT}\n")


def test_an_evaluation_is_named() -> None:
    record = record_for(TEXT, HIGH)
    folder = put_run(Path("runs"), record)
    (folder / "evaluation.json").write_bytes(evaluation_of(record))

    assert keep(folder)[1] == f"kept: {KEPT}, 20260101T000000Z-s0.evaluation.json beside it\n"


def test_the_project_says_where_records_lie() -> None:
    Path("pyproject.toml").write_text('[tool.archspec]\nrecords = "evidence"\n')
    keep(put_run(Path("runs"), record_for(TEXT, HIGH)))

    assert Path("evidence/a/20260101T000000Z-s0.json").exists()


def test_the_option_comes_over_the_project() -> None:
    Path("pyproject.toml").write_text("[tool.archspec\n")
    code, _ = keep(put_run(Path("runs"), record_for(TEXT, HIGH)), "--records", "elsewhere")

    assert code == 0
    assert Path("elsewhere/a/20260101T000000Z-s0.json").exists()


def test_the_others_are_kept_when_one_cannot_be() -> None:
    good = put_run(Path("runs"), record_for(TEXT, HIGH))
    failed = put_run(Path("runs"), record_for(TEXT, HIGH, seed=1, status="failed"))
    code, output = keep(failed, good)

    assert code == 1
    assert "error[unfinished-run]" in output
    assert KEPT.exists()


def test_an_interrupted_run_needs_a_word() -> None:
    folder = put_run(Path("runs"), record_for(TEXT, HIGH, status="interrupted"))

    assert keep(folder)[0] == 1
    assert keep(folder, "--unfinished")[0] == 0


def test_a_run_that_is_not_there_exits_with_2() -> None:
    code, output = keep("runs/none")

    assert code == 2
    assert "error[missing-run]: there is no run runs/none" in output


def test_a_run_must_be_named() -> None:
    assert keep()[0] == 2
