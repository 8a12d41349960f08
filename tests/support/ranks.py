"""Ranks of one training, as copies of one process that has imported torch.

`python -m tests.support.ranks` starts ranks as it is asked to, a line of JSON each time. A
process of its own imports torch, and a copy of it is a rank in a blink; what a rank finds around
it, and how it meets the others, is as under torchrun. Under torchrun itself `tests.support.ranked`
is the program.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 300.0
"""For what would never end; a busy machine takes its time for what does."""
STUCK = 999
"""Told in place of an exit code when a rank had to be killed, since it did not end."""


@dataclass(frozen=True, slots=True)
class Rank:
    """A rank to be: the arguments of archspec, and what is special about it.

    environment: set on top of what torchrun sets; None unsets. dies: after which epoch, by which
    signal. plays: a folder with lines for each seed, which workers tell in place of training.
    """

    arguments: tuple[str, ...]
    environment: dict[str, str | None] = field(default_factory=dict)
    dies: tuple[int, str] | None = None
    plays: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a rank ended: its exit code, or minus the signal that killed it, and what it printed."""

    code: int
    out: str
    err: str


class Ranks:
    """The process that ranks are copied from; `with` ends it."""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.ranks"],
            cwd=ROOT,
            env={**_without_ranks(), "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        return self

    def __exit__(self, *fault: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(LIMIT_SECONDS)
        self.process.stdout.close()

    def start(self, folder: Path, ranks: Sequence[Rank]) -> list[Ended]:
        """Let so many ranks train together in a folder, and wait for them."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"folder": str(folder), "ranks": [asdict(rank) for rank in ranks]}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        codes = json.loads(self.process.stdout.readline())
        return [
            Ended(code, (folder / f"out{rank}").read_text(), (folder / f"err{rank}").read_text())
            for rank, code in enumerate(codes)
        ]


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def few_and_mortal(dies: tuple[int, str] | None) -> Iterator[None]:
    """Let Digits be few images, and this process end itself after an epoch if it is to."""
    from unittest.mock import patch

    from archspec.runtime.data import load
    from archspec.runtime.train.trainer import Trainer

    whole = Trainer.run

    def run(self: Trainer) -> Iterator[Any]:
        for epoch in whole(self):
            yield epoch
            if dies and epoch.epoch == dies[0]:
                os.kill(os.getpid(), signal.Signals[dies[1]])

    with patch.object(load, "make_digits", _digits), patch.object(Trainer, "run", run):
        yield


def _digits() -> Any:
    from archspec.runtime.data import make_digits

    if not MADE:
        MADE.append(make_digits(600, 100))
    return MADE[0]


MADE: list[Any] = []


def _without_ranks() -> dict[str, str]:
    from archspec.runtime.machine.workers import RANK_VARIABLES

    return {name: value for name, value in os.environ.items() if name not in RANK_VARIABLES}


def _become(rank: dict[str, Any], number: int, size: int, port: int, folder: Path) -> None:
    """Be a rank, in the copy of the process; ends it."""
    code = 1
    try:
        for stream, name in ((1, "out"), (2, "err")):
            os.dup2(
                os.open(folder / f"{name}{number}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream
            )
        os.chdir(folder)
        around = {
            "RANK": number,
            "WORLD_SIZE": size,
            "LOCAL_RANK": number,
            "LOCAL_WORLD_SIZE": size,
        }
        meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        own = {name: str(value) for name, value in around.items()} | meeting
        os.environ |= own if size > 1 else {}
        for name, value in rank["environment"].items():
            os.environ.pop(name, None)
            os.environ |= {} if value is None else {name: value}
        sys.argv = ["archspec", *rank["arguments"]]
        if rank["plays"]:
            _play(Path(rank["plays"]))
        from archspec.cli import main

        with few_and_mortal(rank["dies"]):
            main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


TELLS = """
import json, os, sys
folder, seed = sys.argv[1:]
open(f"{folder}/around{seed}", "w").write(json.dumps(dict(os.environ)))
sys.stdout.write(open(f"{folder}/events{seed}").read())
"""


def _play(folder: Path) -> None:
    from archspec.runtime.machine import workers

    def command(arguments: Sequence[str]) -> tuple[str, ...]:
        seed = arguments[arguments.index("--seed") + 1]
        return (sys.executable, "-c", TELLS, str(folder), seed)

    workers.archspec_command = command


def _wait(children: Sequence[int]) -> list[int]:
    """Return the exit codes of the children, none of which may take too long."""
    deadline, codes = time.monotonic() + LIMIT_SECONDS, dict[int, int]()
    while len(codes) < len(children):
        for child in children:
            if child in codes:
                continue
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                codes[child] = STUCK
                continue
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                codes[child] = os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    return [codes[child] for child in children]


def main() -> None:
    """Start ranks for each line of standard input, and tell their exit codes."""
    _digits()
    for line in sys.stdin:
        asked, port = json.loads(line), free_port()
        folder, ranks = Path(asked["folder"]), asked["ranks"]
        children = []
        for number, rank in enumerate(ranks):
            child = os.fork()
            if child == 0:
                _become(rank, number, len(ranks), port, folder)
            children.append(child)
        sys.stdout.write(json.dumps(_wait(children)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
