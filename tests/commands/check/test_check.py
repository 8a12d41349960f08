from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from archspec.cli import app
from tests.support.ladder import STEP3, network

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "check.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(*arguments: str | Path) -> tuple[int, str]:
    """Run `check` and return its exit code and what it printed."""
    result = CliRunner().invoke(app, ["check", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def as_json(*arguments: str | Path) -> dict[str, Any]:
    """Return the JSON of `check`, held against its schema."""
    code, output = run("--format", "json", *arguments)
    value: dict[str, Any] = json.loads(output)
    jsonschema.validate(value, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert value["ok"] == (code == 0)
    return value


def write(folder: Path, text: str, name: str = "a.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


STEPS = [f"specs/step{step}.yaml" for step in (1, 2, 3)]
TOTALS = [8172, 8084, 7720]


def test_the_steps_have_the_published_params_and_receptive_field() -> None:
    value = as_json(*STEPS)

    assert value["ok"] is True
    assert [spec["spec"] for spec in value["specs"]] == STEPS
    assert [spec["totals"]["params"] for spec in value["specs"]] == TOTALS
    assert [spec["receptive_field"]["size"] for spec in value["specs"]] == [[28, 28]] * 3
    assert value["specs"][2]["totals"]["macs"] == 1_140_928


def test_text_sums_each_spec_up_in_a_few_lines() -> None:
    code, output = run(*STEPS)

    assert code == 0
    for total in TOTALS:
        assert f"{total:,} params, receptive field 28, " in output
    assert "proven        target params: below 8,000 (7,720)" in output
    assert "\n3 specs checked, all hold (5 warnings)\n" in output


def test_one_spec_is_a_list_of_one() -> None:
    assert len(as_json("specs/step3.yaml")["specs"]) == 1


def test_the_rows_are_those_of_the_table() -> None:
    rows = as_json("specs/step3.yaml")["specs"][0]["rows"]

    assert [row["label"] for row in rows[-3:]] == ["Conv7", "GAP", "Conv8"]
    gap = {key: rows[-2][key] for key in ("id", "kind", "inputs", "output", "kernel", "params")}
    assert gap == {
        "id": "gap",
        "kind": "gap",
        "inputs": [[16, 6, 6]],
        "output": [16, 1, 1],
        "kernel": [6, 6],
        "params": 0,
    }
    assert rows[-2]["receptive_field"]["size"] == [28, 28]
    assert rows[-2]["receptive_field"]["global"] is False


def test_the_printed_table_of_step_1_holds_and_its_total_does_not() -> None:
    code, output = run("specs/published/step1_as_printed.yaml")

    assert code == 1
    assert "proven        claim table: step1.md (9 rows agree)" in output
    assert "contradicted  claim params: 8,172 (7,052)" in output
    assert "error[claim-contradicted]: params is claimed to be 8,172, computed 7,052" in output


def test_a_measured_target_is_unproven_and_no_fault(tmp_path: Path) -> None:
    path = write(tmp_path, f"{STEP3}targets: {{test_accuracy: {{at_least: 99}}}}\n")
    (spec,) = as_json(path)["specs"]

    assert spec["ok"] is True
    assert spec["targets"] == [
        {
            "name": "test_accuracy",
            "expected": "at least 99",
            "actual": None,
            "verdict": "unproven",
            "reason": "only a run can tell",
            "file": spec["targets"][0]["file"],
            "line": STEP3.count("\n") + 1,
        }
    ]


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("targets: {params: {below: 7720}}", "target-missed"),
        ("claims: {macs: 1}", "claim-contradicted"),
        ("claims: {table: b.md}", "missing-file"),
        ("tagets: {}", "unknown-key"),
    ],
)
@pytest.mark.parametrize("format", ["text", "json", "github"])
def test_what_does_not_hold_exits_with_1(
    ending: str, code: str, format: str, tmp_path: Path
) -> None:
    path = write(tmp_path, f"{STEP3}{ending}\n")
    exit_code, output = run(path, "--format", format)

    assert exit_code == 1
    assert code in output


def test_a_table_that_differs_is_told_at_the_published_place(tmp_path: Path) -> None:
    published = "# Table\n\n| Layer | RF |\n|-|-|\n| Conv1 | 5 |\n"
    write(tmp_path, published, "a.md")
    text = network("[1, 8, 8]", "conv: {out_channels: 2, kernel_size: 3}")
    path = write(tmp_path, f"{text}claims: {{table: a.md}}\n")
    (spec,) = as_json(path)["specs"]
    (fault,) = spec["diagnostics"]

    assert spec["claims"][0]["verdict"] == "contradicted"
    assert (fault["code"], fault["line"], fault["column"]) == ("table-differs", 5, 11)
    assert (fault["end_line"], fault["end_column"]) == (5, 12)
    assert Path(fault["file"]).name == "a.md"
    assert [related["line"] for related in fault["related"]] == [4, 5]


def test_a_fault_in_the_layers_hides_figures_and_no_other_fault(tmp_path: Path) -> None:
    text = network("[1, 8, 8]", "linear: 3", "conv: {out_channels: 2, kernel: 3}")
    path = write(tmp_path, f"{text}targets: {{params: {{below: 10}}}}\nclaims: {{params: 10}}\n")
    (spec,) = as_json(path)["specs"]

    assert (spec["totals"], spec["rows"], spec["output"]) == (None, [], None)
    assert {fault["line"] for fault in spec["diagnostics"]} >= {5}
    assert [v["verdict"] for v in spec["targets"] + spec["claims"]] == ["unproven"] * 2


def test_jumps_that_are_fractions_are_texts(tmp_path: Path) -> None:
    path = write(tmp_path, network("[1, 8, 8]", "upsample: 2"))
    (row,) = as_json(path)["specs"][0]["rows"]

    assert row["receptive_field"]["jump"] == ["1/2", "1/2"]


@pytest.mark.parametrize(
    "text",
    ["", "- a", "archspec: 1\n", "a: [", "archspec: 1\ninput: [8]\nlayers:\n  - linear: 3\n"],
)
def test_any_file_gives_json_by_the_schema(text: str, tmp_path: Path) -> None:
    assert len(as_json(write(tmp_path, text))["specs"]) == 1


def test_a_missing_file_is_a_diagnostic_and_the_others_are_checked() -> None:
    value = as_json("specs/stepp3.yaml", "specs/step3.yaml")

    assert [spec["ok"] for spec in value["specs"]] == [False, True]
    assert [fault["code"] for fault in value["specs"][0]["diagnostics"]] == ["missing-file"]


def test_a_fault_that_two_specs_share_is_told_once(tmp_path: Path) -> None:
    write(tmp_path, f"{STEP3}tagets: {{}}\n", "parent.yaml")
    children = [
        write(tmp_path, "archspec: 1\nextends: parent.yaml\n", name)
        for name in ("a.yaml", "b.yaml")
    ]
    code, output = run(*children)

    assert code == 1
    assert output.count("error[unknown-key]") == 1
    assert "2 specs checked, 2 of them do not hold (1 error)\n" in output


def test_an_override_is_merged_last(tmp_path: Path) -> None:
    path = write(tmp_path, f"{STEP3}targets: {{params: {{below: 9000}}}}\n")

    assert run(path)[0] == 0
    assert run(path, "--set", "targets.params.below=7000")[0] == 1


def test_github_gets_workflow_commands_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path, f"{STEP3}targets: {{params: {{below: 7000}}}}\n")
    _, output = run(path, "--format", "github")

    (line,) = output.splitlines()
    assert line.startswith("::error file=")
    assert "title=target-missed::params is 7,720, demanded below 7,000%0Ahelp: change" in line


def test_github_is_told_nothing_when_all_holds() -> None:
    assert run("specs/step3_held_out.yaml", "--format", "github") == (0, "")


def test_help_ends_with_an_example() -> None:
    code, output = run("--help")

    assert code == 0
    assert "Example: archspec check specs/step1.yaml" in output


@pytest.mark.parametrize("arguments", [[], ["specs/step3.yaml", "--format", "xml"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert run(*arguments)[0] == 2


@pytest.mark.parametrize(
    "change",
    [
        {"format": 1},
        {"ok": "yes"},
        {"specs": {}},
        {"extra": 1},
    ],
)
def test_the_schema_refuses_what_check_never_prints(change: dict[str, Any]) -> None:
    value = as_json("specs/step3.yaml") | change

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, SCHEMA, cls=jsonschema.Draft202012Validator)


def test_every_key_of_the_json_is_described() -> None:
    described = (ROOT / "docs" / "check-json.md").read_text(encoding="utf-8")
    parts = [SCHEMA, *SCHEMA["$defs"].values()]
    keys = {key for part in parts for key in part.get("properties", {})}

    assert {key for key in keys if f"`{key}`" not in described} == set()
