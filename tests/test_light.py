"""The light install: what works without torch and its kin, and what the rest says then."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from archspec import __version__
from tests.support.light.python import HEAVY, ROOT, environment_without, run_without
from tests.support.records import HIGH, TEXT, put_run, record_for

RECORD = next(iter(sorted((ROOT / "reports/records/digits").glob("*-s0.json"))))
STEPS = " ".join(sorted(str(path) for path in ROOT.glob("specs/step*.yaml")))
CURE = "pip install 'archspec-nn[train]'"
BROKEN = "torch=libgomp.so.1: cannot open shared object file\nand more"


def archspec(
    *arguments: str, without: tuple[str, ...] = HEAVY, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    return run_without(without, "-m", "archspec", *arguments, folder=folder)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with the spec of Digits, its kept runs, and a finished run."""
    shutil.copy(ROOT / "specs/digits.yaml", tmp_path)
    shutil.copytree(RECORD.parent, tmp_path / "reports/records/digits")
    put_run(tmp_path / "runs", record_for(TEXT, HIGH))
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        "check specs/step3.yaml specs/digits.yaml",
        "check specs/step3.yaml --format json",
        "lint specs/step3.yaml",
        "table specs/step3.yaml",
        "table specs/step3.yaml --format rich",
        "graph specs/step3.yaml --format svg",
        "diff specs/step1.yaml specs/step3.yaml",
        "sync --check README.md",
        "verify",
        "verify --format junit",
        "explain missing-package",
        "schema",
        "runs --help",
        f"report --check {STEPS}",
    ],
)
def test_what_trains_nothing_works_without_any_of_them(arguments: str) -> None:
    ended = archspec(*arguments.split())

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout


@pytest.mark.parametrize(
    "arguments",
    ["init mine.yaml", "runs", "keep runs/a/20260101T000000Z-s0", "check --fix digits.yaml"],
)
def test_what_writes_works_without_any_of_them(arguments: str, project: Path) -> None:
    ended = archspec(*arguments.split(), folder=project)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="is ended by a signal")
def test_watch_works_without_any_of_them(project: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "archspec", "watch", "digits.yaml"],
        cwd=project,
        env=environment_without(*HEAVY),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        seen = []
        for line in watching.stdout:
            seen.append(line)
            if "Total params" in line or "Traceback" in line:
                break
        watching.send_signal(signal.SIGTERM)
        rest = watching.stdout.read()

    assert "Total params" in seen[-1]
    assert "Traceback" not in rest
    assert watching.returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    "arguments",
    [
        "train digits.yaml",
        "train digits.yaml --seeds 2",
        "train digits.yaml --tensorboard board",
        "train digits.yaml --profile",
        "train --resume runs/a/20260101T000000Z-s0",
        "eval reports/records/digits/RECORD --checkpoint digits.yaml",
        "predict reports/records/digits/RECORD digits.yaml --checkpoint digits.yaml",
    ],
)
def test_what_needs_torch_says_so_and_how_to_get_it(arguments: str, project: Path) -> None:
    ended = archspec(*arguments.replace("RECORD", RECORD.name).split(), folder=project)

    assert ended.returncode == 3
    assert ended.stderr.startswith("error[missing-package]: the package ")
    assert f"  help: `{CURE}`\n" in ended.stderr
    assert ended.stderr.count("missing-package") == 1
    assert not (project / "runs/digits").exists()


@pytest.mark.parametrize(
    ("package", "installed"), [("torchvision", "torchvision"), ("PIL", "pillow"), ("numpy",) * 2]
)
def test_a_training_says_which_package_is_missing(
    package: str, installed: str, project: Path
) -> None:
    ended = archspec("train", "digits.yaml", without=(package,), folder=project)

    assert ended.returncode == 3
    assert f"the package {installed} is needed, and is not installed" in ended.stderr
    assert CURE in ended.stderr


def test_tensorboard_has_an_extra_of_its_own(project: Path) -> None:
    arguments = ("train", "digits.yaml", "--tensorboard", "board")
    ended = archspec(*arguments, without=("tensorboard",), folder=project)

    assert ended.returncode == 3
    assert "the package tensorboard is needed" in ended.stderr
    assert "pip install 'archspec-nn[train,tensorboard]'" in ended.stderr


def test_a_package_that_is_broken_is_told_by_the_first_line_of_its_reason(project: Path) -> None:
    ended = archspec("train", "digits.yaml", without=(BROKEN,), folder=project)

    assert ended.returncode == 3
    assert ended.stderr.startswith(
        "error[broken-package]: the package torch is installed and cannot be imported: "
        "libgomp.so.1: cannot open shared object file\n"
    )
    assert "and more" not in ended.stderr
    assert "Traceback" not in ended.stderr


BUILD = """
import sys
import archspec

network = archspec.load("specs/digits.yaml")
print(network.analysis.totals.params)
print(network.table())
for work in (
    network.build,
    lambda: archspec.evaluate(sys.argv[1], "specs/digits.yaml"),
    lambda: archspec.predict(sys.argv[1], ["a.png"], "specs/digits.yaml"),
    lambda: archspec.runs()[-1].load_model("specs/digits.yaml"),
):
    try:
        work()
    except archspec.EnvironmentFault as fault:
        print(fault.exit_code, fault)
"""


@pytest.mark.parametrize(
    ("without", "told"),
    [
        (HEAVY, "3 error[missing-package]: the package torch"),
        ((BROKEN,), "3 error[broken-package]: the package torch is installed and cannot"),
    ],
    ids=["missing", "broken"],
)
def test_the_python_side_analyzes_and_says_what_the_rest_needs(
    without: tuple[str, ...], told: str
) -> None:
    ended = run_without(without, "-c", BUILD, str(RECORD))

    assert (ended.returncode, ended.stderr) == (0, "")
    assert all(line.startswith(told) for line in ended.stdout.splitlines()[-4:])


def test_a_build_needs_torch_alone() -> None:
    others = tuple(name for name in HEAVY if name != "torch")
    work = "import archspec; print(archspec.load('specs/digits.yaml').build())"
    ended = run_without(others, "-W", "ignore", "-c", work)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Conv2d" in ended.stdout


def report(folder: Path, *more: str, without: tuple[str, ...] = HEAVY) -> tuple[int, str, str]:
    arguments = ("report", "digits.yaml", "--output", "reports/page.md", *more)
    ended = archspec(*arguments, without=without, folder=folder)
    return ended.returncode, ended.stdout, ended.stderr


def test_a_report_without_matplotlib_has_no_figures_and_says_why(project: Path) -> None:
    code, output, told = report(project)
    page = (project / "reports/page.md").read_text(encoding="utf-8")

    assert (code, output) == (0, "reports/page.md: 1 of 1 files written\n")
    assert told.startswith("warning[missing-package]: 4 figures left out: the package matplotlib")
    assert CURE in told
    assert "![" not in page
    assert "## digits" in page
    assert report(project, "--check")[:2] == (0, "reports/page.md: up to date\n")


def test_a_report_without_matplotlib_keeps_the_figures_that_are_there(project: Path) -> None:
    assert report(project, without=("torch",))[0] == 0
    figures = sorted((project / "reports/figures").iterdir())
    before = (project / "reports/page.md").read_bytes()
    assert len(figures) == 4
    figures[0].write_text("an older one", encoding="utf-8")

    assert report(project, "--check") == (0, "reports/page.md: up to date\n", "")
    code, output, told = report(project)
    assert (code, output) == (0, "reports/page.md: nothing to renew\n")
    assert told.startswith("warning[missing-package]: 4 figures kept as on the disk: the package")
    assert (project / "reports/page.md").read_bytes() == before
    assert figures[0].read_text(encoding="utf-8") == "an older one"


def test_a_page_without_figures_is_out_of_date_where_they_can_be_drawn(project: Path) -> None:
    report(project)

    code, _, told = report(project, "--check", without=("torch",))
    assert code == 1
    assert "stale-report" in told


def test_the_install_brings_nothing_heavy() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {text.split(">")[0] for text in project["dependencies"]}
    train = {text.split(">")[0] for text in project["optional-dependencies"]["train"]}

    assert names == {"jsonschema", "pyyaml", "rich", "typer"}
    assert train == {"matplotlib", "pillow", "torch", "torchvision"}


def test_the_version_stands_in_three_places_and_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")

    assert project["version"] == __version__
    assert f"\nversion: {__version__}\n" in citation


@pytest.mark.parametrize("package", HEAVY)
def test_the_python_of_these_tests_has_none_of_them(package: str) -> None:
    ended = run_without(HEAVY, "-c", f"import {package}")

    assert ended.returncode == 1
    assert f"No module named {package!r}" in ended.stderr
