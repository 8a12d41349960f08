"""Trains in children that this program kills and resumes: `python killed.py ROOT COUNT SEED`."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path
from unittest.mock import patch

from archspec.cli import app
from archspec.runtime.data import load, make_digits

SPEC = """\
archspec: 1
input: [1, 28, 28]
layers: [{max_pool: 4}, {batch_norm: {}}, flatten, {dropout: 0.1}, {linear: 10}]
data: {dataset: Digits, validation: 100, augment: [{RandomRotation: {degrees: 9}}]}
train:
  epochs: 12
  batch_size: 50
  optimizer: {SGD: {lr: 0.1, momentum: 0.9}}
  scheduler: {OneCycleLR: {max_lr: 0.2}}
"""
ANEW = ("spec.yaml", "--seed", "3", "--threads", "1", "--device", "cpu")


def start(folder: Path, *arguments: str) -> int:
    """Train in a copy of this process, so that torch is imported once; return its number."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        app(["train", "--quiet", *arguments])
    return child


def end(child: int) -> None:
    """Wait for a training, which must end well."""
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code == 0, f"exit code {code}"


def make_folder(root: Path, name: str) -> Path:
    """Make a folder with the spec in it."""
    folder = root / name
    folder.mkdir()
    (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    return folder


def main() -> None:
    """Train once without a kill, then so many times with one at any moment, and resume each."""
    root, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    moments = random.Random(seed)
    started = time.perf_counter()
    end(start(make_folder(root, "whole"), *ANEW))
    seconds = time.perf_counter() - started
    for number in range(count):
        folder = make_folder(root, str(number))
        child = start(folder, *ANEW)
        # In equal parts of the time, so that a few kills strike early, in between and late.
        time.sleep(seconds * (number + moments.random()) / count)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        records = list(folder.glob("runs/spec/*/record.json"))
        again = ("--resume", str(records[0])) if records else ANEW
        end(start(folder, *again))


if __name__ == "__main__":
    made = make_digits(1000, 200)
    with patch.object(load, "make_digits", lambda: made):
        main()
