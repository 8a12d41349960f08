"""`archspec train --resume`: goes on as it was begun, or says why it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from typer.testing import CliRunner, Result

from archspec.cli import app
from archspec.commands.train.listeners import Lines
from archspec.record import EpochRecord, RunRecord, read_record
from archspec.runtime.machine.lock import hold
from archspec.runtime.train.checkpoint import read_checkpoint
from tests.support.records import edit_sealed
from tests.support.tiny import measured, same_tensors
from tests.support.trained_small import few_digits

SPEC = """\
archspec: 1
input: [1, 28, 28]
layers:
  - max_pool: 4
  - flatten
  - dropout: 0.1
  - linear: 10
data: {dataset: Digits, augment: [{RandomRotation: {degrees: 9}}]}
train:
  epochs: 4
  batch_size: 500
  optimizer: {SGD: {lr: 0.5, momentum: 0.9}}
targets: {test_accuracy: {at_least: 99.99}}
"""


@pytest.fixture(scope="module", autouse=True)
def digits_once() -> object:
    """Generate Digits once for all tests of this file."""
    with few_digits():
        yield


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["train", *arguments])


def begin(folder: Path, *options: str) -> Path:
    """Train to the end; return the run's folder."""
    folder.mkdir(exist_ok=True)
    spec, runs = folder / "small.yaml", folder / "runs"
    spec.write_text(SPEC, encoding="utf-8")
    given = ["--threads", "1", "--device", "cpu", "--seed", "5", "--runs-dir", str(runs), *options]
    call(str(spec), *given)
    (run,) = runs.glob("small/*")
    return run


def stop(folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> Path:
    """Train until Ctrl-C after the second epoch; return the run's folder."""
    with monkeypatch.context() as patched:

        def interrupt(self: Lines, record: EpochRecord, is_best: bool) -> None:
            if record.epoch == 2:
                raise KeyboardInterrupt

        patched.setattr(Lines, "on_epoch", interrupt)
        run = begin(folder, *options)
    assert record_of(run).status == "interrupted"
    return run


def record_of(run: Path) -> RunRecord:
    return read_record(run / "record.json")


def files(run: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.iterdir()}


@pytest.mark.parametrize("named", [".", "record.json"])
def test_a_resumed_run_equals_one_that_never_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    whole = begin(tmp_path / "whole")
    run = stop(tmp_path / "stopped", monkeypatch)
    result = call("--resume", str(run / named))
    assert result.exit_code == 1, result.output  # the target is out of reach
    assert "epoch 3/4" in result.stdout
    assert "epoch 2/4" not in result.stdout
    assert "contradicted  target test_accuracy" in result.stdout
    assert measured(record_of(run).epochs) == measured(record_of(whole).epochs)
    for name in ("best.pt", "last.pt"):
        one, other = read_checkpoint(run / name), read_checkpoint(whole / name)
        assert same_tensors(one.model, other.model)
        assert same_tensors(one.generators, other.generators)
    pages = [json.loads((path / "evaluation.json").read_text()) for path in (run, whole)]
    assert [page.pop("run") for page in pages] == [run.name, whole.name]
    assert all(len(page.pop("digest")) == 64 for page in pages)
    assert pages[0] == pages[1]


def test_a_resumed_run_keeps_its_options_and_other_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = SPEC.replace("dataset: Digits", "dataset: MNIST")
    monkeypatch.setitem(globals(), "SPEC", text)
    options = ("--data", "Digits", "--set", "train.epochs=3")
    run = stop(tmp_path, monkeypatch, *options)
    result = call("--resume", str(run))
    assert result.exit_code == 0, result.output
    assert len(record_of(run).epochs) == 3
    assert record_of(run).dataset.replaces == "MNIST"
    assert "unproven      target test_accuracy" in result.stdout
    assert "and not MNIST" in result.stdout


def test_a_spec_that_changed_since_is_told_and_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stop(tmp_path, monkeypatch)
    (tmp_path / "small.yaml").write_text(SPEC.replace("epochs: 4", "epochs: 9"))
    result = call("--resume", str(run))
    assert "small.yaml has changed since; the run goes on as it was begun" in result.stderr
    assert len(record_of(run).epochs) == 4


def test_an_unchanged_spec_is_no_news_and_an_absent_one_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("--resume", str(stop(tmp_path / "a", monkeypatch))).stderr == ""
    run = stop(tmp_path / "b", monkeypatch)
    (tmp_path / "b" / "small.yaml").unlink()
    assert call("--resume", str(run)).stderr == ""


def test_a_finished_run_has_nothing_to_train(tmp_path: Path) -> None:
    run = begin(tmp_path)
    before = files(run)
    result = call("--resume", str(run))
    assert result.exit_code == 0
    assert result.output == f"nothing to train: {run} is finished\n"
    assert files(run) == before


def test_a_finished_run_gets_the_evaluation_that_it_lacks(tmp_path: Path) -> None:
    run = begin(tmp_path)
    before = files(run)
    (run / "evaluation.json").unlink()
    result = call("--resume", str(run))
    assert result.exit_code == 0
    assert "is finished; wrote its evaluation.json" in result.output
    assert files(run) == before


def test_a_run_that_is_being_trained_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stop(tmp_path, monkeypatch)
    with hold(run):  # as another process would
        before = files(run)
        result = call("--resume", str(run))
        assert files(run) == before
    assert result.exit_code == 3
    assert "error[run-in-use]" in result.stderr


def test_a_training_holds_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = []

    def resume(self: Lines, record: EpochRecord, is_best: bool) -> None:
        (run,) = tmp_path.glob("runs/small/*")
        codes.append(call("--resume", str(run)).exit_code)

    monkeypatch.setattr(Lines, "on_epoch", resume)
    begin(tmp_path, "--set", "train.epochs=1")
    assert codes == [3]


@pytest.mark.parametrize(
    ("name", "content", "exit_code", "message"),
    [
        ("record.json", None, 1, "missing-record"),
        ("record.json", b"{", 1, "not-json"),
        ("last.pt", None, 3, "missing-checkpoint"),
        ("last.pt", b"PK cut short", 1, "bad-checkpoint"),
        ("last.pt", b"foreign", 1, "bad-checkpoint"),
    ],
)
def test_what_is_missing_or_damaged_is_named_and_nothing_changes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: bytes | None,
    exit_code: int,
    message: str,
) -> None:
    run = stop(tmp_path, monkeypatch)
    if content is None:
        (run / name).unlink()
    else:
        (run / name).write_bytes(content)
    before = files(run)
    result = call("--resume", str(run))
    assert result.exit_code == exit_code, result.output
    assert f"error[{message}]" in result.stderr
    assert name in result.stderr
    assert "Traceback" not in result.output
    assert files(run) == before


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda text: text.replace("linear: 10", "linear: 11"), "other-recipe"),
        (lambda text: text.replace("max_pool: 4", "max_poll: 4"), "bad-record"),
    ],
)
def test_a_record_whose_spec_was_edited_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit: Callable[[str], str], message: str
) -> None:
    run = stop(tmp_path, monkeypatch)
    edit_sealed(run / "record.json", edit)
    result = call("--resume", str(run))
    assert result.exit_code == 1
    assert f"error[{message}]" in result.stderr


def test_other_images_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from archspec.runtime.data import load, make_digits

    run = stop(tmp_path, monkeypatch)
    before = files(run)
    made = make_digits(1000, 201)
    with patch.object(load, "make_digits", lambda: made):
        result = call("--resume", str(run))
    assert result.exit_code == 3
    assert "error[other-data]" in result.stderr
    assert record_of(run).dataset.digest in result.stderr
    assert files(run) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resume", "run", "a.yaml"], "--resume does not go with SPEC"),
        (["--resume", "run", "--set", "a=1"], "--resume does not go with --set"),
        (["--resume", "r", "--seed", "0", "--threads", "1"], "go with --seed and --threads"),
        (["--resume", "absent"], "there is no run absent"),
        (["--resume", __file__], "is no run"),
        ([], "there is nothing to train"),
        (["a.yaml", "--seed", "1", "--seeds", "2"], "--seeds does not go with --seed"),
        (["a.yaml", "--jobs", "1"], "--jobs goes with --seeds only"),
    ],
)
def test_options_that_contradict_each_other_are_wrong_usage(
    arguments: list[str], message: str
) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
