from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from tests.support.ladder import network

ROOT = Path(__file__).parents[2]
STEP3 = "specs/step3.yaml"


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Run `graph` and return its exit code, standard output and standard error."""
    result = CliRunner().invoke(app, ["graph", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("format", "start"),
    [(None, "---\ntitle: "), ("mermaid", "---\n"), ("dot", "digraph network {"), ("svg", "<svg ")],
)
def test_each_format_goes_to_standard_output(format: str | None, start: str) -> None:
    code, output, faults = run(STEP3, *(["--format", format] if format else []))

    assert (code, faults) == (0, "")
    assert output.startswith(start)
    assert "Conv8" in output


@pytest.mark.parametrize(
    ("ending", "start"),
    [
        (".svg", "<svg "),
        (".SVG", "<svg "),
        (".mmd", "---\n"),
        (".mermaid", "---\n"),
        (".dot", "digraph "),
        (".gv", "digraph "),
    ],
)
def test_the_ending_of_the_output_says_the_format(ending: str, start: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    code, output, _ = run(STEP3, "--output", path)

    assert (code, output) == (0, f"{path}: 13 boxes\n")
    assert path.read_text(encoding="utf-8").startswith(start)


def test_a_format_that_is_named_comes_over_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    assert run(STEP3, "--output", path, "--format", "dot")[0] == 0
    assert path.read_text(encoding="utf-8").startswith("digraph ")


def test_an_ending_that_names_no_format_is_wrong_usage(tmp_path: Path) -> None:
    code, output, faults = run(STEP3, "--output", tmp_path / "net.png")

    assert (code, output) == (2, "")
    assert "net.png names no format" in faults
    assert "write such as `--output net.svg`, or give `--format`" in faults
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    code, output, faults = run(STEP3, "--output", tmp_path / "no" / "a.svg")

    assert (code, output) == (3, "")
    assert faults.startswith("error[unwritable]: cannot write")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.svg"
    path.write_text("before", encoding="utf-8")

    def full(descriptor: int, content: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    code, _, faults = run(STEP3, "--output", path)
    monkeypatch.undo()

    assert code == 3
    assert "no space left on device" in faults
    assert path.read_text(encoding="utf-8") == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["a.svg"]


@pytest.mark.parametrize(("depth", "boxes"), [("1", 11), ("2", 23), ("all", 91)])
def test_the_depth_says_how_much_is_drawn(depth: str, boxes: int, tmp_path: Path) -> None:
    # Input, output, stem and head are 7. Then 4 stages, 16 blocks, or their 48 convolutions, 4 on
    # shortcuts, and a sum and a ReLU in each.
    path = tmp_path / "a.svg"
    _, output, _ = run("specs/zoo/resnet50.yaml", "--depth", depth, "--output", path)

    assert output == f"{path}: {boxes} boxes\n"


def test_an_override_changes_the_network() -> None:
    _, output, _ = run(STEP3, "--set", "input=[3, 28, 28]")

    assert "28x28x3" in output


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--depth", "0"], "there is no depth '0'"),
        (["--depth", "deep"], "there is no depth 'deep'"),
        (["--format", "png"], "'png' is not one of 'mermaid', 'dot', 'svg'"),
        (["--colour"], "No such option: --colour"),
    ],
)
def test_wrong_usage_draws_nothing(arguments: list[str], fault: str) -> None:
    code, output, faults = run(STEP3, *arguments)

    assert (code, output) == (2, "")
    assert fault in faults


@pytest.mark.parametrize("layer", ["linear: 3", "conf: 3"])
def test_a_spec_with_a_fault_is_not_drawn(layer: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(network("[1, 8, 8]", layer), encoding="utf-8")
    code, output, faults = run(path, "--output", tmp_path / "a.svg")

    assert (code, output) == (1, "")
    assert faults.startswith("error[")
    assert "a.yaml:4:" in faults
    assert [file.name for file in tmp_path.iterdir()] == ["a.yaml"]


def test_a_missing_file_is_not_drawn() -> None:
    code, _, faults = run("specs/stepp3.yaml")

    assert code == 1
    assert "did you mean `specs/step3.yaml`" in faults


def test_a_text_that_github_would_not_draw_is_announced(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(network("[1, 8, 8]", *["relu"] * 500), encoding="utf-8")
    code, _, faults = run(path)

    assert code == 0
    assert faults.startswith("warning[large-drawing]: 501 edges in ")
    assert "Mermaid draws 500 in 50,000" in faults
    assert run(path, "--format", "svg")[2] == ""


def test_help_ends_with_an_example(tmp_path: Path) -> None:
    code, output, _ = run("--help")

    assert code == 0
    assert "Example: archspec graph specs/step3.yaml --output step3.svg" in output
    assert run(STEP3, "--output", tmp_path / "step3.svg")[0] == 0
