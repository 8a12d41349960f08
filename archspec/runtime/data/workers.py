"""Pictures read ahead by the worker processes of a torch DataLoader, in the order asked for."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import signal
import threading
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, final

import torch
from torch.utils.data import DataLoader, get_worker_info
from torch.utils.data import Dataset as TorchDataset
from torch.utils.data._utils import signal_handling

from archspec.diagnostics import ArchspecError, EnvironmentFault
from archspec.runtime.data.faults import data_fault, reason_of
from archspec.runtime.data.limits import WORKERS, ahead_limit
from archspec.runtime.data.reader import PictureReader
from archspec.runtime.place import nowhere

CHUNK = 256
CHUNK_BYTES = 2**22
"""What a worker reads at a time: so many pictures, or as many as have so many bytes. A batch is put
together out of several workers' chunks, so that its first pictures do not wait for its last."""

AHEAD = 256
"""Chunks that lie ready at most; each of them keeps a file open."""

LOST = re.compile(r"DataLoader worker \(pid")


@final
class Workers:
    """Worker processes for one folder, started when pictures are first asked for."""

    def __init__(self, reader: PictureReader) -> None:
        self.reader = reader
        self._asked: list[list[int]] = []
        self._passes = 0
        self._chunks: Any = None
        self._loader: DataLoader[Any] | None = None
        self._processes: list[Any] = []
        self._watch = torch.zeros(0, 2, dtype=torch.int64)

    def read(self, numbers: Sequence[int], count: int) -> Iterator[torch.Tensor]:
        """Give the pictures with these numbers in their order, in blocks of uint8 [N, C, H, W].

        count: worker processes, 0 for none. A second call ends the first. Raises as a
        PictureReader does, and EnvironmentFault when a worker is lost (`lost-worker`) or none
        can be started.
        """
        size, ahead = self._sizes(count)
        asked = [list(numbers[start : start + size]) for start in range(0, len(numbers), size)]
        if not count:
            yield from map(self._here, asked)
            return
        self._asked[:] = asked
        self._passes += 1
        this_pass = self._passes
        self._start(count, ahead)
        for chunk in asked:
            assert self._passes == this_pass, "the workers read for somebody else now"
            images = self._next()
            # What went wrong there goes wrong here, with its place; or it was a passing trouble.
            yield self._here(chunk) if images is None else images

    def close(self) -> None:
        """End the workers, wherever they are; may be called twice."""
        chunks, self._chunks, self._loader = self._chunks, None, None
        self._processes.clear()
        if chunks is not None:
            # Dropping it would do, but a traceback may hold it for as long as somebody looks.
            chunks._shutdown_workers()

    def _sizes(self, count: int) -> tuple[int, int]:
        """Return the pictures in a chunk, and how many chunks a worker may be ahead."""
        one, count = max(1, self.reader.bytes_of_one()), max(1, count)
        room = ahead_limit()
        size = max(1, min(CHUNK, CHUNK_BYTES // one, room // (2 * count * one)))
        return size, max(2, min(room // (count * size * one), AHEAD // count))

    def _here(self, chunk: Sequence[int]) -> torch.Tensor:
        return torch.stack([self.reader(number) for number in chunk])

    def _next(self) -> torch.Tensor | None:
        with self._loss_told():
            images: torch.Tensor | None = next(self._chunks)
        return images

    @contextlib.contextmanager
    def _loss_told(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            if not LOST.search(str(error)):
                raise
            fault = self._lost()
            self.close()
            raise fault from None

    def _start(self, count: int, ahead: int) -> None:
        """Set the workers to what is asked for; start them if there are none."""
        if self._loader is not None:
            with self._loss_told():
                iter(self._loader)
            return
        self._watch = torch.full((count, 2), -1, dtype=torch.int64)
        self._watch.share_memory_()  # type: ignore[no-untyped-call]
        # Faults are raised in this process: the spec, with their places, need not travel.
        placeless = replace(self.reader, prepare=replace(self.reader.prepare, place=nowhere))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what torch says of more workers than cores
            self._loader = DataLoader(
                _Chunks(placeless, self._watch),
                batch_size=None,
                sampler=_Asked(self._asked),
                num_workers=count,
                collate_fn=_as_it_is,
                worker_init_fn=_Begin(self._watch),
                prefetch_factor=ahead,
                persistent_workers=True,
                generator=torch.Generator(),  # else it would draw from that of the training
            )
        there = set(multiprocessing.active_children())
        try:
            with _ctrl_c_waits(), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the same, and Python of forking beside threads
                self._chunks = iter(self._loader)
        except OSError as error:
            self.close()
            help = f"set {WORKERS} to fewer, or to 0"
            message = f"cannot start {count} workers that read pictures: {reason_of(error)}"
            raise data_fault("no-worker", message, help) from None
        self._processes = [p for p in multiprocessing.active_children() if p not in there]
        # torch would raise in whatever the process is at when a worker dies, such as the writing of
        # a checkpoint; asked for the next pictures, it finds out too.
        forget: Any = signal_handling
        forget._remove_worker_pids(id(self._chunks))
        self._chunks._worker_pids_set = False

    def _lost(self) -> EnvironmentFault:
        code, place = self._end_of_lost()
        name = f" while it read {self.reader.files[place]}" if place >= 0 else ""
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else "ended"
        cure = f"set {WORKERS} to fewer"
        help = f"memory may have run out: {cure}; `archspec train --resume RUN` goes on"
        if code == -getattr(signal, "SIGBUS", 0):
            help = f"shared memory ran out: give a container more with `--shm-size=8g`, or {cure}"
        return data_fault("lost-worker", f"a worker that reads pictures was {how}{name}", help)

    def _end_of_lost(self) -> tuple[int, int]:
        """Return the exit code of a worker that is gone, and the file it was at, -1 for none."""
        at = {int(pid): int(number) for pid, number in self._watch.tolist()}
        for process in self._processes:
            if process.exitcode is not None:
                return process.exitcode, at.get(process.pid, -1)
        return 0, -1


class _Asked:
    """The chunks to read, in their order; the list is filled anew for each pass."""

    def __init__(self, asked: list[list[int]]) -> None:
        self.asked = asked

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self.asked)

    def __len__(self) -> int:
        return len(self.asked)


class _Chunks(TorchDataset[Any]):
    """What a worker reads; it says in `watch` where it is, so that a dead one can be asked."""

    def __init__(self, reader: PictureReader, watch: torch.Tensor) -> None:
        self.reader, self.watch = reader, watch

    def __getitem__(self, chunk: list[int]) -> torch.Tensor | None:
        info = get_worker_info()
        assert info is not None, "read in a worker"
        images = torch.empty(len(chunk), *self.reader.shape, dtype=torch.uint8)
        try:
            for index, number in enumerate(chunk):
                self.watch[info.id, 1] = number
                images[index] = self.reader(number)
        except (ArchspecError, MemoryError):
            return None
        self.watch[info.id, 1] = -1
        return images


class _Begin:
    """What a worker does first."""

    def __init__(self, watch: torch.Tensor) -> None:
        self.watch = watch

    def __call__(self, number: int) -> None:
        # A terminal sends Ctrl-C to all of them; the process that began them ends them.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        warnings.simplefilter("ignore")
        self.watch[number, 0] = os.getpid()


def _as_it_is(images: Any) -> Any:
    return images


@contextlib.contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Keep Ctrl-C until the workers are there: one that is being made would print a traceback."""
    if not hasattr(signal, "pthread_sigmask") or (
        threading.current_thread() is not threading.main_thread()
    ):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
