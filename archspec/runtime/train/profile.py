"""Where the time of a training step goes: phases by the clock, operations by torch's profiler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Literal

import torch
from torch.profiler import ProfilerActivity, profile, record_function

from archspec.record import cannot_write
from archspec.runtime.train.at_once import PREPARED_BATCHES
from archspec.runtime.train.phases import IMAGES, PHASES

SKIPPED = 10
"""Steps before the first that is timed: memory, caches and kernels are being prepared."""

TIMED = 30
TRACED = 10
MOST_OPERATIONS = 12

HEADROOM = 2**26
"""Scalars of memory (256 MiB) that are touched before tracing. The profiler's notes take what lies
next in the heap; the operations behind them would be charged for pages that are new only therefore.
"""


@dataclass(frozen=True, slots=True)
class PhaseTime:
    """A part of a step. seconds: the mean over the steps that count."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class OperationTime:
    """An operation of torch. seconds: in itself, without what it calls, a step. calls: a step."""

    name: str
    seconds: float
    calls: float


@dataclass(frozen=True, slots=True)
class StepProfile:
    """What a step is made of.

    phases: means over the middle half of the timed steps, ordered by their time without `images`;
    `timed` is how many there were. `images` is the mean over all of them, which are whole groups of
    batches that were prepared at once. `other` is what passes between the phases, and step_seconds
    their sum.
    operations: the largest ones, from steps of their own, which the profiler slows down; their
    times compare with each other, and not with the clock.
    """

    timed: int
    step_seconds: float
    phases: tuple[PhaseTime, ...]
    operations: tuple[OperationTime, ...]

    @property
    def outside_model(self) -> float:
        """The share of a step outside the network, its loss and its gradients, 0 to 1."""
        model = {"forward", "loss", "backward"}
        inside = sum(phase.seconds for phase in self.phases if phase.name in model)
        return 1 - inside / self.step_seconds if self.step_seconds else 0.0


class StepProfiler:
    """Watches the first steps of a training: some by the clock, some by torch's profiler.

    `phases` goes around the parts of each step, `end_step` is called behind it; then nothing more
    is watched and `is_done`. What passes between two epochs is no part of a step. On a GPU every
    phase is waited for, so that its time is its own.
    """

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._steps, self._steps_in_epoch = 0, 0
        self._stage: Literal["skipping", "timing", "tracing", "done"] = "skipping"
        self._parts: dict[str, float] = {}
        self._timed: list[tuple[float, dict[str, float]]] = []
        self._begun: float | None = None
        self._waits = torch.cuda.is_available()
        self._tracing: profile | None = None
        self._traced: profile | None = None
        self._steps_traced = 0

    @property
    def is_done(self) -> bool:
        """Whether all the steps that are watched have been."""
        return self._stage == "done"

    def phases(self, name: str) -> AbstractContextManager[object]:
        """Return what runs around a part of a step."""
        if self._stage == "timing":
            return self._clock(name)
        if self._stage != "tracing":
            return nullcontext()
        if self._tracing is None:
            activities = [ProfilerActivity.CPU]
            activities += [ProfilerActivity.CUDA] if self._waits else []
            torch.zeros(HEADROOM)
            tracing = profile(activities=activities)
            tracing.start()
            self._tracing = tracing
        return record_function(name)

    def end_step(self, *, is_last: bool = False) -> None:
        """Hear that a step has ended. is_last: of its epoch."""
        now = perf_counter()
        if self._stage == "timing" and self._begun is not None:
            self._timed.append((now - self._begun, dict(self._parts)))
        self._parts.clear()
        self._steps += 1
        self._steps_in_epoch += 1
        self._steps_traced += self._tracing is not None
        # Only between two groups of batches, so that each has its part of what was done for both.
        if is_last or self._steps_in_epoch % PREPARED_BATCHES[0] == 0:
            self._go_on(is_last)
        if is_last:
            self._steps_in_epoch = 0
        self._begun = None if is_last else perf_counter()

    def _go_on(self, is_last: bool) -> None:
        """Begin the next stage, if it is time. is_last: evaluating follows, which is no step."""
        if self._stage == "skipping" and self._steps >= SKIPPED:
            self._stage = "timing"
        elif self._stage == "timing" and len(self._timed) >= TIMED:
            self._stage = "tracing"
        elif self._tracing and (is_last or self._steps_traced >= TRACED):
            self.stop()

    def stop(self) -> None:
        """End the tracing, early when the training ended; may be called twice."""
        if self._tracing is not None:
            self._stage = "done"
            self._tracing.stop()
            self._tracing, self._traced = None, self._tracing

    def result(self) -> StepProfile | None:
        """Return what was seen; None when too few steps ran to time one."""
        if not self._timed:
            return None
        without = [(seconds - parts.get(IMAGES, 0.0), parts) for seconds, parts in self._timed]
        without.sort(key=lambda step: step[0])
        outside = len(without) // 4
        counting = without[outside : len(without) - outside]
        means = {name: mean(parts.get(name, 0.0) for _, parts in counting) for name in PHASES}
        means["other"] = mean(seconds for seconds, _ in counting) - sum(
            each for name, each in means.items() if name != IMAGES
        )
        means[IMAGES] = mean(parts.get(IMAGES, 0.0) for _, parts in self._timed)
        return StepProfile(
            timed=len(self._timed),
            step_seconds=sum(means.values()),
            phases=tuple(PhaseTime(name, seconds) for name, seconds in means.items()),
            operations=self._operations(),
        )

    def write_trace(self, path: Path) -> bool:
        """Write the traced steps for chrome://tracing or Perfetto; False when none were traced.

        Raises EnvironmentFault when the file cannot be written.
        """
        if not self._steps_traced or self._traced is None:
            return False
        try:
            self._traced.export_chrome_trace(str(path))
        except (OSError, RuntimeError) as fault:
            problem = fault if isinstance(fault, OSError) else OSError(str(fault))
            raise cannot_write(path, problem) from None
        return True

    @contextmanager
    def _clock(self, name: str) -> Iterator[None]:
        started = perf_counter()
        if self._begun is None:
            self._begun = started
        yield
        if self._waits:
            torch.cuda.synchronize()
        self._parts[name] = self._parts.get(name, 0.0) + perf_counter() - started

    def _operations(self) -> tuple[OperationTime, ...]:
        if not self._steps_traced or self._traced is None:
            return ()
        found = []
        for event in self._traced.key_averages():
            if event.key in PHASES or event.key.startswith("ProfilerStep"):
                continue
            own = event.self_device_time_total if self._waits else event.self_cpu_time_total
            steps = self._steps_traced
            found.append(OperationTime(event.key, own / 1e6 / steps, event.count / steps))
        found.sort(key=lambda operation: -operation.seconds)
        return tuple(found[:MOST_OPERATIONS])
