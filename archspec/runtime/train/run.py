"""A training whose every epoch is written down.

After each epoch best.pt (when it is the best), last.pt, metrics.jsonl and record.json are written,
in this order: a kill in between leaves the record behind the checkpoint and never ahead of it, and
resuming from the newest checkpoint writes again whatever is missing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Literal

from archspec.diagnostics import ArchspecError, EnvironmentFault, describe
from archspec.record import (
    FORMAT,
    DatasetRecord,
    DeviceRecord,
    RunRecord,
    SourceText,
    SpecRecord,
    Status,
    append_metrics,
    best_of,
    rewrite_metrics,
    write_atomically,
    write_record,
)
from archspec.runtime.data import Dataset
from archspec.runtime.machine.device import device_name
from archspec.runtime.machine.environment import git_state, versions
from archspec.runtime.train.checkpoint import to_bytes
from archspec.runtime.train.folder import RunFolder
from archspec.runtime.train.plan import plan_of
from archspec.runtime.train.trainer import Trainer


def first_record(
    trainer: Trainer,
    dataset: Dataset,
    folder: RunFolder,
    *,
    version: str,
    overrides: Sequence[str] = (),
    replaces: str | None = None,
) -> RunRecord:
    """Return the record of a run that is about to start.

    version: archspec's own. overrides: the `--set` options. replaces: the dataset that the spec
    names, if this is another.
    """
    spec = trainer.analysis.spec
    data, _ = plan_of(spec)
    return RunRecord(
        format=FORMAT,
        run=folder.path.name,
        status="running",
        failure=None,
        spec=SpecRecord(
            name=spec.name,
            text=spec.sources[0].text,
            sources=tuple(SourceText(source.name, source.text) for source in spec.sources),
            overrides=tuple(overrides),
        ),
        hashes=trainer.hashes,
        dataset=DatasetRecord(
            name=dataset.name,
            digest=dataset.digest,
            counts=trainer.counts,
            validation=_validation(data.validation),
            generated=dataset.generated,
            replaces=replaces,
        ),
        seed=trainer.seed,
        threads=trainer.threads,
        device=DeviceRecord(trainer.device.type, device_name(trainer.device)),
        versions=versions(version),
        git=git_state(spec.path.parent if spec.path else Path()),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        params=trainer.proof.params,
        proven=trainer.proof,
        epochs=trainer.epochs,
        best_epoch=trainer.best_epoch,
        notices=(*dataset.notes, *trainer.notices),
        settings=trainer.settings,
    )


def carry_out(trainer: Trainer, folder: RunFolder, record: RunRecord) -> RunRecord:
    """Train to the end, writing each epoch down, and return the finished record.

    record: from `first_record`, or that of a run which `trainer` was restored to. The caller holds
    the folder's lock (`machine.lock.hold`). Whatever stops the training is raised again
    after the record says `interrupted` (Ctrl-C) or `failed` and why; checkpoints of earlier epochs
    stay.
    """
    before, started = record.seconds, perf_counter()
    saved = trainer.epochs  # what last.pt holds: a record never tells of epochs that are lost

    def now(status: Status, failure: str | None = None) -> RunRecord:
        return replace(
            record,
            status=status,
            failure=failure,
            seconds=before + perf_counter() - started,
            epochs=saved,
            best_epoch=best_of(saved, trainer.monitored),
        )

    try:
        if not saved:
            # First of all: whenever the process is killed from now on, the run can be resumed.
            write_record(now("running"), folder.record)
        content = to_bytes(trainer.checkpoint())
        if saved and trainer.best_epoch == len(saved):
            write_atomically(folder.best, content)
        write_atomically(folder.last, content)
        rewrite_metrics(folder.metrics, saved)
        write_record(now("running"), folder.record)
        for epoch in trainer.run():
            is_best = trainer.best_epoch == epoch.epoch
            content = to_bytes(trainer.checkpoint())
            if is_best:
                write_atomically(folder.best, content)
            write_atomically(folder.last, content)
            saved = trainer.epochs
            append_metrics(folder.metrics, epoch)
            write_record(now("running"), folder.record)
            for listener in trainer.listeners:
                listener.on_epoch(epoch, is_best)
        finished = now("finished")
        write_record(finished, folder.record)
        return finished
    except KeyboardInterrupt:
        _write_end(now("interrupted"), folder)
        raise
    except ArchspecError as fault:
        _write_end(now("failed", describe(fault.diagnostics[0])), folder)
        raise
    except Exception as fault:  # a defect of ours; the record must not say `running` for ever
        _write_end(now("failed", f"{type(fault).__name__}: {fault}"), folder)
        raise


def _write_end(record: RunRecord, folder: RunFolder) -> None:
    """Write how a run ended early; what ended it, such as a full disk, may prevent even that."""
    with contextlib.suppress(EnvironmentFault):
        rewrite_metrics(folder.metrics, record.epochs)
        write_record(record, folder.record)


def _validation(value: str | int | float) -> Literal["test"] | int | float:
    if isinstance(value, str):
        assert value == "test", value
        return "test"
    return value
