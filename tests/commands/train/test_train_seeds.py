"""`archspec train --seeds`: each seed as when alone, and one verdict that knows who is missing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from archspec.cli import app
from archspec.commands.train.board import Board
from archspec.commands.train.seeds import read_seeds
from archspec.diagnostics import UsageError
from archspec.record import Counts, Measure, RunRecord, read_record, to_plain
from archspec.runtime.train import seeds
from archspec.runtime.train.checkpoint import read_checkpoint
from tests.support.processes import is_alive
from tests.support.records import HIGH, LOW, TEXT, put_run, record_for
from tests.support.tiny import measured, same_tensors

ROOT = Path(__file__).parents[3]
SMALL = """\
archspec: 1
input: [1, 28, 28]
layers: [{max_pool: 4}, flatten, {dropout: 0.1}, {linear: 10}]
data: {dataset: Digits, augment: [{RandomRotation: {degrees: 9}}]}
train: {epochs: 2, batch_size: 500, optimizer: {SGD: {lr: 0.5, momentum: 0.9}}}
"""
OPTIONS = ("--threads", "1", "--device", "cpu")


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("1", (0,)),
        ("5", (0, 1, 2, 3, 4)),
        ("3,7,9", (3, 7, 9)),
        ("9, 3", (9, 3)),
        ("7,", (7,)),
        ("0,9223372036854775807", (0, 9223372036854775807)),
    ],
)
def test_seeds_are_a_number_of_them_or_a_list(text: str, seeds: tuple[int, ...]) -> None:
    assert read_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "expected 1 to 10,000 seeds, got `0`"),
        ("10001", "expected 1 to 10,000 seeds, got `10001`"),
        ("99999999999999999999", "got `99999999999999999999`"),
        ("3,7,3", "a seed stands twice in `3,7,3`"),
        ("0,9223372036854775808", "a seed is at most 9223372036854775807"),
        *((bad, f"or a list of them, got `{bad}`") for bad in ("", ",", "a", "-1", "1,,2", "²")),
    ],
)
def test_what_are_no_seeds_is_wrong_usage(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_seeds(text)
    (fault,) = caught.value.diagnostics
    assert (fault.code, fault.help) == (
        "bad-seeds",
        "write `--seeds 5` for 0 to 4, or `--seeds 3,7,9`",
    )
    assert message in fault.message


def call(folder: Path, text: str, *options: str) -> Result:
    spec = folder / "a.yaml"
    spec.write_text(text, encoding="utf-8")
    arguments = ["train", str(spec), "--runs-dir", str(folder / "runs"), *options]
    return CliRunner().invoke(app, arguments)


def test_a_seed_of_many_has_the_bits_of_the_seed_alone(tmp_path: Path) -> None:
    together, alone = tmp_path / "together", tmp_path / "alone"
    for folder in (together, alone):
        folder.mkdir()
    result = call(together, SMALL, "--seeds", "3,11", *OPTIONS)
    assert result.exit_code == 0, result.output
    call(alone, SMALL, "--seed", "11", *OPTIONS)
    (one,) = together.glob("runs/a/*-s11")
    (other,) = alone.glob("runs/a/*-s11")
    records = [read_record(run / "record.json") for run in (one, other)]
    assert measured(records[0].epochs) == measured(records[1].epochs)
    assert [record.threads for record in records] == [1, 1]
    for name in ("best.pt", "last.pt"):
        found = [read_checkpoint(run / name) for run in (one, other)]
        assert same_tensors(found[0].model, found[1].model)
        assert same_tensors(found[0].generators, found[1].generators)
    assert (one / "evaluation.json").exists()
    lines = result.stdout.splitlines()
    assert (
        len([line for line in lines if re.match(r"seed (3 |11)  epoch [12]/2  lr 0.5 ", line)]) == 4
    )
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", result.stdout)


TELLS = """
import os, signal, sys
sys.stdout.write(open(sys.argv[1]).read()); sys.stdout.flush()
"""
FINE = TELLS
KILLED = TELLS + "os.kill(os.getpid(), signal.SIGKILL)"
FAILED = TELLS + "sys.exit('error[non-finite-loss]: the train loss is nan\\n  help: lower it')"
SPEECHLESS = "import sys; sys.stderr.write('error[missing-data]: no MNIST\\n'); sys.exit(3)"
Ways = dict[int, str]


@pytest.fixture
def played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[int, RunRecord], Ways], None]:
    """Return a function that lets workers play runs which were recorded, each in its way."""

    def play(records: dict[int, RunRecord], ways: Ways) -> None:
        def command(arguments: tuple[str, ...]) -> tuple[str, ...]:
            seed = int(arguments[arguments.index("--seed") + 1])
            record = records[seed]
            run = put_run(tmp_path / "runs", record)
            events = tmp_path / f"events{seed}"
            told = [["run", to_plain(record), "/data", str(run)], ["start", 3, 469, 128]]
            told += [["epoch", to_plain(epoch), False] for epoch in record.epochs]
            events.write_text("".join(json.dumps(event) + "\n" for event in told))
            return (sys.executable, "-c", ways.get(seed, FINE), str(events))

        monkeypatch.setattr(seeds, "archspec_command", command)

    return play


Played = Callable[[dict[int, RunRecord], Ways], None]
DEMAND = "targets: {test_accuracy: {at_least: 99.4, seeds: {at_least: 3, share: 0.6}}}\n"
BY_SHARE = TEXT[: TEXT.index("targets:")] + DEMAND


def recorded(
    text: str, *rights: tuple[int, ...], unfinished: int | None = None
) -> dict[int, RunRecord]:
    return {
        seed: record_for(
            text, *right, seed=seed, status="running" if seed == unfinished else "finished"
        )
        for seed, right in enumerate(rights)
    }


def test_the_verdict_goes_by_the_share_of_seeds(tmp_path: Path, played: Played) -> None:
    played(recorded(BY_SHARE, (9_950, HIGH), (9_960, 9_960), (9_940, LOW)), {})
    result = call(tmp_path, BY_SHARE, "--seeds", "3", "--jobs", "1")
    assert result.exit_code == 0, result.output
    # Mean of 99.50, 99.60, 99.40; deviations 0, 0.1, -0.1; sd = sqrt(0.02 / 2).
    *spread, verdict, _ = result.stdout.splitlines()[-5:]
    assert spread == [
        "            seeds     mean    sd      min      max",
        "best test       3  99.50 %  0.10  99.40 %  99.60 %",
        "final test      3  99.46 %  0.12  99.39 %  99.60 %",
    ]
    assert verdict == (
        "proven        target test_accuracy: at least 99.4 for 60 % of at least 3 seeds → "
        "met by 2 of 3 seeds (95 % interval 0.094 to 0.992)"
    )


def test_held_out_images_have_rows_of_their_own(tmp_path: Path, played: Played) -> None:
    records = recorded(BY_SHARE, (9_950, HIGH), (9_960, 9_960), (9_940, LOW))
    played({seed: with_held_out(record) for seed, record in records.items()}, {})
    result = call(tmp_path, BY_SHARE, "--seeds", "3", "--jobs", "1")
    rows = [line.split("  ")[0] for line in result.stdout.splitlines() if " %  0." in line]
    assert rows == [
        "best held-out",
        "final held-out",
        "best test",
        "test in the best epoch",
        "final test",
    ]
    # Half of the images, of which as many are right as of the test images.
    assert "best held-out               3  99.50 %  0.10  99.40 %  99.60 %" in result.stdout


def with_held_out(record: RunRecord) -> RunRecord:
    """Return a record whose network was measured on 5,000 held-out images as on the test images."""
    epochs = []
    for epoch in record.epochs:
        assert epoch.test is not None
        held_out = Measure(epoch.test.loss, epoch.test.correct // 2, 5_000)
        epochs.append(replace(epoch, validation=held_out))
    dataset = replace(record.dataset, validation=5_000, counts=Counts(55_000, 5_000, 10_000))
    return replace(record, epochs=tuple(epochs), dataset=dataset)


def test_too_small_a_share_is_contradicted_and_exits_with_1(tmp_path: Path, played: Played) -> None:
    played(recorded(BY_SHARE, (HIGH,), (LOW,), (LOW,)), {})
    result = call(tmp_path, BY_SHARE, "--seeds", "3")
    assert result.exit_code == 1
    assert "contradicted  target test_accuracy" in result.stdout
    assert "missed by seeds 1 and 2" in result.stdout


def test_a_killed_worker_is_missing_and_the_others_count(tmp_path: Path, played: Played) -> None:
    played(recorded(BY_SHARE, (HIGH,), (HIGH,), (HIGH,), unfinished=1), {1: KILLED})
    result = call(tmp_path, BY_SHARE, "--seeds", "3")
    assert result.exit_code == 3
    verdict, missing = result.stdout.splitlines()[-3:-1]
    assert verdict.startswith("unproven      target test_accuracy")
    assert verdict.endswith("; 2 of 3 seeds recorded, seed 1 missing")
    (run,) = tmp_path.glob("runs/a/*-s1")
    assert missing == f"missing: seed 1, killed by SIGKILL; archspec train --resume {run}"


def test_a_failed_worker_says_why(tmp_path: Path, played: Played) -> None:
    played(recorded(BY_SHARE, (HIGH,), (HIGH,), (HIGH,), unfinished=2), {2: FAILED})
    result = call(tmp_path, BY_SHARE, "--seeds", "3")
    assert result.exit_code == 1
    assert "missing: seed 2, error[non-finite-loss]: the train loss is nan; " in result.stdout
    assert result.stderr.startswith("error[non-finite-loss]: the train loss is nan\n  help: lower")


def test_what_keeps_every_seed_from_starting_is_told_once(tmp_path: Path, played: Played) -> None:
    played(recorded(BY_SHARE, (HIGH,), (HIGH,), (HIGH,)), dict.fromkeys(range(3), SPEECHLESS))
    result = call(tmp_path, BY_SHARE, "--seeds", "3")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr == "error[missing-data]: no MNIST\n"


def test_a_quiet_call_prints_the_conclusion_only(tmp_path: Path, played: Played) -> None:
    played(recorded(TEXT, (HIGH,), (HIGH,)), {})
    lines = call(tmp_path, TEXT, "--seeds", "2", "--quiet").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["seeds", "best", "final", "proven", "runs:"]


def test_a_faulty_spec_starts_no_worker(tmp_path: Path) -> None:
    result = call(tmp_path, SMALL.replace("linear", "linaer"), "--seeds", "2")
    assert result.exit_code == 1
    assert result.stderr.count("unknown-kind") == 1


def test_running_seeds_have_a_bar_each_on_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = record_for(TEXT, HIGH, seed=3)
    board = Board((3, 4), 2, quiet=False, bars=True)
    assert board.bars is not None
    with board as listener_of:
        shown = [listener_of(3), listener_of(4)]
        for one in shown:
            one.on_run(record, "/data", tmp_path)
            one.on_start(3, 469, 128)
        shown[0].on_batch(2, 1, 469)
        assert [task.description for task in board.bars.tasks] == ["seed 3", "seed 4"]
        assert [task.completed for task in board.bars.tasks] == [470, 0]
        shown[0].on_epoch(record.epochs[0], True)
        shown[1].on_epoch(record.epochs[0], True)
        assert [task.completed for task in board.bars.tasks] == [469, 469]
        shown[0].on_end(None)
        assert [task.description for task in board.bars.tasks] == ["seed 4"]
    printed = capsys.readouterr().out
    assert printed.count("seeds 3 and 4") == 1
    assert "seed 3  epoch 1/3" in printed


def test_ctrl_c_stops_every_worker_and_leaves_usable_checkpoints(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL)
    command = [sys.executable, "-m", "archspec", "train", "a.yaml", "--seeds", "3", "--jobs", "2"]
    process = subprocess.Popen(
        [*command, *OPTIONS, "--set", "train.epochs=100000"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, the shell has told them to ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    begun = set[str]()
    while len(begun) < 2:
        line = process.stdout.readline()
        assert line, process.communicate()
        if found := re.match(r"seed (\d)  epoch +2/", line):
            begun.add(found[1])
    numbers = [int(lock.read_text()) for lock in tmp_path.glob("runs/a/*/.lock")]
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert len(numbers) == 2
    assert not any(map(is_alive, numbers))
    assert "Traceback" not in errors
    told = errors.splitlines()
    for seed in (0, 1):
        checkpoint = rf"seed {seed}: interrupted after \d+ epochs; checkpoint: .*-s{seed}/last.pt; "
        assert re.match(checkpoint + "archspec train --resume runs/a/", told[seed])
    assert told[2:] == ["seed 2: not started"]
    for run in tmp_path.glob("runs/a/*"):
        record = read_record(run / "record.json")
        assert record.status == "interrupted"
        # The checkpoint is written first, and the stop may come between the two.
        saved = read_checkpoint(run / "last.pt").epochs
        assert saved[: len(record.epochs)] == record.epochs
        assert len(saved) - len(record.epochs) in (0, 1)
