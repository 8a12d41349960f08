"""How long a network takes for a batch: the median of many passes, and how far they spread."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter

import torch

from archspec.analysis import Analysis
from archspec.diagnostics import EnvironmentFault
from archspec.runtime.machine.device import memory_faults

WARM_UP_SECONDS = 0.2
"""Before the first measured pass of a batch size: caches fill, clocks rise, kernels are chosen."""

WARM_UP_PASSES = 3
MEASURED_SECONDS = 1.0
FEWEST_PASSES, MOST_PASSES = 20, 1000


@dataclass(frozen=True, slots=True)
class Latency:
    """Passes of one batch size, in seconds; low and high bound the middle 80 %."""

    batch_size: int
    passes: int
    median: float
    low: float
    high: float

    @property
    def images_per_second(self) -> float:
        """Images that the median pass does in a second."""
        return self.batch_size / self.median


@dataclass(frozen=True, slots=True)
class NoRoom:
    """A batch size that does not fit into the memory of the device."""

    batch_size: int


def measure_latency(
    analysis: Analysis, module: torch.nn.Module, batch_sizes: Sequence[int]
) -> Iterator[Latency | NoRoom]:
    """Time passes of a network, in evaluation mode, where its tensors lie; one value a batch size.

    A batch is on the device already: copying and preparing images is not in the figures. The
    module is left in the mode it was in.
    """
    device = next((p.device for p in module.parameters()), torch.device("cpu"))
    was_training = module.training
    module.eval()
    try:
        for batch_size in batch_sizes:
            try:
                with memory_faults(batch_size):
                    yield _measured(analysis, module, device, batch_size)
            except EnvironmentFault:
                yield NoRoom(batch_size)
    finally:
        module.train(was_training)


def _measured(
    analysis: Analysis, module: torch.nn.Module, device: torch.device, batch_size: int
) -> Latency:
    generator = torch.Generator().manual_seed(0)
    batch = torch.randn((batch_size, *analysis.spec.input), generator=generator).to(device)
    wait = _waiting_for(device)

    def timed() -> float:
        started = perf_counter()
        with torch.inference_mode():
            module(batch)
        wait()
        return perf_counter() - started

    wait()
    _repeat(timed, WARM_UP_PASSES, MOST_PASSES, WARM_UP_SECONDS)
    seconds = _repeat(timed, FEWEST_PASSES, MOST_PASSES, MEASURED_SECONDS)
    tenths = quantiles(seconds, n=10)
    return Latency(batch_size, len(seconds), median(seconds), tenths[0], tenths[-1])


def _repeat(timed: Callable[[], float], fewest: int, most: int, budget: float) -> list[float]:
    """Repeat for so many seconds, but so often at least, and at most."""
    seconds: list[float] = []
    started = perf_counter()
    while len(seconds) < fewest or (len(seconds) < most and perf_counter() - started < budget):
        seconds.append(timed())
    return seconds


def _waiting_for(device: torch.device) -> Callable[[], None]:
    """Return what waits until the device has done all that it was given."""
    if device.type == "cuda":
        return lambda: torch.cuda.synchronize(device)
    if device.type == "mps":
        return torch.mps.synchronize
    return lambda: None


def machine_load() -> float | None:
    """Return how many programs wanted a core in the last minute, on average; None on Windows."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def use_threads(count: int) -> int:
    """Let torch compute on so many CPU threads in this process; return how many it uses."""
    torch.set_num_threads(count)
    return torch.get_num_threads()
