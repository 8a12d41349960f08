"""Commands as child processes, so many at once, none of which outlives this process.

A worker's standard input is a pipe that says nothing. When it ends, because this process closes it
or dies, the worker stops by itself: see `stop_with_parent`.
"""

from __future__ import annotations

import _thread
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread, main_thread
from time import monotonic

from archspec.diagnostics import Diagnostic, EnvironmentFault

PATIENCE = 30.0
"""Seconds that a worker has to write its end down; a batch of a large network may take some."""

HEARTBEAT = 0.1
"""Seconds between two looks at who has ended."""

RANK_VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "GROUP_RANK", "ROLE_RANK")
"""What makes a process one of several that torchrun started."""

START = "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); from archspec.cli import main"

Heard = Callable[[int, str], None]
"""Called with a worker's number and a line that it printed."""

Gone = Callable[[int], None]
"""Called with the number of a worker that has ended."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a worker ended. code: its exit code, or minus the signal that killed it.

    errors: all that it wrote to standard error.
    """

    code: int
    errors: str

    @property
    def signal_name(self) -> str | None:
        """Name of the signal that killed it, such as SIGKILL; None when it ended by itself."""
        if self.code >= 0:
            return None
        try:
            return signal.Signals(-self.code).name
        except ValueError:
            return f"signal {-self.code}"

    def first_line(self, silent: str = "ended without a word") -> str:
        """Return the first line that it wrote to standard error, or `silent` where it did not."""
        lines = (line.strip() for line in self.errors.splitlines())
        return next((line for line in lines if line), silent)


def archspec_command(arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the command of `archspec` with these arguments: this Python, these packages."""
    return (sys.executable, "-P", "-c", f"{START}; main()", json.dumps(sys.path), *arguments)


def run_workers(
    commands: Mapping[int, Sequence[str]], at_once: int, heard: Heard, gone: Gone
) -> tuple[dict[int, Ended], bool]:
    """Run the commands in their order; return how each ended, and whether Ctrl-C stopped them.

    The first one goes ahead alone until its first line, so that what they share is prepared once;
    when it ends by itself without a word and with a fault, the others are not started. Ctrl-C asks
    the workers to stop, a second one kills them. A worker that was not started is not in the
    result. Raises EnvironmentFault (`no-worker`) when the system starts no more processes.
    """
    waiting, running, ended = dict(commands), dict[int, _Worker](), dict[int, Ended]()
    lines: Queue[tuple[int, str]] = Queue()
    deadline = float("inf")
    is_first, is_stopped = True, False
    try:
        while running or (waiting and not is_stopped):
            try:
                limit = 1 if is_first else at_once
                while waiting and len(running) < limit and not is_stopped:
                    number = next(iter(waiting))
                    running[number] = _Worker(number, waiting.pop(number), lines)
                with contextlib.suppress(Empty):
                    heard(*lines.get(timeout=HEARTBEAT))
                    is_first = False
                for number in [n for n, w in running.items() if w.is_over and lines.empty()]:
                    ended[number] = running[number].ended()
                    if is_first and ended[number].code > 0:
                        waiting.clear()
                    is_first = False
                    del running[number]
                    gone(number)
                if monotonic() > deadline:
                    _kill(running)
            except KeyboardInterrupt:
                if is_stopped:
                    _kill(running)
                is_stopped, deadline = True, monotonic() + PATIENCE
                for worker in running.values():
                    worker.stop()
    finally:  # whatever else went wrong here, nobody is left behind
        for worker in running.values():
            worker.stop()
        for worker in running.values():
            worker.wait_or_kill()
    return ended, is_stopped


def _kill(running: Mapping[int, _Worker]) -> None:
    for worker in running.values():
        worker.process.kill()


def _environment() -> dict[str, str]:
    """Return what a worker finds around it: a process of its own, on its parent's GPU."""
    kept = {name: value for name, value in os.environ.items() if name not in RANK_VARIABLES}
    rank = os.environ.get("LOCAL_RANK")
    if rank is not None and (gpu := _gpu_of(int(rank))) is not None:
        kept["CUDA_VISIBLE_DEVICES"] = gpu
    return kept | {"PYTHONIOENCODING": "utf-8"}


def _gpu_of(local_rank: int) -> str | None:
    """Return the name of the GPU for the workers of a rank; ranks take turns where GPUs lack."""
    import torch

    count = torch.cuda.device_count()
    if not count:
        return None
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",") if visible else [str(index) for index in range(count)]
    return names[local_rank % count].strip()


def stop_with_parent() -> None:
    """Let Ctrl-C strike this process when its standard input ends; called by the worker."""
    # A shell that starts programs in the background makes them ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        if sys.platform == "win32":
            _thread.interrupt_main()
        else:  # a real signal wakes the main thread from waiting, too
            ident = main_thread().ident
            assert ident is not None
            signal.pthread_kill(ident, signal.SIGINT)

    Thread(target=watch, daemon=True).start()


class _Worker:
    """A running command, whose lines go to a queue; `is_over` when all of them have gone there."""

    def __init__(self, number: int, command: Sequence[str], lines: Queue[tuple[int, str]]) -> None:
        self.errors, self.is_over = "", False
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                env=_environment(),
                start_new_session=True,  # the terminal's Ctrl-C comes to the parent alone
            )
        except OSError as fault:
            fact = f"cannot start a worker: {(fault.strerror or str(fault)).lower()}"
            help = "let fewer seeds train at once, with --jobs"
            raise EnvironmentFault([Diagnostic("no-worker", fact, None, help)]) from None
        listening = Thread(target=self._listen, daemon=True)
        listening.start()
        Thread(target=self._tell, args=(number, lines, listening), daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr:
            self.errors = self.process.stderr.read()

    def _tell(self, number: int, lines: Queue[tuple[int, str]], listening: Thread) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                lines.put((number, line))
        listening.join()
        self.process.wait()
        self.is_over = True

    def ended(self) -> Ended:
        """Return how it ended."""
        self.stop()
        return Ended(self.process.wait(), self.errors)

    def stop(self) -> None:
        """Ask it to stop, by ending its standard input; may be called twice."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def wait_or_kill(self) -> None:
        """Wait until it has stopped; kill it when it does not."""
        try:
            self.process.wait(PATIENCE)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self.process.kill()
            self.process.wait()
