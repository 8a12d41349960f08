"""Going on with a run that stopped: the same spec and data, from its newest whole checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path

from archspec.analysis import Analysis, recipe_hash
from archspec.diagnostics import Diagnostic, EnvironmentFault, SpecError
from archspec.record import RunRecord
from archspec.runtime.data import Dataset
from archspec.runtime.machine.device import device_name
from archspec.runtime.machine.environment import versions
from archspec.runtime.train.checkpoint import Checkpoint, read_checkpoint
from archspec.runtime.train.folder import RunFolder
from archspec.runtime.train.trainer import Trainer

ANEW = "put the run's own file back, or train the spec anew"


def ensure_same_recipe(analysis: Analysis, record: RunRecord, path: Path) -> None:
    """Refuse a record whose texts do not give its own hash; SpecError (`other-recipe`)."""
    if recipe_hash(analysis) == record.hashes.recipe:
        return
    fact = f"the spec that {path} keeps is not the recipe of its run"
    help = "it was edited, or archspec reads it in another way now: train the spec anew"
    raise SpecError([Diagnostic("other-recipe", fact, None, help)])


def ensure_same_data(dataset: Dataset, record: RunRecord) -> None:
    """Refuse other images than the run began with; EnvironmentFault (`other-data`)."""
    if dataset.digest == record.dataset.digest:
        return
    fact = (
        f"{dataset.name} from {dataset.place} has the digest {dataset.digest}, "
        f"and the run began with {record.dataset.digest}"
    )
    help = "name the folder of the same images with --data-dir or ARCHSPEC_DATA"
    raise EnvironmentFault([Diagnostic("other-data", fact, None, help)])


def take_up(trainer: Trainer, folder: RunFolder, record: RunRecord) -> RunRecord:
    """Bring a fresh trainer to where the run stopped; return the record to carry it out with.

    A run that was killed before its first checkpoint stands at its first step. Nothing on the disk
    changes. Raises EnvironmentFault when last.pt is gone, SpecError when it, or best.pt, is
    truncated or foreign.
    """
    path, checkpoint = _newest(folder, record)
    if checkpoint is None:
        return record
    with _named(path):
        trainer.restore(checkpoint)
    there, known = checkpoint.epochs, record.epochs
    if there[: len(known)] != known:
        fact = f"{path} is not of this run: its {len(there)} epochs are not those of record.json"
        raise SpecError([Diagnostic("foreign-checkpoint", fact, None, ANEW)])
    notice = _moved(trainer, record)
    return replace(record, notices=(*record.notices, notice)) if notice else record


def _newest(folder: RunFolder, record: RunRecord) -> tuple[Path, Checkpoint | None]:
    """Return what the run goes on from: last.pt, or best.pt when a kill kept it from following."""
    if not folder.last.exists():
        if not record.epochs:
            return folder.last, None
        fact = f"there is no checkpoint {folder.last}"
        raise EnvironmentFault([Diagnostic("missing-checkpoint", fact, None, ANEW)])
    last = read_checkpoint(folder.last)
    if folder.best.exists():
        best = read_checkpoint(folder.best)
        if best.epoch > last.epoch:
            return folder.best, best
    return folder.last, last


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Tell which file it is that does not fit."""
    try:
        yield
    except SpecError as fault:
        raise SpecError(
            [
                replace(found, message=f"{path}: {found.message}", help=ANEW)
                for found in fault.diagnostics
            ]
        ) from None


def _moved(trainer: Trainer, record: RunRecord) -> str | None:
    """Return what computes the rest of the run in place of what began it; None when the same."""
    then, now = record.versions, versions(record.versions.archspec)
    moves = [
        f"{field.name} {getattr(now, field.name)} in place of {getattr(then, field.name)}"
        for field in fields(then)
        if getattr(now, field.name) != getattr(then, field.name)
    ]
    device = device_name(trainer.device)
    if device != record.device.name:
        moves.append(f"{device} in place of {record.device.name}")
    if not moves:
        return None
    return f"resumed after epoch {len(trainer.epochs)} with {', '.join(moves)}"
