"""The published table of step 1, claimed by the network that was trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from archspec.cli import app

SPEC = Path(__file__).parent / "claims" / "step1.yaml"
PUBLISHED = Path(__file__).parents[2] / "specs" / "published" / "step1.md"


@pytest.fixture(scope="module")
def checked() -> dict[str, Any]:
    result = CliRunner().invoke(app, ["check", str(SPEC), "--format", "json"])
    assert result.exit_code == 1
    (spec,) = json.loads(result.stdout)["specs"]
    assert isinstance(spec, dict)
    return spec


def errors_of(checked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the errors; what lint would change about the network is no part of the claim."""
    return [d for d in checked["diagnostics"] if d["severity"] == "error"]


def test_its_total_holds_and_its_table_does_not(checked: dict[str, Any]) -> None:
    verdicts = {claim["name"]: claim["verdict"] for claim in checked["claims"]}
    assert verdicts == {"params": "proven", "table": "contradicted"}


def test_exactly_the_rows_conv7_and_conv8_differ(checked: dict[str, Any]) -> None:
    lines = PUBLISHED.read_text(encoding="utf-8").splitlines()
    rows = {
        number
        for number, line in enumerate(lines, 1)
        if line.startswith(("| 7x7x16 | Conv7 |", "| 5x5x10 | Conv8 |"))
    }
    assert len(rows) == 2
    differences = errors_of(checked)
    assert {d["code"] for d in differences} == {"table-differs"}
    assert {d["line"] for d in differences} == rows
    assert {Path(d["file"]).name for d in differences} == {"step1.md"}


def test_each_difference_names_row_cell_and_both_figures(checked: dict[str, Any]) -> None:
    assert [d["message"] for d in errors_of(checked)] == [
        "Conv7: output is published as 5x5x10, computed 7x7x10",
        "Conv7: kernel is published as 3x3, computed 1x1",
        "Conv7: receptive field is published as 20, computed 16",
        "Conv8: input is published as 5x5x10, computed 7x7x10",
        "Conv8: kernel is published as 5x5, computed 7x7",
    ]
