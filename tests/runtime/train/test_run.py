"""A run on disk: whole files at every moment, and a record that says how it ended."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from archspec.diagnostics import EnvironmentFault, SpecError
from archspec.record import (
    GitRecord,
    RunRecord,
    append_metrics,
    read_metrics,
    read_record,
)
from archspec.record.listener import Listener
from archspec.runtime.machine.environment import git_state
from archspec.runtime.train import run as run_module
from archspec.runtime.train.checkpoint import read_checkpoint
from archspec.runtime.train.folder import RunFolder, make_run_folder
from archspec.runtime.train.run import carry_out, first_record
from archspec.runtime.train.trainer import Trainer
from tests.support.tiny import PARAMS, SPEC, dataset, make_trainer, measured, same_tensors

ROOT = Path(__file__).parents[3]
KILLS = 8
FILES = ["best.pt", "last.pt", "metrics.jsonl", "record.json"]


class StopsAt(Listener):
    """Raises in the middle of an epoch."""

    def __init__(self, epoch: int, fault: BaseException) -> None:
        self.epoch, self.fault = epoch, fault

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        if (epoch, step) == (self.epoch, 2):
            raise self.fault


def start(trainer: Trainer, root: Path) -> tuple[RunFolder, RunRecord]:
    folder = make_run_folder(root / "runs", "tiny", trainer.seed)
    options = ("train.epochs=4",)
    record = first_record(
        trainer, dataset(), folder, version="0.1.0", overrides=options, replaces="MNIST"
    )
    return folder, record


def names(folder: RunFolder) -> list[str]:
    return sorted(path.name for path in folder.path.iterdir())


def test_a_finished_run_leaves_a_record_of_all_it_was(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    folder, record = start(trainer, tmp_path)
    finished = carry_out(trainer, folder, record)
    assert names(folder) == FILES
    assert read_record(folder.record) == finished
    assert (finished.status, finished.failure) == ("finished", None)
    assert finished.params == PARAMS
    assert finished.proven == trainer.proof
    assert finished.spec.text == SPEC
    assert finished.spec.sources[0].name.endswith("tiny.yaml")
    assert finished.spec.overrides == ("train.epochs=4",)
    assert finished.dataset.replaces == "MNIST"
    assert (finished.seed, finished.threads, finished.device.type) == (3, 1, "cpu")
    assert len(finished.hashes.recipe) == 64
    assert len(finished.epochs) == 4
    assert read_metrics(folder.metrics) == finished.epochs
    assert finished.started.endswith("+00:00")
    assert finished.seconds >= sum(epoch.seconds for epoch in finished.epochs)


def test_best_and_last_checkpoint_hold_their_epochs(tmp_path: Path) -> None:
    # A rate that shoots up for the last epoch spoils it.
    spoilt = "train.scheduler={MultiStepLR: {milestones: [11], gamma: 1000}}"
    trainer = make_trainer(tmp_path, "train.epochs=12", spoilt)
    folder, record = start(trainer, tmp_path)
    finished = carry_out(trainer, folder, record)
    assert finished.best_epoch is not None
    assert finished.best_epoch < 12
    assert read_checkpoint(folder.last).epoch == 12
    assert read_checkpoint(folder.best).epoch == finished.best_epoch
    assert same_tensors(read_checkpoint(folder.last).model, trainer.module.state_dict())


def test_runs_of_the_same_second_have_folders_of_their_own(tmp_path: Path) -> None:
    folders = [make_run_folder(tmp_path, "tiny", 0).path for _ in range(5)]
    assert len(set(folders)) == 5
    assert all(folder.parent == tmp_path / "tiny" for folder in folders)


@pytest.mark.parametrize("in_the_way", ["runs", "runs/tiny"])
def test_a_run_folder_that_cannot_be_made_is_a_fault_of_the_environment(
    tmp_path: Path, in_the_way: str
) -> None:
    file = tmp_path / in_the_way
    file.parent.mkdir(exist_ok=True)
    file.write_text("a file where a folder should be")
    with pytest.raises(EnvironmentFault, match="cannot write"):
        make_run_folder(tmp_path / "runs", "tiny", 0)


@pytest.mark.parametrize(("epoch", "left"), [(1, FILES[1:]), (3, FILES)])
def test_an_interrupt_leaves_a_usable_checkpoint_and_says_so(
    tmp_path: Path, epoch: int, left: list[str]
) -> None:
    trainer = make_trainer(tmp_path, listeners=[StopsAt(epoch, KeyboardInterrupt())])
    folder, record = start(trainer, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        carry_out(trainer, folder, record)
    assert names(folder) == left
    assert read_record(folder.record).status == "interrupted"
    assert len(read_record(folder.record).epochs) == epoch - 1
    assert read_checkpoint(folder.last).epoch == epoch - 1


def test_an_interrupted_run_goes_on_in_its_folder_to_the_same_bits(tmp_path: Path) -> None:
    whole = make_trainer(tmp_path)
    list(whole.run())
    trainer = make_trainer(tmp_path, listeners=[StopsAt(3, KeyboardInterrupt())])
    folder, record = start(trainer, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        carry_out(trainer, folder, record)
    resumed = make_trainer(tmp_path)
    resumed.restore(read_checkpoint(folder.last))
    stopped = read_record(folder.record)
    finished = carry_out(resumed, folder, stopped)
    assert measured(finished.epochs) == measured(whole.epochs)
    assert same_tensors(whole.module.state_dict(), read_checkpoint(folder.last).model)
    assert read_metrics(folder.metrics) == finished.epochs
    assert finished.status == "finished"
    assert finished.seconds > stopped.seconds


@pytest.mark.filterwarnings("ignore:.*overflow.*:RuntimeWarning")
def test_a_failed_run_says_why_and_keeps_earlier_checkpoints(tmp_path: Path) -> None:
    schedule = "train.scheduler={MultiStepLR: {milestones: [2], gamma: 1.0e+15}}"
    trainer = make_trainer(tmp_path, schedule)
    folder, record = start(trainer, tmp_path)
    with pytest.raises(SpecError):
        carry_out(trainer, folder, record)
    failed = read_record(folder.record)
    assert failed.status == "failed"
    assert "non-finite-loss" in (failed.failure or "")
    assert len(failed.epochs) == 2
    assert read_checkpoint(folder.last).epoch == 2
    assert names(folder) == FILES


def test_a_defect_of_ours_ends_the_record_too(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, listeners=[StopsAt(2, ZeroDivisionError("oh"))])
    folder, record = start(trainer, tmp_path)
    with pytest.raises(ZeroDivisionError):
        carry_out(trainer, folder, record)
    assert read_record(folder.record).failure == "ZeroDivisionError: oh"


@pytest.mark.parametrize("full_at", range(1, 13))
def test_a_disk_that_fills_up_loses_nothing_that_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_at: int
) -> None:
    trainer = make_trainer(tmp_path)
    folder, record = start(trainer, tmp_path)
    synced = 0
    fsync = os.fsync

    def full(descriptor: int) -> None:
        nonlocal synced
        synced += 1
        if synced >= full_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentFault, match="no space left on device"):
        carry_out(trainer, folder, record)
    monkeypatch.undo()
    ensure_sound(folder)


@pytest.mark.parametrize("broken", ["write_atomically", "append_metrics", "write_record"])
@pytest.mark.parametrize("call", range(1, 5))
def test_an_interrupt_between_two_files_leaves_them_consistent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, call: int
) -> None:
    trainer = make_trainer(tmp_path)
    folder, record = start(trainer, tmp_path)
    calls = 0
    whole: Callable[..., None] = getattr(run_module, broken)

    def interrupted(*arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise KeyboardInterrupt
        whole(*arguments)

    monkeypatch.setattr(run_module, broken, interrupted)
    with pytest.raises(KeyboardInterrupt):
        carry_out(trainer, folder, record)
    ensure_sound(folder)
    record = read_record(folder.record)
    assert record.status == "interrupted"
    assert read_metrics(folder.metrics) == record.epochs


def ensure_sound(folder: RunFolder) -> int:
    """Assert that every file is absent or whole, the record behind last.pt; return its epoch."""
    epoch = -1
    if folder.last.exists():
        last = read_checkpoint(folder.last)
        epoch = last.epoch
        if folder.metrics.exists():
            metrics = read_metrics(folder.metrics)
            assert metrics == last.epochs[: len(metrics)]
    if folder.best.exists():
        assert read_checkpoint(folder.best).epoch <= epoch + 1
    if folder.record.exists():
        record = read_record(folder.record)
        assert len(record.epochs) <= max(epoch, 0)
        assert record.proven
    return epoch


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one run for each kill."""
    root = tmp_path_factory.mktemp("killed")
    seed = random.randrange(10**6)
    arguments = [sys.executable, "-m", "tests.support.endless", str(root), str(KILLS), str(seed)]
    subprocess.run(arguments, cwd=ROOT, check=True, timeout=120)
    (root / "seed").write_text(str(seed))  # to repeat a failure
    return root


@pytest.mark.parametrize("number", range(KILLS))
def test_after_a_kill_at_any_moment_every_file_is_whole_or_absent(
    killed: Path, number: int
) -> None:
    runs = list((killed / str(number)).glob("tiny/*"))
    assert len(runs) <= 1
    for path in runs:
        ensure_sound(RunFolder(path))


def test_kills_struck_while_epochs_were_written(killed: Path) -> None:
    runs = [RunFolder(path) for path in killed.glob("*/tiny/*")]
    assert max(ensure_sound(folder) for folder in runs) > 3


def test_a_killed_run_goes_on_to_the_bits_of_an_uninterrupted_one(
    killed: Path, tmp_path: Path
) -> None:
    folders = [RunFolder(path) for path in killed.glob("*/tiny/*")]
    folder = max(folders, key=ensure_sound)
    resumed = make_trainer(tmp_path, "train.epochs=1000000")
    resumed.restore(read_checkpoint(folder.last))
    list(islice(resumed.run(), 2))
    whole = make_trainer(tmp_path, "train.epochs=1000000")
    list(islice(whole.run(), len(resumed.epochs)))
    assert measured(whole.epochs) == measured(resumed.epochs)
    assert same_tensors(whole.module.state_dict(), resumed.module.state_dict())


def test_a_half_written_file_is_never_taken_for_one(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    folder, record = start(trainer, tmp_path)
    (folder.path / ".record.json.0123456789ab.part").write_text("{")
    (folder.path / ".last.pt.0123456789ab.part").write_bytes(b"PK")
    finished = carry_out(trainer, folder, record)
    assert read_record(folder.record) == finished
    assert list(folder.path.glob("*.json")) == [folder.record]
    assert sorted(folder.path.glob("*.pt")) == [folder.best, folder.last]


def test_a_cut_metrics_line_is_repaired_when_a_run_goes_on(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    folder, record = start(trainer, tmp_path)
    run = trainer.run()
    append_metrics(folder.metrics, next(run))
    folder.metrics.write_bytes(folder.metrics.read_bytes()[:-9])
    finished = carry_out(trainer, folder, record)
    assert read_metrics(folder.metrics) == finished.epochs


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    command = ("git", "-C", str(folder), *identity, *arguments)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_commit_and_dirtiness_of_the_project_are_recorded(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert git_state(tmp_path) is None
    (tmp_path / "file").write_text("1")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-q", "-m", "one")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert git_state(tmp_path) == GitRecord(commit, dirty=False)
    (tmp_path / "file").write_text("2")
    assert git_state(tmp_path) == GitRecord(commit, dirty=True)


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert git_state(tmp_path) is None
