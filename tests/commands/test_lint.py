from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from archspec.cli import app
from tests.support.linting import chain

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "lint.schema.json").read_text(encoding="utf-8"))
FLAWED = chain(
    "conv: {out_channels: 8, kernel_size: 3, norm: batch}",
    "conv: {out_channels: 8, kernel_size: 2, activation: relu}",
    "conv: {out_channels: 4, kernel_size: 3}",
)
BOTH = ["bias-before-norm", "even-kernel"]


@pytest.fixture
def flawed(tmp_path: Path) -> Path:
    """Return a spec that holds and gets two warnings."""
    path = tmp_path / "flawed.yaml"
    path.write_text(FLAWED, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    """Run archspec and return its exit code and what it printed."""
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def codes_of(*arguments: str | Path) -> list[str]:
    """Return the codes in the JSON of `lint`."""
    code, output = run("lint", "--format", "json", *arguments)
    value: dict[str, Any] = json.loads(output)
    jsonschema.validate(value, SCHEMA)
    assert value["ok"] == (code == 0) == all(spec["ok"] for spec in value["specs"])
    return [found["code"] for spec in value["specs"] for found in spec["diagnostics"]]


def test_a_diagnostic_looks_the_same_in_lint_and_in_check() -> None:
    text = (ROOT / "docs" / "check.schema.json").read_text(encoding="utf-8")
    assert json.loads(text)["$defs"]["diagnostic"] == SCHEMA["$defs"]["diagnostic"]


def test_warnings_are_no_fault(flawed: Path) -> None:
    code, output = run("lint", flawed)

    assert code == 0
    assert output.count("warning[") == 2
    assert output.endswith("\n1 spec linted: 2 warnings\n")


def test_nothing_to_say_is_said() -> None:
    held_out = ROOT / "specs" / "step3_held_out.yaml"

    assert run("lint", held_out, "--strict") == (0, "1 spec linted: nothing to say\n")


@pytest.mark.parametrize("command", ["lint", "check"])
@pytest.mark.parametrize("format", ["text", "json", "github"])
def test_strict_lets_warnings_fail(command: str, format: str, flawed: Path) -> None:
    assert run(command, flawed, "--format", format)[0] == 0
    assert run(command, flawed, "--format", format, "--strict")[0] == 1


@pytest.mark.parametrize("command", ["lint", "check"])
def test_a_notice_never_fails(command: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(chain("relu", more="defaults: {conv: {kernel_size: 3}}\n"), encoding="utf-8")
    code, output = run(command, path, "--strict")

    assert code == 0
    assert "info[unused-definition]" in output


def test_check_tells_the_same_warnings(flawed: Path) -> None:
    code, output = run("check", flawed)

    assert code == 0
    assert all(f"warning[{code}]" in output for code in BOTH)
    assert "1 spec checked, it holds (2 warnings)" in output


def test_github_gets_warnings_at_their_lines(flawed: Path) -> None:
    _, output = run("lint", flawed, "--format", "github")

    assert [line.partition(" ")[0] for line in output.splitlines()] == ["::warning"] * 2
    assert ",line=4," in output
    assert ",line=5," in output


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], BOTH),
        (["--select", "even-kernel"], ["even-kernel"]),
        (["--select", "even-kernel,bias-before-norm"], BOTH),
        (["--select", "even-kernel", "--select", "bias-before-norm"], BOTH),
        (["--ignore", "even-kernel"], ["bias-before-norm"]),
        (["--select", "even-kernel", "--ignore", "even-kernel"], []),
        (["--set", "lint.even-kernel=as published"], ["bias-before-norm"]),
    ],
)
def test_rules_are_chosen(options: list[str], expected: list[str], flawed: Path) -> None:
    assert codes_of(flawed, *options) == expected


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_an_unknown_rule_is_wrong_usage(option: str, flawed: Path) -> None:
    code, output = run("lint", flawed, option, "even-kernell")

    assert code == 2
    assert "no rule is called `even-kernell`" in output
    assert "did you mean `even-kernel`?" in output


def test_a_faulty_spec_is_told_of_its_faults_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(FLAWED + "tagets: {}\n", encoding="utf-8")

    assert codes_of(path) == ["unknown-key"]
    assert run("lint", path)[0] == 1
    assert codes_of(tmp_path / "b.yaml") == ["missing-file"]


def test_a_fault_that_hides_the_sizes_leaves_nothing_to_lint(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        chain("conv: {out_channels: 8, kernel_size: 99, norm: batch}"), encoding="utf-8"
    )

    assert codes_of(path) == ["kernel-does-not-fit"]


@pytest.mark.parametrize("command", ["lint", "check"])
def test_two_entries_of_one_name_are_told_and_not_linted(command: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    twice = "conv: {out_channels: 8, kernel_size: 3, norm: batch, id: stem}"
    path.write_text(chain(twice, twice), encoding="utf-8")
    code, output = run(command, path)

    assert code == 1
    assert "duplicate-id" in output
    assert "warning" not in output


def test_a_missed_target_hides_no_warning(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"{FLAWED}targets: {{params: {{below: 1}}}}\n", encoding="utf-8")
    code, output = run("check", path)

    assert code == 1
    assert all(code in output for code in (*BOTH, "target-missed"))


def test_a_line_that_two_specs_share_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text(FLAWED, encoding="utf-8")
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("archspec: 1\nextends: parent.yaml\n", encoding="utf-8")
    _, output = run("lint", tmp_path / "a.yaml", tmp_path / "b.yaml")

    assert output.endswith("\n2 specs linted: 2 warnings\n")
