from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from tests.support.ladder import network

ROOT = Path(__file__).parents[2]
TASK4 = "specs/ladder/task04_batch_norm.yaml"
TASK5 = "specs/ladder/task05_dropout.yaml"


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Run `diff` and return its exit code, standard output and standard error."""
    result = CliRunner().invoke(app, ["diff", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_a_difference_informs_and_fails_nothing() -> None:
    code, output, faults = run(TASK4, TASK5)

    assert (code, faults) == (0, "")
    assert output == (
        f"{TASK4} → {TASK5}\n"
        "  ~ conv3, conv6: dropout none → 0.25\n"
        "\n"
        "  in total  the same figures\n"
    )


def test_a_network_and_itself_have_no_difference() -> None:
    code, output, _ = run(TASK4, TASK4)

    assert code == 0
    assert "nothing changed" in output


def test_markdown_is_for_pages() -> None:
    _, output, _ = run(TASK4, TASK5, "--format", "markdown")

    assert "| conv3, conv6: dropout | none | 0.25 |\n" in output


def test_json_is_for_programs() -> None:
    _, output, _ = run(TASK4, TASK5, "--format", "json")
    made = json.loads(output)

    assert made["b"] == {"name": "task05_dropout", "spec": TASK5}
    assert [(e["id"], e["changes"]) for e in made["entries"]] == [
        (id, [{"path": ["dropout"], "old": None, "new": 0.25}]) for id in ("conv3", "conv6")
    ]


def test_a_faulty_spec_has_no_difference(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(network("[1, 8, 8]", "conf: 3"), encoding="utf-8")
    code, output, faults = run(TASK4, path)

    assert (code, output) == (1, "")
    assert "error[unknown-kind]" in faults


def test_a_fault_of_both_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(network("[1, 8, 8]", "conf: 3"), encoding="utf-8")
    _, _, faults = run(path, path)

    assert faults.count("error[") == 1


def test_help_ends_with_an_example() -> None:
    code, output, _ = run("--help")

    assert code == 0
    assert "Example: archspec diff specs/step2.yaml" in " ".join(output.split())
