"""Several trainings on disk: each seed's run is written down as `carry_out` writes a single one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import perf_counter

from archspec.diagnostics import ArchspecError, EnvironmentFault, describe
from archspec.record import (
    EpochRecord,
    RunRecord,
    Status,
    append_metrics,
    best_of,
    rewrite_metrics,
    write_atomically,
    write_record,
)
from archspec.runtime.side_by_side.group import Group
from archspec.runtime.train.checkpoint import to_bytes
from archspec.runtime.train.run import RunFolder
from archspec.runtime.train.trainer import Trainer

WRITERS = 8
"""Runs that are written at once, after each epoch."""

Ended = Callable[[Trainer, EpochRecord, bool], None]
"""Hears a member's epoch, after it was written down, and whether it is the best so far."""


class Journal:
    """The files of one member's run, written in the order that `train.run` explains."""

    def __init__(self, member: Trainer, folder: RunFolder, record: RunRecord) -> None:
        """Begin with a member at its first step, and its record from `first_record`."""
        self.member, self.folder, self.record = member, folder, record
        self.saved: tuple[EpochRecord, ...] = ()
        """What last.pt holds: a record never tells of epochs that are lost."""
        self.is_open = True
        self._started = perf_counter()

    def begin(self) -> None:
        """Write the untrained network."""
        write_record(self._now("running"), self.folder.record)
        write_atomically(self.folder.last, to_bytes(self.member.checkpoint()))
        rewrite_metrics(self.folder.metrics, ())

    def add(self, epoch: EpochRecord, content: bytes) -> bool:
        """Write an epoch that the member has just ended; return whether it is the best.

        content: its checkpoint, as bytes.
        """
        is_best = self.member.best_epoch == epoch.epoch
        if is_best:
            write_atomically(self.folder.best, content)
        write_atomically(self.folder.last, content)
        self.saved = self.member.epochs
        append_metrics(self.folder.metrics, epoch)
        write_record(self._now("running"), self.folder.record)
        return is_best

    def finish(self) -> RunRecord:
        """Write that the run is finished, and return its record."""
        finished = self._now("finished")
        write_record(finished, self.folder.record)
        self.is_open = False
        return finished

    def stop(self, status: Status, failure: str | None = None) -> None:
        """Write how the run ended early; what ended it, such as a full disk, may prevent that."""
        self.is_open = False
        with contextlib.suppress(EnvironmentFault):
            rewrite_metrics(self.folder.metrics, self.saved)
            write_record(self._now(status, failure), self.folder.record)

    def _now(self, status: Status, failure: str | None = None) -> RunRecord:
        return replace(
            self.record,
            status=status,
            failure=failure,
            seconds=perf_counter() - self._started,
            epochs=self.saved,
            best_epoch=best_of(self.saved, self.member.monitored),
        )


def carry_out_together(
    group: Group,
    begun: Sequence[tuple[RunFolder, RunRecord]],
    heard: Ended,
) -> tuple[dict[int, RunRecord], Mapping[int, ArchspecError]]:
    """Train a group to the end, writing each epoch of each member down.

    begun: folder and first record of each member, in their order; the caller holds the folders'
    locks. Returns by seed the finished records, and why the other members were lost. Whatever stops
    them all is raised again after their records say `interrupted` (Ctrl-C) or `failed` and why.
    """
    given = zip(group.members, begun, strict=True)
    journals = {member.seed: Journal(member, *files) for member, files in given}
    lost: dict[int, ArchspecError] = {}

    def stop_all(status: Status, failure: str | None = None) -> None:
        for journal in journals.values():
            if journal.is_open:
                journal.stop(status, failure)

    try:
        # What takes time is the disk, and it takes little more for several files at once. The end
        # of the block waits for what is being written.
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(Journal.begin, journals.values()))
            for outcomes in group.run():
                ended = []
                for outcome in outcomes:
                    journal = journals[outcome.member.seed]
                    if outcome.fault is not None:
                        lost[outcome.member.seed] = outcome.fault
                        journal.stop("failed", describe(outcome.fault.diagnostics[0]))
                    elif outcome.record is not None:
                        content = to_bytes(journal.member.checkpoint())
                        ended.append((journal, outcome.record, content))
                best = list(pool.map(lambda each: each[0].add(*each[1:]), ended))
                for (journal, record, _), is_best in zip(ended, best, strict=True):
                    heard(journal.member, record, is_best)
        return {seed: one.finish() for seed, one in journals.items() if one.is_open}, lost
    except KeyboardInterrupt:
        stop_all("interrupted")
        raise
    except ArchspecError as fault:
        stop_all("failed", describe(fault.diagnostics[0]))
        raise
    except Exception as fault:  # a defect of ours; no record must say `running` for ever
        stop_all("failed", f"{type(fault).__name__}: {fault}")
        raise
