"""Images per second of `archspec train specs/step3.yaml` beside two loops in plain torch.

The peers are the usual notebook loop (torchvision's MNIST, PIL transforms, DataLoader) and a loop
over tensors in memory (batched affine, the stock module). All three train the same network with the
same batches, dropout, augmentation and threads, each in a process of its own, and take turns.
Prints ratios; asserts nothing about seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from time import perf_counter, process_time
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.runtime.data import Images

ROOT = Path(__file__).resolve().parents[1]
SPEC = ROOT / "specs" / "step3.yaml"
BATCH_SIZE = 128
LEAST_ROUNDS = 5
OURS = "archspec train"
EXACT = "archspec train --exact"
IN_MEMORY = "in-memory loop"
NOTEBOOK = "notebook loop"
CONTESTANTS = (OURS, IN_MEMORY, NOTEBOOK)
MODEL_PHASES = ("forward", "loss", "backward")


@dataclass(frozen=True, slots=True)
class Turn:
    """What a contestant did in one turn: images, wall and CPU seconds, seconds in the model."""

    images: int
    seconds: float
    cpu_seconds: float
    model_seconds: float

    @property
    def rate(self) -> float:
        """Images a second."""
        return self.images / self.seconds

    @property
    def cpu_rate(self) -> float:
        """Images a second of CPU time."""
        return self.images / self.cpu_seconds

    @property
    def outside(self) -> float:
        """The share of a step outside the network, its loss and its gradients, in percent."""
        return 100 * (1 - self.model_seconds / self.seconds)


def main() -> None:
    """Measure and print, or train as one of the contestants."""
    arguments = parse_arguments()
    if arguments.contestant:
        contend(arguments.contestant, arguments.threads, arguments.steps)
        return
    names = (*CONTESTANTS, EXACT) if arguments.exact else CONTESTANTS
    for threads in arguments.threads:
        print_comparison(names, threads, arguments.steps, arguments.rounds)


def parse_arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "-n",
        dest="rounds",
        type=int,
        default=7,
        metavar="ROUNDS",
        help=f"turns of each contestant after one to warm up, at least {LEAST_ROUNDS} (default 7)",
    )
    parser.add_argument(
        "--threads",
        type=thread_counts,
        default=thread_counts("1,all"),
        help="CPU threads of each contestant: `1`, `all` or both (default: 1,all)",
    )
    parser.add_argument(
        "--steps", type=int, default=100, help="steps of one turn, of 128 images (default 100)"
    )
    parser.add_argument("--exact", action="store_true", help=f"measure `{EXACT}`, too")
    parser.add_argument("--contestant", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.rounds < LEAST_ROUNDS:
        parser.error(f"{arguments.rounds} rounds are less than {LEAST_ROUNDS}")
    return arguments


def thread_counts(text: str) -> list[int]:
    """Return numbers of threads from `1,all`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [(cores or 1) if word == "all" else int(word) for word in text.split(",")]


def print_comparison(names: tuple[str, ...], threads: int, steps: int, rounds: int) -> None:
    """Let the contestants take turns, and print medians, their spread and the ratios."""
    load_before = os.getloadavg()[0]
    turns: dict[str, list[Turn]] = {name: [] for name in names}
    with ExitStack() as stack:
        started = {name: stack.enter_context(contestant(name, threads, steps)) for name in names}
        for number in range(rounds + 1):
            for name, process in started.items():
                turn = take_turn(name, process)
                if number > 0:  # the first one warms up
                    turns[name].append(turn)
    load_after = os.getloadavg()[0]

    many = "1 thread" if threads == 1 else f"{threads} threads"
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("torch", "torchvision"))
    print(f"specs/step3.yaml on {many}: {rounds} turns of {steps * BATCH_SIZE} images each")
    print(
        f"Python {platform.python_version()}, {versions}; {os.cpu_count()} cores, "
        f"load {load_before:.2f} → {load_after:.2f}\n"
    )
    headings = ("images/s", "times as fast", "by CPU time", "outside model, %")
    print(" " * 24 + "".join(f"{heading:>22}" for heading in headings))
    for name, measured in turns.items():
        pairs = list(zip(turns[OURS], measured, strict=True))
        cells = [
            spread([turn.rate for turn in measured], 0),
            "" if name == OURS else spread([our.rate / turn.rate for our, turn in pairs], 2),
            ""
            if name == OURS
            else spread([our.cpu_rate / turn.cpu_rate for our, turn in pairs], 2),
            spread([turn.outside for turn in measured], 1) if measured[0].model_seconds else "",
        ]
        print(f"{name:<24}" + "".join(f"{cell:>22}" for cell in cells))
    print("\nmedian (least–most); a ratio compares archspec's turn with one of the same round\n")


def spread(values: list[float], digits: int) -> str:
    """Return a median with its range, as in `0.21 (0.20–0.24)`."""
    middle = statistics.median(values)
    return f"{middle:.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


@contextmanager
def contestant(name: str, threads: int, steps: int) -> Iterator[subprocess.Popen[str]]:
    """Start a contestant, which waits for its turn; end it with the block."""
    command = [sys.executable, "-m", "bench.train", "--contestant", name]
    process = subprocess.Popen(
        [*command, "--threads", str(threads), "--steps", str(steps)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": str(threads)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.communicate()  # the end of its input ends it


def take_turn(name: str, process: subprocess.Popen[str]) -> Turn:
    """Let a contestant train for a turn, while the others wait."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise SystemExit(f"{name} ended: {process.wait()}")
    return Turn(**json.loads(answer))


# What follows runs in the contestants' own processes.


class Turns:
    """Counts the steps of a contestant and stops it between its turns.

    The first step of an epoch does not count: before it lies what happens between epochs.
    """

    def __init__(self, steps: int, answers: IO[str]) -> None:
        self.steps, self.answers = steps, answers
        self._counted, self._in_model, self._model_seconds = 0, 0.0, 0.0
        self._seconds, self._cpu_seconds = 0.0, 0.0
        self._ended, self._cpu_ended = 0.0, 0.0
        self._begin()

    def end_step(self, *, is_first: bool) -> None:
        """Hear that a step has ended."""
        now, cpu_now = perf_counter(), process_time()
        if not is_first:
            self._counted += 1
            self._seconds += now - self._ended
            self._cpu_seconds += cpu_now - self._cpu_ended
            self._model_seconds += self._in_model
        self._in_model = 0.0
        if self._counted == self.steps:
            images = self._counted * BATCH_SIZE
            turn = {
                "images": images,
                "seconds": self._seconds,
                "cpu_seconds": self._cpu_seconds,
                "model_seconds": self._model_seconds,
            }
            print(json.dumps(turn), file=self.answers, flush=True)
            self._begin()
        self._ended, self._cpu_ended = perf_counter(), process_time()

    @contextmanager
    def phases(self, name: str) -> Iterator[None]:
        """Count what a part of a step takes, if it belongs to the model."""
        started = perf_counter()
        yield
        if name in MODEL_PHASES:
            self._in_model += perf_counter() - started

    def _begin(self) -> None:
        if not sys.stdin.readline():
            sys.exit()
        self._counted, self._in_model = 0, 0.0
        self._seconds = self._cpu_seconds = self._model_seconds = 0.0
        self._ended, self._cpu_ended = perf_counter(), process_time()


def contend(name: str, threads: list[int], steps: int) -> None:
    """Train as a contestant until no more turns are given."""
    (count,) = threads
    # What libraries print must not be taken for an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    if name in (OURS, EXACT):
        run_ours(Turns(steps, answers), count, is_exact=name == EXACT)
    with tempfile.TemporaryDirectory() as folder:
        import torch

        torch.set_num_threads(count)
        torch.manual_seed(0)
        made = notebook_steps(Path(folder)) if name == NOTEBOOK else in_memory_steps()
        turns = Turns(steps, answers)
        for is_first in made:
            turns.end_step(is_first=is_first)


def run_ours(turns: Turns, threads: int, *, is_exact: bool) -> None:
    """Train as `archspec train` does, between its preparation and its records."""
    from archspec.api import load
    from archspec.record import Settings
    from archspec.record.listener import Listener
    from archspec.runtime.machine.threads import wait_passively
    from archspec.runtime.train.start import prepare
    from archspec.runtime.train.task import Manner

    class Timer(Listener):
        def on_batch(self, epoch: int, step: int, steps: int) -> None:
            turns.end_step(is_first=step == 1)

    wait_passively()
    settings = Settings() if is_exact else Manner().settings
    manner = Manner(device="cpu", threads=threads, settings=settings, phases=turns.phases)
    endless = load(SPEC, ("train.epochs=100000",))
    trainer, _ = prepare(endless, manner, 0, [Timer()])
    for _ in trainer.run():
        pass


def in_memory_steps() -> Iterator[bool]:
    """Return the steps of the in-memory loop, on archspec's module as it is built."""
    from archspec.api import load
    from archspec.runtime.build import build
    from bench.peers import train_in_memory

    images = training_images()
    model = build(load(SPEC, ()).analysis)
    return train_in_memory.steps(model, images.images, images.labels)


def notebook_steps(folder: Path) -> Iterator[bool]:
    """Return the steps of the notebook loop, on files as torchvision has them."""
    from bench.peers import train_notebook

    images = training_images()
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        pixels, labels = images.images[:, 0].contiguous(), images.labels.byte()
        head = struct.pack(">IIII", 0x803, *pixels.shape)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(head + pixels.numpy().tobytes())
        head = struct.pack(">II", 0x801, len(labels))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(head + labels.numpy().tobytes())
    return train_notebook.steps(folder)


def training_images() -> Images:
    """Return MNIST's training images; ARCHSPEC_DATA says where they are."""
    from archspec.api import load
    from archspec.runtime.data import Images, load_data
    from archspec.runtime.train.plan import plan_of

    section, _ = plan_of(load(SPEC, ()).spec)
    images = load_data(section).train
    assert isinstance(images, Images)
    return images


if __name__ == "__main__":
    main()
