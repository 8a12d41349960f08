"""`archspec verify`: the project's targets and claims by its records, and tables of pages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

import archspec.judge
from archspec.analysis import analyze
from archspec.cli import app
from archspec.graph import Graph
from tests.support.ladder import PUBLISHED
from tests.support.records import HIGH, LOW, TEXT, put_record, record_for

ROOT = Path(__file__).parents[2]
RECORDS = Path("reports/records")
CLAIMS = "claims: {params: 7720, best_test_accuracy: 99.40}\n"
PROJECT = '[tool.archspec]\nspecs = ["specs/*.yaml"]\nrecords = "reports/records"\n'


@pytest.fixture(autouse=True)
def _in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    Path("specs/a.yaml").write_text(TEXT + CLAIMS)
    Path("pyproject.toml").write_text(PROJECT)


def verify(*arguments: str | Path) -> tuple[int, str]:
    """Run `verify` and return its exit code and everything it printed."""
    result = CliRunner().invoke(app, ["verify", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def as_json(*arguments: str | Path) -> dict[str, Any]:
    code, output = verify("--format", "json", *arguments)
    value: dict[str, Any] = json.loads(output)
    assert value["format"] == 1
    assert value["ok"] == (code == 0)
    return value


def words(*arguments: str | Path) -> list[str]:
    """Return the verdicts of the one spec, in the order of the file."""
    (spec,) = as_json(*arguments)["specs"]
    return [verdict["verdict"] for verdict in spec["verdicts"]]


def test_records_prove_a_target_and_reproduce_a_claim() -> None:
    put_record(RECORDS, record_for(TEXT, HIGH))
    code, output = verify()

    assert code == 0
    assert output == (
        "specs/a.yaml: proven\n"
        "  proven          target test_accuracy: at least 99.4 → "
        "met by 1 of 1 seed (95 % interval 0.025 to 1.000)\n"
        "  proven          claim params: 7,720 → 7,720\n"
        "  reproduced      claim best_test_accuracy: 99.40 % → 99.40 % (n = 1); "
        "all at 99.40 % ± 0.15 by chance in 10,000 images\n"
        "\n"
        "chance: twice the standard error sqrt(p (1 - p) / images) of a published share p, "
        "on both sides of the seeds' range\n"
        "\n"
        "1 spec, 1 record: 2 proven, 1 reproduced\n"
    )


def test_the_project_may_be_verified_from_a_folder_inside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_record(RECORDS, record_for(TEXT, HIGH))
    monkeypatch.chdir("specs")

    assert words() == ["proven", "proven", "reproduced"]


@pytest.mark.parametrize(
    ("text", "correct", "expected", "code", "strictly"),
    [
        pytest.param(TEXT, [HIGH], ["proven", "proven", "reproduced"], 0, 0, id="proven"),
        pytest.param(TEXT, [], ["unproven", "proven", "unproven"], 0, 1, id="unproven"),
        pytest.param(
            TEXT.replace("epochs: 3", "epochs: 9"),
            [HIGH],
            ["stale", "proven", "stale"],
            0,
            1,
            id="stale",
        ),
        pytest.param(
            TEXT, [LOW], ["contradicted", "proven", "reproduced"], 1, 1, id="contradicted"
        ),
        pytest.param(
            TEXT.replace("99.4", "90"),
            [9_000],
            ["contradicted", "proven", "not reproduced"],
            1,
            1,
            id="not reproduced either",
        ),
    ],
)
def test_only_what_is_contradicted_fails_and_strictly_what_is_open(
    text: str, correct: list[int], expected: list[str], code: int, strictly: int
) -> None:
    if correct:
        put_record(RECORDS, record_for(text, *correct))

    assert words() == expected
    assert verify()[0] == code
    assert verify("--strict")[0] == strictly


def test_a_figure_that_is_not_reproduced_fails_nothing() -> None:
    Path("specs/a.yaml").write_text(TEXT.replace("99.4", "90") + CLAIMS)
    put_record(RECORDS, record_for(TEXT.replace("99.4", "90"), 9_100))

    assert words() == ["proven", "proven", "not reproduced"]
    assert verify("--strict")[0] == 0


def test_a_contradicted_target_is_shown_at_its_place() -> None:
    put_record(RECORDS, record_for(TEXT, LOW))
    code, output = verify()
    line = TEXT.count("\n")

    assert code == 1
    assert "error[target-missed]: test_accuracy is met by 0 of 1 seed" in output
    assert f"--> specs/a.yaml:{line}:11" in output
    assert output.endswith("1 proven, 1 reproduced, 1 contradicted; 1 spec failed\n")


def test_a_stale_target_says_what_changed() -> None:
    put_record(RECORDS, record_for(TEXT.replace("conv: 8", "conv: 9", 1), HIGH))

    assert (
        "stale           target test_accuracy: at least 99.4; the recipe changed since the run "
        in (verify()[1])
    )
    assert "conv1.out_channels 9 → 8" in verify()[1]


def test_each_network_is_analyzed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two specs of one name, each with two figures that are stale by the same record."""
    figures = f"{CLAIMS}notes: {{about: '{{params}}'}}\n"
    for folder in ("specs", "specs/more"):
        Path(folder).mkdir(exist_ok=True)
        Path(folder, "a.yaml").write_text(TEXT + figures)
    put_record(RECORDS, record_for(TEXT.replace("epochs: 3", "epochs: 9"), HIGH))
    analyzed = []

    def counting(graph: Graph) -> Any:
        analyzed.append(graph)
        return analyze(graph)

    monkeypatch.setattr("archspec.network.analyze", counting)
    judged = archspec.judge.verify("specs/a.yaml", "specs/more/a.yaml")

    assert judged.count()["stale"] == 4
    assert len(analyzed) == 3


def test_specs_may_be_named() -> None:
    Path("specs/b.yaml").write_text(TEXT)

    assert [spec["spec"] for spec in as_json("specs/b.yaml")["specs"]] == ["specs/b.yaml"]
    assert len(as_json()["specs"]) == 2


def test_named_specs_and_records_need_no_project() -> None:
    Path("pyproject.toml").write_text("[tool.archspec")
    put_record(Path("elsewhere"), record_for(TEXT, HIGH))

    assert words("specs/a.yaml", "--records", "elsewhere")[0] == "proven"


def test_programs_get_the_records_behind_the_verdicts() -> None:
    put_record(RECORDS, record_for(TEXT, HIGH))
    put_record(RECORDS, record_for(TEXT, HIGH, minute=1))
    put_record(RECORDS, record_for(TEXT.replace("epochs: 3", "epochs: 9"), HIGH, seed=4))
    value = as_json()

    assert value["records"] == {"folder": "reports/records", "read": 3}
    assert value["count"]["proven"] == 2
    assert value["specs"][0]["seeds"] == [0]
    assert value["specs"][0]["records"] == {
        "current": ["20260101T000100Z-s0"],
        "stale": ["20260101T000000Z-s4"],
        "set_aside": [{"id": "20260101T000000Z-s0", "reason": "a newer run of seed 0 counts"}],
    }
    assert value["specs"][0]["verdicts"][0] == {
        "role": "target",
        "name": "test_accuracy",
        "expected": "at least 99.4",
        "actual": "met by 1 of 1 seed (95 % interval 0.025 to 1.000)",
        "verdict": "proven",
        "reason": None,
        "file": "specs/a.yaml",
        "line": TEXT.count("\n"),
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "not-json", id="empty"),
        pytest.param(b'{"format": 1, "run"', "not-json", id="truncated"),
        pytest.param(b'{"loss": 1}', "bad-record", id="foreign"),
        pytest.param(b'{"format": 2}', "newer-format", id="newer"),
        pytest.param(b"\xff", "bad-record", id="no text"),
    ],
)
def test_a_broken_record_fails_and_the_others_count(content: bytes, code: str) -> None:
    put_record(RECORDS, record_for(TEXT, HIGH))
    (RECORDS / "a" / "z.json").write_bytes(content)
    exit_code, output = verify()
    value = as_json()

    assert exit_code == 1
    assert f"error[{code}]" in output
    assert output.endswith("; 1 record cannot be read\n")
    assert value["unreadable"] == ["reports/records/a/z.json"]
    assert [d["code"] for d in value["diagnostics"]] == [code]
    assert words()[0] == "proven"


@pytest.mark.parametrize(
    "text", ["", "archspec: [", "archspec: 1\ninput: [1, 8]\nlayers: [cnv: 8]\n"]
)
def test_a_broken_spec_fails_and_the_others_are_judged(text: str) -> None:
    Path("specs/b.yaml").write_text(text)
    code, output = verify()

    assert code == 1
    assert "specs/b.yaml: cannot be judged" in output
    assert "specs/a.yaml: not proven" in output
    assert "1 spec failed" in output


def test_a_spec_that_is_not_there_fails() -> None:
    code, output = verify("specs/none.yaml")

    assert code == 1
    assert "error[missing-file]" in output


def test_a_spec_without_targets_and_claims_is_fine() -> None:
    Path("specs/a.yaml").write_text(TEXT[: TEXT.index("targets")])
    code, output = verify()

    assert code == 0
    assert (
        output == "specs/a.yaml: nothing is demanded or claimed\n\n1 spec, 0 records: no verdicts\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["README.md"], 2, "archspec verify README.md --against SPEC"),
        (["--against", "specs/a.yaml"], 2, "--against needs a markdown file"),
        (["--records", "absent"], 3, "error[missing-folder]: there is no folder absent"),
        (["--format", "xml"], 2, "xml"),
    ],
)
def test_a_wrong_call_is_told(arguments: list[str], code: int, words: str) -> None:
    exit_code, output = verify(*arguments)

    assert exit_code == code
    assert words in output


@pytest.mark.parametrize(
    ("project", "code", "words"),
    [
        ('[tool.archspec]\nspecs = ["none/*.yaml"]\n', 1, "no file matches `none/*.yaml`"),
        ("[tool.archspec]\n", 2, "no specs given, and pyproject.toml names none"),
        ("", 2, "no specs given, and no pyproject.toml above names any"),
        ("[tool", 1, "error[not-toml]"),
    ],
)
def test_a_project_without_specs_is_told(project: str, code: int, words: str) -> None:
    Path("pyproject.toml").write_text(project)
    exit_code, output = verify()

    assert exit_code == code
    assert words in output


def junit(*arguments: str | Path) -> ElementTree.Element:
    _, output = verify("--format", "junit", *arguments)
    return ElementTree.fromstring(output)


def endings(root: ElementTree.Element) -> dict[str | None, str]:
    """Return case name → passed, failure, error or skipped."""
    return {
        case.get("name"): next((child.tag for child in case), "passed")
        for case in root.iter("testcase")
    }


def test_junit_has_a_case_for_every_verdict() -> None:
    put_record(RECORDS, record_for(TEXT, LOW))
    root = junit()

    assert endings(root) == {
        "target test_accuracy": "failure",
        "claim params": "passed",
        "claim best_test_accuracy": "passed",
    }
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "0")
    (failure,) = root.iter("failure")
    assert (failure.get("message") or "").startswith(
        "contradicted: demanded at least 99.4; met by 0"
    )
    assert f"specs/a.yaml:{TEXT.count(chr(10))}:11" in (failure.text or "")


def test_junit_skips_what_is_open_and_fails_it_strictly() -> None:
    assert endings(junit())["target test_accuracy"] == "skipped"
    assert endings(junit("--strict"))["target test_accuracy"] == "failure"


def test_junit_tells_broken_specs_and_records_in_any_characters() -> None:
    Path("specs/b.yaml").write_text("archspec: 1\ninput: [1, 8]\nlayers: [{'<&\\e]]>': 8}]\n")
    RECORDS.mkdir(parents=True)
    (RECORDS / "x.json").write_text("\x00")
    found = endings(junit())

    assert found["spec"] == "error"
    assert found["reports/records/x.json"] == "error"


def test_a_hand_written_table_is_compared_with_a_spec() -> None:
    page = PUBLISHED / "step1.md"
    code, output = verify(page, "--against", ROOT / "specs" / "step1.yaml")

    assert code == 1
    assert output.count("error[table-differs]") == 5
    assert "step1.md:16:20" in output
    assert output.endswith("step1.yaml: 5 differences\n")


@pytest.mark.parametrize("step", [2, 3])
def test_a_table_without_fault_passes(step: int) -> None:
    page, spec = PUBLISHED / f"step{step}.md", ROOT / "specs" / f"step{step}.yaml"

    assert verify(page, "--against", spec) == (
        0,
        f"1 table compared with {spec}: no difference\n",
    )


TABLE = "| Layer | RF |\n|-|-|\n" + "".join(
    f"| {label} | {field} |\n"
    for label, field in zip(
        "Conv1 Conv2 Conv3 MaxPool1 Conv4 Conv5 Conv6 Conv7 GAP Conv8".split(),
        (3, 5, 5, 6, 10, 14, 18, 18, 28, 28),
        strict=True,
    )
)


def test_the_tables_of_several_pages_are_told_to_programs() -> None:
    Path("a.md").write_text(f"# A\n\n{TABLE}\n# B\n\n{TABLE.replace('| 14 |', '| 15 |')}")
    Path("b.md").write_text("words\n")
    value = as_json("a.md", "b.md", "--against", "specs/a.yaml")

    assert [(t["file"], t["line"], t["rows"]) for t in value["tables"]] == [
        ("a.md", 3, 10),
        ("a.md", 18, 10),
    ]
    assert [len(t["differences"]) for t in value["tables"]] == [0, 1]
    assert [(d["code"], d["line"]) for d in value["diagnostics"]] == [
        ("table-differs", 25),
        ("no-table", None),
    ]


def test_a_heading_of_a_page_may_be_named() -> None:
    Path("a.md").write_text(f"# A\n\n{TABLE}\n# B\n\n{TABLE.replace('| 14 |', '| 15 |')}")

    assert verify("a.md#a", "--against", "specs/a.yaml")[0] == 0
    assert verify("a.md#b", "--against", "specs/a.yaml")[0] == 1
    assert "error[unknown-heading]" in verify("a.md#c", "--against", "specs/a.yaml")[1]


def test_tables_are_cases_for_ci() -> None:
    Path("a.md").write_text(f"# A\n\n{TABLE}\n# B\n\n{TABLE.replace('| 14 |', '| 15 |')}")
    root = junit("a.md", "none.md", "--against", "specs/a.yaml")

    assert endings(root) == {
        "table in line 3": "passed",
        "table in line 18": "failure",
        "none.md": "error",
    }


@pytest.mark.parametrize(
    ("page", "spec", "words"),
    [
        ("none.md", "specs/a.yaml", "error[missing-file]: there is no file none.md"),
        ("specs", "specs/a.yaml", "error[missing-file]: specs is a folder"),
        ("binary.md", "specs/a.yaml", "error[not-utf-8]"),
        ("words.md", "specs/a.yaml", "error[no-table]"),
        ("words.md", "specs/none.yaml", "error[missing-file]"),
        ("words.md", "specs/broken.yaml", "error[missing-key]"),
    ],
)
def test_a_page_that_cannot_be_compared_is_told(page: str, spec: str, words: str) -> None:
    Path("words.md").write_text("words\n")
    Path("binary.md").write_bytes(b"\xff\xfe")
    Path("specs/broken.yaml").write_text("archspec: 1\n")
    code, output = verify(page, "--against", spec)

    assert code == 1
    assert words in output


def test_verifying_loads_no_framework() -> None:
    put_record(RECORDS, record_for(TEXT, HIGH))
    Path("a.md").write_text(TABLE)
    work = (
        "import sys\n"
        "from archspec.cli import app\n"
        "for line in (['verify'], ['verify', 'a.md', '--against', 'specs/a.yaml'], ['runs']):\n"
        "    app(line, standalone_mode=False)\n"
        "print([m for m in ('torch', 'torchvision', 'numpy', 'matplotlib') if m in sys.modules])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", work],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stdout.splitlines()[-1] == "[]"


def test_this_project_verifies_itself_without_the_table_that_is_wrong_on_purpose(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    specs = {spec["spec"] for spec in as_json()["specs"]}

    assert {"specs/step1.yaml", "specs/step3.yaml", "specs/ladder/task06_gap.yaml"} <= specs
    assert "specs/published/step1_as_printed.yaml" not in specs
