from __future__ import annotations

import shutil
from pathlib import Path
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.record.evaluation import Evaluation, Mistake, write_evaluation
from tests.support.ladder import STEP1
from tests.support.records import DATA, HIGH, LOW, TARGET, TEXT, TRAIN, put_record, record_for

FIRST = f"{STEP1}{DATA}{TRAIN}{TARGET}"
PAGE = Path("reports/ladder.md")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARCHSPEC_DATA", raising=False)
    Path("a.yaml").write_text(FIRST, encoding="utf-8")
    Path("b.yaml").write_text(TEXT, encoding="utf-8")
    put_record(Path("reports/records"), record_for(TEXT, LOW, HIGH, name="b"))


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Run `report` and return its exit code, standard output and standard error."""
    result = CliRunner().invoke(app, ["report", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def files() -> list[str]:
    return sorted(path.as_posix() for path in Path("reports").rglob("*.*") if path.is_file())


def test_the_page_and_its_figures_are_written_once() -> None:
    assert run("a.yaml", "b.yaml") == (0, "reports/ladder.md: 5 of 5 files written\n", "")
    assert files() == [
        "reports/figures/a_architecture.svg",
        "reports/figures/b_architecture.svg",
        "reports/figures/b_training.svg",
        "reports/figures/ladder_comparison.svg",
        "reports/ladder.md",
        "reports/records/b/20260101T000000Z-s0.json",
    ]
    assert run("a.yaml", "b.yaml") == (0, "reports/ladder.md: nothing to renew\n", "")
    assert run("a.yaml", "b.yaml", "--check") == (0, "reports/ladder.md: up to date\n", "")


@pytest.mark.parametrize("begin", [b"By hand.\n", b"\xef\xbb\xbf# Ours\n", b"\xff"])
def test_a_page_that_it_did_not_write_needs_force(begin: bytes) -> None:
    PAGE.write_bytes(begin)
    code, _, faults = run("a.yaml")

    assert code == 2
    assert "reports/ladder.md is there, and `archspec report` did not write it" in faults
    assert PAGE.read_bytes() == begin
    assert not Path("reports/figures").exists()
    assert run("a.yaml", "--force")[0] == 0
    assert PAGE.read_text(encoding="utf-8").startswith("<!-- Written by `archspec report`")
    assert run("a.yaml", "b.yaml")[0] == 0


def test_an_empty_page_may_be_filled() -> None:
    PAGE.touch()

    assert run("a.yaml")[0] == 0


def test_only_what_changed_is_written_again() -> None:
    run("a.yaml", "b.yaml")
    put_record(Path("reports/records"), record_for(TEXT, LOW, HIGH, seed=1, name="b"))

    assert run("a.yaml", "b.yaml")[1] == "reports/ladder.md: 3 of 5 files written\n"


def test_check_names_the_first_line_that_differs_and_changes_nothing() -> None:
    run("a.yaml", "b.yaml")
    edited = PAGE.read_text(encoding="utf-8").replace("Total params: 7,720", "Total params: 7,721")
    PAGE.write_text(edited, encoding="utf-8")
    line = edited[: edited.index("7,721")].count("\n") + 1
    code, output, faults = run("a.yaml", "b.yaml", "--check")

    assert (code, output) == (1, "reports/ladder.md: out of date\n")
    assert "error[stale-report]: the report is out of date\n" in faults
    assert "     - Total params: 7,721\n     + Total params: 7,720\n" in faults
    assert f"--> reports/ladder.md:{line}:1" in faults
    assert "help: run `archspec report a.yaml b.yaml --output reports/ladder.md`" in faults
    assert PAGE.read_text(encoding="utf-8") == edited


def test_check_notices_a_spec_that_changed() -> None:
    run("a.yaml", "b.yaml")
    Path("b.yaml").write_text(TEXT.replace("conv: 8", "conv: 9", 1), encoding="utf-8")

    assert run("a.yaml", "b.yaml", "--check")[0] == 1


@pytest.mark.parametrize("more", [b"\nmore\n", b""])
def test_check_notices_lines_too_many_or_too_few(more: bytes) -> None:
    run("a.yaml")
    content = PAGE.read_bytes()
    PAGE.write_bytes(content + more if more else content[: content.rindex(b"\n", 0, -1) + 1])

    assert run("a.yaml", "--check")[0] == 1


def test_check_takes_windows_line_ends() -> None:
    run("a.yaml")
    PAGE.write_bytes(PAGE.read_bytes().replace(b"\n", b"\r\n"))

    assert run("a.yaml", "--check")[0] == 0


def test_check_notices_a_figure_that_is_missing() -> None:
    run("a.yaml", "b.yaml")
    Path("reports/figures/b_training.svg").unlink()
    code, _, faults = run("a.yaml", "b.yaml", "--check")

    assert code == 1
    assert "error[missing-figure]: the figure reports/figures/b_training.svg is missing" in faults


def test_check_without_a_page_says_so() -> None:
    code, output, faults = run("a.yaml", "--check")

    assert (code, output) == (1, "reports/ladder.md: out of date\n")
    assert "error[missing-report]: there is no reports/ladder.md" in faults
    assert not PAGE.exists()


def test_a_broken_reference_leaves_the_page_as_it_is() -> None:
    run("a.yaml")
    before = PAGE.read_bytes()
    Path("a.yaml").write_text(f"{FIRST}notes: {{target: 'has {{parms}}'}}\n", encoding="utf-8")
    code, output, faults = run("a.yaml")

    assert (code, output) == (1, "reports/ladder.md: left as it is: a note is faulty\n")
    assert "error[unknown-reference]: nothing is called `parms`" in faults
    assert PAGE.read_bytes() == before


def test_check_of_a_spec_tells_broken_references_too() -> None:
    Path("a.yaml").write_text(f"{FIRST}notes: {{target: '{{b.parms}}'}}\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["check", "a.yaml"])

    assert result.exit_code == 1
    assert "error[unknown-reference]: nothing in b.yaml is called `parms`" in result.stdout


def test_what_is_not_measured_is_told_and_is_no_fault() -> None:
    Path("a.yaml").write_text(f"{FIRST}notes: {{target: 'ran {{seeds}}'}}\n", encoding="utf-8")
    code, _, faults = run("a.yaml")

    assert code == 0
    assert "info[not-measured]: no kept run tells `seeds` yet" in faults
    assert "ran not measured yet" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (["none.yaml"], 1, "none.yaml"),
        (["a.yaml", "--output", "page.html"], 2, "page.html is no markdown file"),
        (["a.yaml", "--records", "nowhere"], 3, "there is no folder nowhere"),
        (["a.yaml", "--output", "a.yaml/page.md"], 3, "cannot write a.yaml"),
        ([], 2, "Missing argument"),
    ],
)
def test_a_wrong_call_has_its_exit_code(arguments: list[str], exit_code: int, message: str) -> None:
    code, _, faults = run(*arguments)

    assert code == exit_code
    assert message in faults
    assert not PAGE.exists()


def test_records_are_found_where_the_project_keeps_them() -> None:
    Path("pyproject.toml").write_text('[tool.archspec]\nrecords = "kept"\n', encoding="utf-8")
    shutil.move("reports/records", "kept")
    run("b.yaml")

    assert "1 network, 1 run." in PAGE.read_text(encoding="utf-8")


DIGITS = TEXT.replace("MNIST", "Digits")


def put_digits(digest: str) -> None:
    """Keep a run on Digits with an evaluation of two mistakes, of 200 test images."""
    from dataclasses import replace

    record = record_for(DIGITS, 150, 198, name="c", total=200)
    record = replace(record, dataset=replace(record.dataset, digest=digest))
    path = put_record(Path("reports/records"), record)
    rows = [[20 if i == j else 0 for j in range(10)] for i in range(10)]
    rows[0][0], rows[0][1] = 18, 2
    mistakes = (Mistake(3, 0, 1, 0.9), Mistake(0, 0, 1, 0.8))
    names = tuple("0123456789")
    found = Evaluation(1, record.run, 2, "test", names, tuple(map(tuple, rows)), mistakes)
    write_evaluation(found, path.with_name(f"{path.stem}.evaluation.json"))
    Path("c.yaml").write_text(DIGITS, encoding="utf-8")


def test_pictures_come_from_the_data_and_stay_without_it() -> None:
    from archspec.runtime.data import load, make_digits
    from archspec.runtime.data.model import digest_of

    made = make_digits(50, 200)
    put_digits(digest_of(*made))
    with patch.object(load, "make_digits", lambda: made):
        code, output, faults = run("c.yaml")
    sheet = Path("reports/figures/c_mistakes_20260101T000000Z-s0.png")

    assert (code, output, faults) == (0, "reports/ladder.md: 6 of 6 files written\n", "")
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert sheet.name in PAGE.read_text(encoding="utf-8")
    assert run("c.yaml", "--check")[0] == 0
    sheet.unlink()
    assert run("c.yaml", "--check")[0] == 1


def test_pictures_of_other_data_are_refused() -> None:
    from archspec.runtime.data import load, make_digits

    put_digits("0" * 64)
    made = make_digits(50, 200)
    with patch.object(load, "make_digits", lambda: made):
        code, _, faults = run("c.yaml")

    assert code == 1
    assert "error[foreign-data]" in faults
    assert not PAGE.exists()


def test_a_data_folder_without_the_data_is_a_fault_of_the_environment() -> None:
    record = record_for(TEXT, LOW, HIGH, name="b")
    rows = ((5_000, 30), (30, 4_940))
    mistakes = tuple(Mistake(number, number % 2, 1 - number % 2, 0.9) for number in range(60))
    found = Evaluation(1, record.run, 2, "test", ("a", "b"), rows, mistakes)
    write_evaluation(found, Path(f"reports/records/b/{record.run}.evaluation.json"))
    code, _, faults = run("b.yaml", "--data-dir", "nowhere")

    assert code == 3
    assert "error[missing-data]" in faults


def test_help_ends_with_an_example() -> None:
    code, output, _ = run("--help")

    assert code == 0
    assert "Example: archspec report specs/step1.yaml specs/step2.yaml specs/step3.yaml" in output
