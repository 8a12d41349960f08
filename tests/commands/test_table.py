from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from tests.support.ladder import PUBLISHED, network

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Run `table` and return its exit code, standard output and standard error."""
    result = CliRunner().invoke(app, ["table", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("step", [2, 3])
def test_the_table_is_the_published_one(step: int) -> None:
    code, output, _ = run(f"specs/step{step}.yaml")
    published = (PUBLISHED / f"step{step}.md").read_text(encoding="utf-8")

    assert code == 0
    assert published.endswith(f"\n\n{output}")


def test_columns_are_chosen_by_name() -> None:
    _, output, _ = run("specs/step3.yaml", "--columns", "layer,params")

    assert output.splitlines()[:3] == ["| Layer | Params |", "| --- | ---: |", "| Conv1 | 88 |"]


def test_json_and_csv_are_for_programs() -> None:
    _, as_json, _ = run("specs/step3.yaml", "--format", "json", "--columns", "layer,macs")
    _, as_csv, _ = run("specs/step3.yaml", "--format", "csv", "--columns", "layer,macs")

    assert json.loads(as_json)["rows"][0] == {"layer": "Conv1", "macs": 48672}
    assert as_csv.splitlines()[1] == "Conv1,48672"


def test_rich_prints_the_title_and_the_total() -> None:
    _, output, _ = run("specs/step3.yaml", "--format", "rich")

    assert output.startswith("Step 3")
    assert output.rstrip().endswith("Total params: 7,720")


def test_expand_shows_every_operation() -> None:
    _, output, _ = run("specs/step3.yaml", "--expand")

    assert "| Conv1.norm |" in output


@pytest.mark.parametrize("format", ["markdown", "rich", "json", "csv"])
def test_a_depth_shows_groups_in_every_format(format: str) -> None:
    path = "specs/zoo/resnet18.yaml"
    _, output, _ = run(path, "--depth", "1", "--format", format, "--columns", "layer,params")

    assert "Stage4" in output
    assert "Residual" not in output
    # 512 * 256 * 9 and 3 times 512 * 512 * 9 weights, 512 * 256 on the shortcut, 5 norms.
    assert "8,393,728" in output or "8393728" in output


def test_a_depth_together_with_expand_is_wrong_usage() -> None:
    code, output, faults = run("specs/step3.yaml", "--depth", "1", "--expand")

    assert (code, output) == (2, "")
    assert "leave one of them out" in faults


def test_a_depth_below_1_is_wrong_usage() -> None:
    code, output, faults = run("specs/step3.yaml", "--depth", "0")

    assert (code, output) == (2, "")
    assert "'--depth'" in faults  # typer's words on it differ from version to version


def test_an_override_changes_the_network() -> None:
    _, output, _ = run("specs/step3.yaml", "--set", "input=[3, 28, 28]")

    assert "| 28x28x3 | Conv1 |" in output


def test_an_unknown_column_is_wrong_usage_with_the_nearest() -> None:
    code, output, faults = run("specs/step3.yaml", "--columns", "layer,parms")

    assert (code, output) == (2, "")
    assert "unknown column 'parms'" in faults
    assert "did you mean `params`?" in faults


@pytest.mark.parametrize("layer", ["linear: 3", "conf: 3"])
def test_a_spec_with_a_fault_has_no_table(layer: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(network("[1, 8, 8]", layer), encoding="utf-8")
    code, output, faults = run(path)

    assert (code, output) == (1, "")
    assert faults.startswith("error[")
    assert "a.yaml:4:" in faults


def test_a_missing_file_has_no_table() -> None:
    code, _, faults = run("specs/stepp3.yaml")

    assert code == 1
    assert "did you mean `specs/step3.yaml`" in faults


def test_help_ends_with_an_example() -> None:
    code, output, _ = run("--help")

    assert code == 0
    assert "Example: archspec table specs/step3.yaml" in output
