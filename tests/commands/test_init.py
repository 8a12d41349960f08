"""`archspec init` writes a spec that checks, and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.commands.schema import schema_text

runner = CliRunner()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_written_spec_checks_and_its_schema_lies_beside_it(here: Path) -> None:
    assert runner.invoke(app, ["init", "specs/mine.yaml"]).exit_code == 0
    assert (here / "specs" / "archspec.schema.json").read_text(encoding="utf-8") == schema_text()
    result = runner.invoke(app, ["check", "specs/mine.yaml"])
    assert result.exit_code == 0, result.output


def test_the_commented_lines_of_the_written_spec_are_valid_too(here: Path) -> None:
    runner.invoke(app, ["init"])
    path = here / "network.yaml"
    lines = [
        line.replace("  # augment", "  augment")
        .replace("  # normalize", "  normalize")
        .replace("  # scheduler", "  scheduler")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    result = runner.invoke(app, ["check", str(path)])
    assert result.exit_code == 0, result.output


def test_a_file_that_is_there_is_left_alone(here: Path) -> None:
    (here / "network.yaml").write_text("mine", encoding="utf-8")
    result = runner.invoke(app, ["init"])
    assert result.exit_code == 2
    assert "network.yaml is there already" in result.stderr
    assert (here / "network.yaml").read_text(encoding="utf-8") == "mine"
    assert not (here / "archspec.schema.json").exists()


def test_a_schema_that_is_there_is_left_alone(here: Path) -> None:
    (here / "archspec.schema.json").write_text("mine", encoding="utf-8")
    result = runner.invoke(app, ["init", "fresh.yaml"])
    assert result.exit_code == 0
    assert "wrote fresh.yaml; archspec.schema.json was there\n" in result.stdout
    assert (here / "archspec.schema.json").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_made_is_the_environments_fault(here: Path) -> None:
    (here / "specs").write_text("a file", encoding="utf-8")
    result = runner.invoke(app, ["init", "specs/mine.yaml"])
    assert result.exit_code == 3
    assert "cannot write" in result.stderr
