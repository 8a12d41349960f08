"""`archspec train --profile`: a table of where a step's time went, and a trace file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.commands.telling import tell
from archspec.record.listener import Listener

if TYPE_CHECKING:
    from archspec.record import EpochRecord, RunRecord
    from archspec.runtime.train.profile import StepProfile, StepProfiler

TRACE = "trace.json"


class Profiled(Listener):
    """Watches the first steps and prints what they say.

    `phases` is for the trainer. The table comes with the first epoch's line, or at the end.
    """

    def __init__(self) -> None:
        from archspec.runtime.machine.threads import wait_passively

        wait_passively()  # torch comes in with the import below
        os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # torch's profiler says what it does
        from archspec.runtime.train.profile import StepProfiler

        self.folder: Path | None = None
        self.profiler: StepProfiler | None = StepProfiler()
        self.phases = self.profiler.phases

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Remember where the trace goes."""
        self.folder = folder

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        """Count the step, once it is shown."""
        if self.profiler and not self.profiler.is_done:
            self.profiler.end_step(is_last=step == steps)

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Print what was seen under the first epoch in which all of it was."""
        if self.profiler and self.profiler.is_done:
            self._tell()

    def on_end(self, fault: BaseException | None) -> None:
        """Print what was seen of a training that was too short; a fault has the last word."""
        if fault is None or isinstance(fault, KeyboardInterrupt):
            self._tell()
        elif self.profiler:
            self.profiler.stop()

    def _tell(self) -> None:
        profiler, self.profiler = self.profiler, None
        if profiler is None:
            return
        profiler.stop()
        found = profiler.result()
        if found is None:
            tell("profile: the training ended before a step could be timed\n", to_errors=True)
            return
        tell(profile_text(found))
        path = self.folder / TRACE if self.folder else None
        if path is not None and profiler.write_trace(path):
            tell(f"trace: {path}, for chrome://tracing or ui.perfetto.dev\n")


def profile_text(found: StepProfile) -> str:
    """Return the table of phases and of the largest operations."""
    outside = f"{100 * found.outside_model:.1f} % of it outside the network"
    step = f"a step takes {_ms(found.step_seconds)} ms, by the middle half of {found.timed}"
    lines = [f"profile: {step}; {outside}", f"  {'phase':<34}{'ms':>9}{'share':>9}"]
    for phase in found.phases:
        share = phase.seconds / found.step_seconds
        lines.append(f"  {phase.name:<34}{_ms(phase.seconds):>9}{100 * share:>7.1f} %")
    if found.operations:
        lines.append(f"  {'operation, as the profiler sees it':<34}{'ms':>9}{'calls':>9}")
    lines += [
        f"  {one.name[:33]:<34}{_ms(one.seconds):>9}{one.calls:>9.1f}" for one in found.operations
    ]
    return "\n".join(lines) + "\n"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.2f}"
