"""Kills trainings at random moments, resumes them, and shows that nothing of it can be seen.

    python tests/kill_and_resume.py              20 kills, and the table
    python tests/kill_and_resume.py -n 5 --seed 7

Each training is a process of its own that gets SIGKILL at a moment drawn from the whole time
between its folder's first sight and its end. The resumed run must end with the bits of one that
nobody killed: weights, optimizer, schedule, generators, metrics, confusion matrix. Exits 1 if not.
"""

# ruff: noqa: T201 - a program: what it prints is what it is for

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from archspec.record import read_metrics, read_record
from archspec.runtime.train.checkpoint import read_checkpoint

ROOT = Path(__file__).resolve().parents[1]
LIMIT_SECONDS = 600
MOST_TRIES = 5
"""For each kill; a run that ends before its moment is not counted."""
SPEC = """\
archspec: 1
input: [1, 28, 28]
layers:
  - conv: {out_channels: 4, kernel_size: 3, stride: 2, norm: batch, activation: relu, dropout: 0.1}
  - conv: {out_channels: 8, kernel_size: 3, stride: 2, norm: batch, activation: relu, dropout: 0.1}
  - gap
  - flatten
  - linear: 10
data:
  dataset: Digits
  validation: 500
  augment: [{RandomRotation: {degrees: 15}}, {RandomErasing: {p: 0.5}}]
train:
  epochs: 12
  batch_size: 100
  optimizer: {SGD: {lr: 0.05, momentum: 0.9}}
  scheduler: {OneCycleLR: {max_lr: 0.2}}
"""


@dataclass(frozen=True)
class Kill:
    """A kill and what came of it. moment: seconds after the folder was there.

    epoch: how many had ended, None when the run was killed before its record was there. was_over:
    the run had ended before the moment.
    """

    moment: float
    epoch: int | None
    was_over: bool
    is_same: bool


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `archspec train` with these arguments in a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "archspec", "train", *arguments, "--quiet"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def begin(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    """Start a run; return it and its folder as soon as that can be seen."""
    process = start(folder, "spec.yaml", "--seed", "3", "--threads", "1", "--device", "cpu")
    while not (found := list(folder.glob("runs/spec/*"))):
        if process.poll() is not None:
            raise RuntimeError(process.communicate()[1])
        time.sleep(0.002)
    return process, found[0]


def end(process: subprocess.Popen[str]) -> None:
    """Wait for a run; it must end well."""
    _, errors = process.communicate(timeout=LIMIT_SECONDS)
    if process.returncode != 0:
        raise RuntimeError(f"exit code {process.returncode}: {errors}")


def ending(run: Path) -> dict[str, Any]:
    """Return all that a finished run left, but when and how fast it was."""
    record = read_record(run / "record.json")
    evaluation = json.loads((run / "evaluation.json").read_text(encoding="utf-8"))
    left: dict[str, Any] = {
        "status": record.status,
        "best epoch": record.best_epoch,
        "metrics": [
            (e.epoch, e.learning_rate, e.train, e.validation, e.test) for e in record.epochs
        ],
        "same metrics": read_metrics(run / "metrics.jsonl") == record.epochs,
        "evaluation": {name: value for name, value in evaluation.items() if name not in OWN},
    }
    for name in ("best", "last"):
        found = read_checkpoint(run / f"{name}.pt")
        left[name] = (found.epoch, found.model, found.optimizer, found.scheduler, found.generators)
    return left


OWN = ("run", "digest")
"""What an evaluation has of its own, however equal the trainings are."""


def is_same(one: Any, other: Any) -> bool:
    """Return whether two endings are equal, tensors bit for bit."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)


def make_folder(root: Path, name: str, spec: str) -> Path:
    """Make a folder with the spec in it."""
    folder = root / name
    folder.mkdir()
    (folder / "spec.yaml").write_text(spec, encoding="utf-8")
    return folder


def whole_run(root: Path, spec: str) -> tuple[dict[str, Any], float]:
    """Train without a kill; return the ending, and the seconds since the folder was there."""
    process, run = begin(make_folder(root, "whole", spec))
    started = time.perf_counter()
    end(process)
    return ending(run), time.perf_counter() - started


def kill_and_resume(folder: Path, moment: float, whole: dict[str, Any]) -> Kill:
    """Start a run, kill it after so many seconds, resume it, and compare its ending."""
    process, run = begin(folder)
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    was_over = process.returncode == 0
    epoch = None
    if (run / "record.json").exists():
        last = run / "last.pt"
        epoch = read_checkpoint(last).epoch if last.exists() else 0
        end(start(folder, "--resume", str(run)))
    else:  # only a folder was made: there is nothing to resume, and nothing is lost
        run.rename(folder / "empty")
        process, run = begin(folder)
        end(process)
    return Kill(moment, epoch, was_over, is_same(whole, ending(run)))


def main(arguments: Sequence[str]) -> int:
    """Print the table; return 0 when every ending is that of the whole run, else 1."""
    parser = argparse.ArgumentParser(description="Kill trainings, resume them, compare endings.")
    parser.add_argument("-n", type=int, default=20, help="how many kills")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args(arguments)
    moments = random.Random(options.seed)
    same = 0
    with tempfile.TemporaryDirectory() as path:
        root = Path(path)
        whole, seconds = whole_run(root, SPEC)
        epochs = len(whole["metrics"])
        print(f"an unkilled run: {epochs} epochs in {seconds:.1f} s\n")
        print(
            "| kill | after s | epochs ended | identical |\n| ---: | ---: | ---: | --- |",
            flush=True,
        )
        done = tried = 0
        while done < options.n and tried < MOST_TRIES * options.n:
            tried += 1
            folder = make_folder(root, str(tried), SPEC)
            kill = kill_and_resume(folder, moments.uniform(0, seconds), whole)
            if kill.was_over and kill.is_same:
                continue  # it ran faster than the first one: nothing was killed
            done += 1
            reached = "no record yet" if kill.epoch is None else str(kill.epoch)
            word = "yes" if kill.is_same else "NO"
            print(f"| {done} | {kill.moment:.2f} | {reached} | {word} |", flush=True)
            same += kill.is_same
    print(f"\n{same} of {options.n} identical")
    return 0 if same == options.n else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
