"""The command line as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import archspec
from archspec.cli import app
from archspec.commands import COMMANDS

runner = CliRunner()
ROOT = Path(__file__).parents[2]
NAMES = list(COMMANDS)


@pytest.mark.parametrize("arguments", [[], *([name] for name in NAMES)], ids=["archspec", *NAMES])
def test_every_help_ends_with_an_example(arguments: list[str]) -> None:
    result = runner.invoke(app, [*arguments, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    last = result.stdout.strip().splitlines()[-1].strip()
    assert last.startswith(" ".join(["Example: archspec", *arguments]))


def test_the_version_is_that_of_the_package() -> None:
    result = runner.invoke(app, ["--version"])
    assert result.stdout == f"archspec {archspec.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [["chek"], ["check"], ["check", "--format", "xml", "a.yaml"], ["table", "--colums"]],
)
def test_a_wrong_call_exits_with_2(arguments: list[str]) -> None:
    result = runner.invoke(app, arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize("start", [["cli.py"], ["-m", "archspec"]], ids=["cli.py", "-m"])
def test_a_bare_checkout_runs_without_installing(start: list[str]) -> None:
    command = [sys.executable, *start, "check", "specs/step3.yaml"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "7,720" in result.stdout


def test_output_into_a_closed_pipe_is_no_fault() -> None:
    command = f"{sys.executable} cli.py schema | head -n 1"
    result = subprocess.run(
        command, cwd=ROOT, shell=True, capture_output=True, text=True, check=False
    )
    assert result.stdout == "{\n"
    assert result.stderr == ""
