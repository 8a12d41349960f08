"""`archspec train --profile`: where the time of a step goes, in a table that adds up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from archspec.cli import app
from archspec.commands.train.profile import profile_text
from archspec.record import read_record
from archspec.runtime.train import profile
from archspec.runtime.train.at_once import PREPARED_BATCHES
from archspec.runtime.train.phases import PHASES
from archspec.runtime.train.profile import (
    SKIPPED,
    TIMED,
    TRACED,
    OperationTime,
    PhaseTime,
    StepProfile,
    StepProfiler,
)
from tests.support.trained_small import few_digits

SPEC = """\
archspec: 1
input: [1, 28, 28]
layers: [{max_pool: 4}, {batch_norm: {}}, flatten, {dropout: 0.1}, {linear: 10}]
data: {dataset: Digits}
train: {epochs: 1, batch_size: 10, optimizer: {SGD: {lr: 0.1}}}
targets: {test_accuracy: {at_least: 1}}
"""
ROW = re.compile(r"^  (\w+) +(\d+\.\d\d) +(\d+\.\d) %$", re.MULTILINE)


@pytest.fixture(scope="module", autouse=True)
def digits_once() -> Iterator[None]:
    """Generate Digits once for all tests of this file."""
    with few_digits(600, 100):
        yield


def call(folder: Path, *options: str) -> Result:
    (folder / "a.yaml").write_text(SPEC, encoding="utf-8")
    arguments = ["train", str(folder / "a.yaml"), "--threads", "1", "--device", "cpu", "--profile"]
    return CliRunner().invoke(app, [*arguments, "--runs-dir", str(folder / "runs"), *options])


def run_in(folder: Path) -> Path:
    (record,) = folder.glob("runs/a/*/record.json")
    return record.parent


def check_table(text: str) -> None:
    """Fail unless the phases of a table are all there and add up to the step."""
    rows = ROW.findall(text)
    step = re.search(r"a step takes (\d+\.\d\d) ms", text)
    assert step is not None
    assert [name for name, _, _ in rows] == [*PHASES, "other"]
    assert sum(float(ms) for _, ms, _ in rows) == pytest.approx(float(step[1]), abs=0.04)
    assert sum(float(share) for _, _, share in rows) == pytest.approx(100, abs=0.4)


def test_the_table_adds_up_and_the_trace_has_the_phases(tmp_path: Path) -> None:
    result = call(tmp_path)

    assert result.exit_code == 0, result.output
    check_table(result.stdout)
    assert f"by the middle half of {TIMED};" in result.stdout
    assert "  operation, as the profiler sees it" in result.stdout
    trace = run_in(tmp_path) / "trace.json"
    assert f"trace: {trace}, for chrome://tracing" in result.stdout
    names = [event.get("name") for event in json.loads(trace.read_text())["traceEvents"]]
    assert [names.count(phase) for phase in PHASES] == [TRACED] * len(PHASES)
    lines = result.stdout.splitlines()
    assert lines.index(next(line for line in lines if line.startswith("profile: "))) > 4


def test_a_quiet_run_prints_its_profile_and_its_verdict(tmp_path: Path) -> None:
    result = call(tmp_path, "--quiet")

    assert result.stdout.startswith("profile: a step takes ")
    assert "epoch 1/1" not in result.stdout
    assert "proven        target test_accuracy" in result.stdout


def test_an_epoch_of_one_step_is_profiled_without_what_passes_between_epochs(
    tmp_path: Path,
) -> None:
    epochs = SKIPPED + TIMED + 1
    options = ("--set", "train.batch_size=600", "--set", f"train.epochs={epochs}")

    result = call(tmp_path, *options, "--quiet")

    check_table(result.stdout)
    (other,) = (float(share) for name, _, share in ROW.findall(result.stdout) if name == "other")
    assert other < 20  # evaluating, and writing checkpoints, take longer than such a step
    trace = json.loads((run_in(tmp_path) / "trace.json").read_text())
    assert [event.get("name") for event in trace["traceEvents"]].count("forward") == 1


def test_a_training_of_few_steps_has_a_table_and_no_trace(tmp_path: Path) -> None:
    result = call(tmp_path, "--set", "train.batch_size=40")  # 15 steps

    assert result.exit_code == 0
    check_table(result.stdout)
    assert f"by the middle half of {15 - SKIPPED};" in result.stdout
    assert "operation" not in result.stdout
    assert not (run_in(tmp_path) / "trace.json").exists()


def test_a_training_shorter_than_the_profile_says_so(tmp_path: Path) -> None:
    result = call(tmp_path, "--set", "train.batch_size=300")

    assert result.exit_code == 0
    assert result.stderr == "profile: the training ended before a step could be timed\n"
    assert "profile:" not in result.stdout


def test_a_fault_has_the_last_word(tmp_path: Path) -> None:
    result = call(tmp_path, "--set", "train.optimizer.SGD.lr=1e17")

    assert result.exit_code == 1
    assert result.stderr.startswith("error[non-finite-loss]")
    assert "profile" not in result.output


def test_a_profiled_run_has_the_numbers_of_any_other(tmp_path: Path) -> None:
    from tests.support.tiny import measured

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    call(tmp_path / "a")
    (tmp_path / "b" / "a.yaml").write_text(SPEC, encoding="utf-8")
    arguments = ["train", str(tmp_path / "b" / "a.yaml"), "--threads", "1", "--device", "cpu"]
    CliRunner().invoke(app, [*arguments, "--runs-dir", str(tmp_path / "b" / "runs")])

    one, other = (read_record(run_in(tmp_path / name) / "record.json") for name in "ab")
    assert measured(one.epochs) == measured(other.epochs)


class Clock:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def play_step(profiler: StepProfiler, clock: Clock, seconds: float, *, is_last: bool) -> None:
    for name in PHASES:
        with phase(profiler, name):
            clock.now += seconds
    clock.now += seconds  # between the phases
    profiler.end_step(is_last=is_last)


@contextmanager
def phase(profiler: StepProfiler, name: str) -> Iterator[None]:
    with profiler.phases(name):
        yield


def test_a_step_is_the_mean_of_the_middle_half_and_of_all_images(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(profile, "perf_counter", clock)
    profiler = StepProfiler()
    for number in range(SKIPPED + 8):
        # 0.1, 9, 1, 1, 2, 2, 9, 0.1 seconds a phase: the middle four are 1, 1, 2, 2.
        each = (0.1, 9, 1, 1, 2, 2, 9, 0.1)[number - SKIPPED] if number >= SKIPPED else 50.0
        play_step(profiler, clock, each, is_last=number % 3 == 0)
        if number % 3 == 0:
            clock.now += 1000  # evaluating is no part of a step

    found = profiler.result()

    assert found is not None
    assert found.timed == 8
    # Images come in groups of batches: what a step of a group takes is the mean over all.
    images = (0.1 + 9 + 1 + 1 + 2 + 2 + 9 + 0.1) / 8
    assert [part.name for part in found.phases] == [*PHASES, "other"]
    assert [part.seconds for part in found.phases] == pytest.approx([images] + [1.5] * 6)
    assert found.step_seconds == pytest.approx(images + 6 * 1.5)
    assert found.outside_model == pytest.approx((images + 3 * 1.5) / (images + 6 * 1.5))


@pytest.mark.parametrize("together", PREPARED_BATCHES)
@pytest.mark.parametrize("steps", [7, 10, 13, 25, 40, 468])
def test_what_is_done_for_several_batches_is_shared_by_them(
    together: int, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(profile, "perf_counter", clock)
    profiler, number = StepProfiler(), 0
    while not profiler.is_done and number < 20 * steps:
        at = number % steps
        with phase(profiler, "images"):  # the first batch of a group waits for all of it
            clock.now += min(together, steps - at) if at % together == 0 else 0
        with phase(profiler, "backward"):
            clock.now += 9
        number += 1
        profiler.end_step(is_last=at == steps - 1)

    found = profiler.result()

    assert found is not None
    seconds = {part.name: part.seconds for part in found.phases}
    assert seconds["images"] == pytest.approx(1)
    assert seconds["backward"] == pytest.approx(9)
    assert found.outside_model == pytest.approx(0.1)


def test_the_table_has_fixed_columns() -> None:
    phases = tuple(PhaseTime(name, 0.001) for name in (*PHASES, "other"))
    operations = (OperationTime("aten::" + "x" * 60, 0.0005, 2.5),)

    text = profile_text(StepProfile(30, 0.007, phases, operations))

    lines = text.splitlines()
    assert lines[0] == (
        "profile: a step takes 7.00 ms, by the middle half of 30; 57.1 % of it outside the network"
    )
    assert lines[2] == "  images" + " " * 28 + "     1.00   14.3 %"
    assert lines[-1] == "  aten::" + "x" * 27 + "      0.50      2.5"
    assert len(set(map(len, lines[2:-2]))) == 1
