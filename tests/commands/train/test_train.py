"""`archspec train`: what it prints and leaves, with which exit code it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from archspec.cli import app
from archspec.record import RunRecord, read_record
from tests.support.picture_folder import write_folder
from tests.support.trained_small import few_digits

ROOT = Path(__file__).parents[3]

SPEC = """\
archspec: 1
input: [1, 28, 28]
layers:
  - max_pool: 4
  - flatten
  - linear: 10
data: {dataset: Digits}
train:
  epochs: 2
  batch_size: 500
  optimizer: {SGD: {lr: 0.5}}
"""
MEETABLE = "targets: {test_accuracy: {at_least: 5}}\n"
TOO_HIGH = "targets: {test_accuracy: {at_least: 99.99}}\n"


@pytest.fixture(scope="module")
def digits_once() -> object:
    """Generate Digits once for all tests of this file."""
    with few_digits():
        yield


pytestmark = pytest.mark.usefixtures("digits_once")


def run(folder: Path, *options: str, spec: str = SPEC) -> Result:
    (folder / "small.yaml").write_text(spec, encoding="utf-8")
    arguments = ["train", str(folder / "small.yaml"), "--threads", "1", "--device", "cpu"]
    arguments += ["--runs-dir", str(folder / "runs"), *options]
    return CliRunner().invoke(app, arguments)


def record_in(folder: Path) -> RunRecord:
    (path,) = folder.glob("runs/small/*/record.json")
    return read_record(path)


def test_a_run_prints_a_line_an_epoch_and_its_verdict(tmp_path: Path) -> None:
    result = run(tmp_path, spec=SPEC + MEETABLE)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == ("small: 500 params, the module proven equal to the analysis in 2 tensors")
    assert "Digits (generated images; 1,000 to train, 200 to test)" in lines[1]
    assert len([line for line in lines if re.match(r"epoch \d/2  lr 0.5 ", line)]) == 2
    assert any(line.startswith("proven        target test_accuracy") for line in lines)
    assert record_in(tmp_path).status == "finished"


def test_output_into_a_pipe_has_no_control_characters(tmp_path: Path) -> None:
    output = run(tmp_path, spec=SPEC + MEETABLE).stdout
    assert output
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", output)


def test_a_missed_target_is_contradicted_and_exits_with_1(tmp_path: Path) -> None:
    result = run(tmp_path, spec=SPEC + TOO_HIGH)
    assert result.exit_code == 1
    assert "contradicted  target test_accuracy: at least 99.99" in result.stdout


def test_options_reach_the_run_and_its_record(tmp_path: Path) -> None:
    options = ("--set", "train.epochs=1", "--set", "train.optimizer.SGD.lr=0.25", "--seed", "7")
    assert run(tmp_path, *options).exit_code == 0
    record = record_in(tmp_path)
    assert record.spec.overrides == ("train.epochs=1", "train.optimizer.SGD.lr=0.25")
    assert [epoch.learning_rate for epoch in record.epochs] == [0.25]
    assert (record.seed, record.threads) == (7, 1)
    assert record.run.endswith("-s7")


def test_other_data_is_labelled_and_judges_no_target(tmp_path: Path) -> None:
    spec = (SPEC + TOO_HIGH).replace("dataset: Digits", "dataset: MNIST")
    result = run(tmp_path, "--data", "Digits", spec=spec)
    assert result.exit_code == 0
    assert "in place of MNIST" in result.stdout
    assert "unproven      target test_accuracy" in result.stdout
    assert "and not MNIST" in result.stdout
    dataset = record_in(tmp_path).dataset
    assert (dataset.name, dataset.replaces, dataset.generated) == ("Digits", "MNIST", True)


def test_declared_use_of_the_test_images_is_labelled(tmp_path: Path) -> None:
    result = run(tmp_path, "--set", "data.validation=test")
    assert "(validation: test)" in result.stdout


def test_a_quiet_run_prints_no_epochs(tmp_path: Path) -> None:
    result = run(tmp_path, "--quiet", spec=SPEC + MEETABLE)
    assert result.exit_code == 0
    assert "epoch 1/2" not in result.stdout
    assert "proven        target test_accuracy" in result.stdout


@pytest.mark.parametrize(
    ("old", "new", "options", "exit_code", "message"),
    [
        ("linear: 10", "linear: 11", (), 1, "classes-mismatch"),
        ("SGD", "SDG", (), 1, "unknown-optimizer"),
        ("linear:", "linaer:", (), 1, "unknown-kind"),
        ("dataset: Digits", "dataset: Digit", (), 1, "unknown-dataset"),
        ("  epochs: 2", "  epochs: 2\n  task: segmentation", (), 1, "unknown-task"),
        ("lr: 0.5", "lr: 1.0e+18, weight_decay: 1.0e+18", (), 1, "non-finite-loss"),
        ("lr: 0.5", "lr: 1.0e+38", (), 1, "out-of-range"),
        ("", "", ("--device", "gpu"), 2, "unknown-device"),
        ("", "", ("--seed", "-1"), 2, "--seed"),
        ("", "", ("--data", "MNIST", "--data-dir", "/nowhere/at/all"), 3, "missing-data"),
        ("", "", ("--runs-dir", "/proc/nothing"), 3, "unwritable"),
    ],
)
def test_a_fault_ends_with_its_code_and_no_traceback(
    tmp_path: Path, old: str, new: str, options: tuple[str, ...], exit_code: int, message: str
) -> None:
    result = run(tmp_path, *options, spec=SPEC.replace(old, new) if old else SPEC)
    assert result.exit_code == exit_code, result.output
    assert message in result.output
    assert "Traceback" not in result.output


def test_faults_before_the_first_step_leave_no_run(tmp_path: Path) -> None:
    run(tmp_path, spec=SPEC.replace("linear: 10", "linear: 11"))
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("options", [(), ("--seeds", "1")])
def test_what_of_a_folder_is_not_used_is_said_even_to_who_wants_it_quiet(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    folder = write_folder(tmp_path / "pictures")
    (folder / "train" / "ant" / "one.jfif").touch()
    data = "ImageFolder, prepare: [{Resize: {size: [28, 28]}}, Grayscale]"
    spec = SPEC.replace("Digits", data).replace("linear: 10", "linear: 3")
    result = run(tmp_path, "--data-dir", str(folder), "--quiet", *options, spec=spec)
    assert "1 .jfif" in result.stderr
    assert "1 .jfif" in record_in(tmp_path).notices[0]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_a_run_is_told_where_the_checkpoint_is(
    tmp_path: Path, sent: signal.Signals
) -> None:
    (tmp_path / "small.yaml").write_text(SPEC)
    options = ["--threads", "1", "--device", "cpu", "--set", "train.epochs=999"]
    process = subprocess.Popen(
        [sys.executable, "-m", "archspec", "train", str(tmp_path / "small.yaml"), *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, the shell has told them to ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    # A run that ended would give empty lines; its end is near enough for this loop not to hang.
    while not re.match("epoch +2/", line := process.stdout.readline()):
        assert line, process.communicate()
    process.send_signal(sent)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    (checkpoint,) = tmp_path.glob("runs/small/*/last.pt")
    assert f"checkpoint: {checkpoint.relative_to(tmp_path)}" in errors
    assert "Traceback" not in errors
    assert record_in(tmp_path).status == "interrupted"
