"""A training by one call from Python: what it returns, and what listeners hear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archspec.api import load
from archspec.diagnostics import SpecError, UsageError
from archspec.record import EpochRecord, RunRecord, read_record
from archspec.record.listener import Listener
from archspec.record.run import Run
from archspec.runtime.train.checkpoint import read_checkpoint
from archspec.runtime.train.go_on import resume
from archspec.runtime.train.start import Interrupted, train
from tests.support.tiny import measured, same_tensors
from tests.support.trained_small import few_digits

SPEC = """\
archspec: 1
input: [1, 28, 28]
layers: [{max_pool: 4}, flatten, {dropout: 0.1}, {linear: 10}]
data: {dataset: Digits}
train: {epochs: 2, batch_size: 500, optimizer: {SGD: {lr: 0.5, momentum: 0.9}}}
"""


@pytest.fixture(scope="module", autouse=True)
def digits_once() -> Iterator[None]:
    """Generate Digits once for all tests of this file."""
    with few_digits():
        yield


class Hearing(Listener):
    """Keeps the names of what it hears, and stops as Ctrl-C does behind an epoch."""

    def __init__(self, stop_after: int = 0) -> None:
        self.stop_after = stop_after
        self.heard: list[Any] = []

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        self.heard.append("run")

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        self.heard.append("start")

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        self.heard.append((epoch, step))

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        self.heard.append("epoch")
        if record.epoch == self.stop_after:
            raise KeyboardInterrupt

    def on_end(self, fault: BaseException | None) -> None:
        self.heard.append(type(fault))


def record_of(run: Run | None) -> RunRecord:
    assert run is not None
    assert run.record is not None
    return run.record


def call(folder: Path, spec: Any = None, *overrides: str, listeners: Any = ()) -> Run:
    """Train on one thread of the CPU with seed 5."""
    path = folder / "small.yaml"
    path.write_text(SPEC, encoding="utf-8")
    given: Any = {"seed": 5, "device": "cpu", "threads": 1, "runs_dir": folder / "runs"}
    run = train(spec or path, overrides, listeners=listeners, **given)
    assert run is not None
    return run


def test_a_call_trains_and_returns_the_run(tmp_path: Path) -> None:
    run = call(tmp_path)
    assert run.folder.parent == tmp_path / "runs" / "small"
    found = read_record(run.folder / "record.json")
    assert run.record == found
    assert (found.status, found.seed, len(found.epochs)) == ("finished", 5, 2)


@pytest.mark.parametrize("name", ["best", "last"])
def test_a_run_gives_its_network_ready_to_be_asked(tmp_path: Path, name: str) -> None:
    run = call(tmp_path)
    module = run.load_model(name)
    kept = read_checkpoint(run.folder / f"{name}.pt")
    assert kept.epoch == (record_of(run).best_epoch if name == "best" else 2)
    assert same_tensors(module.state_dict(), kept.model)
    assert not module.training


def test_every_listener_hears_all_in_its_order(tmp_path: Path) -> None:
    both = [Hearing(), Hearing()]
    call(tmp_path, listeners=both)
    epochs = [item for epoch in (1, 2) for item in ((epoch, 1), (epoch, 2), "epoch")]
    for one in both:
        assert one.heard == ["run", "start", *epochs, type(None)]


def test_a_stopped_training_says_how_to_go_on_and_does(tmp_path: Path) -> None:
    whole, hearing = call(tmp_path), Hearing(stop_after=1)
    with pytest.raises(Interrupted, match=r"after 1 epoch; .* train --resume "):
        call(tmp_path, listeners=[hearing])
    assert hearing.heard[-1] is Interrupted
    (folder,) = [f for f in tmp_path.glob("runs/small/*") if f != whole.folder]
    run, done = resume(folder)
    assert run is not None
    assert done == "trained"
    assert measured(record_of(run).epochs) == measured(record_of(whole).epochs)
    assert resume(folder) == (run, "nothing")


def test_a_fault_ends_what_listeners_hear(tmp_path: Path) -> None:
    hearing = Hearing()
    with pytest.raises(SpecError):
        call(tmp_path, None, "train.optimizer.SGD.lr=-1", listeners=[hearing])
    assert hearing.heard == [SpecError]


def test_a_loaded_network_is_trained_as_its_file(tmp_path: Path) -> None:
    of_file = call(tmp_path)
    again = call(tmp_path, load(tmp_path / "small.yaml"))
    assert measured(record_of(again).epochs) == measured(record_of(of_file).epochs)
    assert record_of(again).spec == record_of(of_file).spec


@pytest.mark.parametrize(("loaded_with", "options"), [(["train.epochs=1"], []), ([], ["seed=1"])])
def test_a_loaded_network_takes_no_options(
    tmp_path: Path, loaded_with: list[str], options: list[str]
) -> None:
    (tmp_path / "small.yaml").write_text(SPEC, encoding="utf-8")
    network = load(tmp_path / "small.yaml", loaded_with)
    with pytest.raises(UsageError) as caught:
        call(tmp_path, network, *options)
    assert caught.value.diagnostics[0].code == "conflicting-options"
    assert not (tmp_path / "runs").exists()
