"""`archspec train --tensorboard`: what TensorBoard reads out of the event files."""

from __future__ import annotations

import errno
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from typer.testing import CliRunner, Result

from archspec.cli import app
from archspec.record import EpochRecord, read_record
from archspec.record.listener import Listener
from tests.support.trained_small import few_digits

HAS_TENSORBOARD = importlib.util.find_spec("tensorboard") is not None
needs_tensorboard = pytest.mark.skipif(
    not HAS_TENSORBOARD, reason="needs the package tensorboard: pip install tensorboard"
)

SPEC = """\
archspec: 1
input: [1, 28, 28]
layers:
  - max_pool: 4
  - flatten
  - linear: 10
data: {dataset: Digits, validation: 100}
train:
  epochs: 3
  batch_size: 500
  optimizer: {SGD: {lr: 0.5, momentum: 0.9}}
  scheduler: {StepLR: {step_size: 1}}
"""


@pytest.fixture(scope="module", autouse=True)
def digits_once() -> Iterator[None]:
    """Generate Digits once for all tests of this file."""
    with few_digits():
        yield


def train(folder: Path, *options: str) -> Result:
    (folder / "small.yaml").write_text(SPEC, encoding="utf-8")
    arguments = ["train", str(folder / "small.yaml"), "--threads", "1", "--device", "cpu"]
    arguments += ["--runs-dir", str(folder / "runs"), "--tensorboard", str(folder / "board")]
    return CliRunner().invoke(app, [*arguments, *options])


def run_in(folder: Path) -> Path:
    (run,) = folder.glob("runs/small/*")
    return run


def events_of(run: Path) -> Any:
    """Return what TensorBoard knows of a run's folder under board/."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    board = run.parents[2] / "board" / "small" / run.name
    found = EventAccumulator(str(board), size_guidance={"scalars": 0, "tensors": 0})
    found.Reload()
    return found


def scalar(events: Any, name: str) -> list[tuple[int, Any]]:
    return [(event.step, pytest.approx(event.value)) for event in events.Scalars(name)]


def expected(run: Path) -> dict[str, list[tuple[int, float]]]:
    """Return every curve, out of the run's record."""
    epochs = read_record(run / "record.json").epochs
    curves: dict[str, list[tuple[int, float]]] = {}
    for epoch in epochs:
        values = {
            "learning_rate": epoch.learning_rate,
            "images_per_second": epoch.images_per_second,
            "seconds": epoch.seconds,
        }
        for split in ("train", "validation", "test"):
            measure = getattr(epoch, split)
            values |= {f"loss/{split}": measure.loss}
            values |= {f"accuracy/{split}": 100 * measure.correct / measure.total}
        for name, value in values.items():
            curves.setdefault(name, []).append((epoch.epoch, value))
    return curves


def ensure_agrees(run: Path) -> None:
    """Hold every curve of the event files against the record."""
    events = events_of(run)
    wanted = expected(run)
    assert set(events.Tags()["scalars"]) == set(wanted)
    for name, curve in wanted.items():
        assert scalar(events, name) == curve, name


@needs_tensorboard
def test_event_files_say_what_the_record_says(tmp_path: Path) -> None:
    assert train(tmp_path).exit_code == 0
    run = run_in(tmp_path)

    ensure_agrees(run)
    assert len(expected(run)["loss/train"]) == 3


@needs_tensorboard
def test_the_spec_and_what_distinguishes_runs_are_there(tmp_path: Path) -> None:
    train(tmp_path, "--seed", "7", "--set", "train.epochs=1")
    events = events_of(run_in(tmp_path))
    (text,) = events.Tensors("spec/small.yaml/text_summary")
    hyperparameters = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content

    assert b"max_pool: 4" in text.tensor_proto.string_val[0]
    for word in (b"seed", b"optimizer.lr", b"StepLR", b"Digits"):
        assert word in hyperparameters


class Stop(Listener):
    """Stops as Ctrl-C does, after an epoch was written down."""

    def __init__(self, after: int) -> None:
        self.after = after

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        if record.epoch == self.after:
            raise KeyboardInterrupt


@needs_tensorboard
@pytest.mark.parametrize("had", [True, False], ids=["with files", "without files before"])
def test_a_resumed_run_has_every_epoch_once(tmp_path: Path, had: bool) -> None:
    # The stop comes when the record has the second epoch and the event files have not.
    with patch("archspec.commands.train.listeners.shown", lambda quiet: (Stop(2),)):
        assert train(tmp_path).exit_code == 130
    run = run_in(tmp_path)
    (board,) = tmp_path.glob("board/small/*")
    assert [step for step, _ in scalar(events_of(run), "loss/train")] == [1]
    if not had:
        for file in board.iterdir():
            file.unlink()
    resume = ["train", "--resume", str(run), "--tensorboard", str(tmp_path / "board")]
    assert CliRunner().invoke(app, resume).exit_code == 0

    ensure_agrees(run)
    assert len(events_of(run).Tensors("spec/small.yaml/text_summary")) == 1


@needs_tensorboard
def test_each_seed_has_a_folder_of_its_own(tmp_path: Path) -> None:
    result = train(tmp_path, "--seeds", "2", "--set", "train.epochs=1")
    assert result.exit_code == 0, result.output
    runs = {run.name for run in tmp_path.glob("runs/small/*")}

    assert len(runs) == 2
    assert {folder.name for folder in tmp_path.glob("board/small/*")} == runs


@needs_tensorboard
def test_a_disk_that_is_full_stops_the_event_files_and_not_the_training(tmp_path: Path) -> None:
    from archspec.runtime.train.tensorboard import EventFiles

    with patch.object(EventFiles, "add", side_effect=OSError(errno.ENOSPC, "No space left")):
        result = train(tmp_path)

    assert result.exit_code == 0
    assert result.output.count("note: no more event files in") == 1
    assert len(read_record(run_in(tmp_path) / "record.json").epochs) == 3


@needs_tensorboard
def test_a_folder_that_cannot_be_made_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    (tmp_path / "board").write_text("a file", encoding="utf-8")
    result = train(tmp_path)

    assert result.exit_code == 3
    assert "error[unwritable]" in result.output
    assert not (tmp_path / "runs").exists()


def test_a_missing_package_is_told_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    result = train(tmp_path)

    assert result.exit_code == 3
    assert "error[missing-package]" in result.output
    assert "pip install 'archspec-nn[train,tensorboard]'" in result.output
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / "board").exists()


def test_without_the_option_nothing_of_tensorboard_is_imported(tmp_path: Path) -> None:
    spec = tmp_path / "small.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    arguments = ["train", str(spec), "--runs-dir", str(tmp_path / "runs"), "--threads", "1"]
    with patch.dict(sys.modules, {"tensorboard": None}):
        assert CliRunner().invoke(app, arguments).exit_code == 0
