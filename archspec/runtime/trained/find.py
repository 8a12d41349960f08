"""A run that has weights: its record, its network, and the checkpoint that is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.analysis import Analysis, recipe_hash
from archspec.diagnostics import Diagnostic, EnvironmentFault, SpecError, UsageError
from archspec.network import network_of
from archspec.record import RunRecord, cannot_read, read_record
from archspec.record.store import RECORD

if TYPE_CHECKING:
    import torch

    from archspec.runtime.train.checkpoint import Checkpoint

OWN = ("best", "last")
"""The checkpoints that a run writes, as `--checkpoint` names them."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A run and one of its checkpoints.

    path: of the record. is_own: the checkpoint is one that the run itself wrote.
    """

    path: Path
    record: RunRecord
    analysis: Analysis
    checkpoint: Path
    is_own: bool


def find_trained(run: Path, checkpoint: str) -> Trained:
    """Return a run with the checkpoint that is asked for; nothing of it is read but the record.

    run: a run's folder, or a record, kept or not. checkpoint: `best`, `last`, or a path. Raises
    UsageError (`missing-run`) when there is no run, SpecError when its record is missing or
    unsound, EnvironmentFault (`missing-checkpoint`) when it has no such weights.
    """
    path = _record_path(run)
    record = read_record(path)
    analysis = network_of(record, path)
    is_own = checkpoint in OWN
    found = path.with_name(f"{checkpoint}.pt") if is_own else Path(checkpoint)
    is_kept = is_own and path.name != RECORD
    if is_kept or not _is_file(found):
        raise _missing(found, run, record, is_own=is_own, is_kept=is_kept)
    return Trained(path, record, analysis, found, is_own)


def load_network(trained: Trained) -> tuple[torch.nn.Module, int, tuple[str, ...]]:
    """Return the network on the CPU, after how many epochs it is, and what one should know of it.

    Raises as `read_checkpoint` and `trained_network` do; SpecError (`foreign-checkpoint`) when
    best.pt or last.pt is of another run.
    """
    from archspec.runtime.train.checkpoint import read_checkpoint
    from archspec.runtime.trained.evaluate import trained_network

    checkpoint, record = read_checkpoint(trained.checkpoint), trained.record
    try:
        module, epoch = trained_network(trained.analysis, trained.checkpoint)
    except SpecError as fault:
        help = f"give a checkpoint of the run {record.run}, or name the run that this one is of"
        found = fault.diagnostics
        raise SpecError(replace(d, help=help) if d.span else d for d in found) from None
    notes = []
    if not _is_of_run(checkpoint, record):
        fact = f"{trained.checkpoint} is not of the run {record.run}: its epochs are others"
        if trained.is_own:
            help = "put the run's own file back, or name this one with --checkpoint"
            raise SpecError([Diagnostic("foreign-checkpoint", fact, None, help)])
        notes.append(fact)
    if recipe_hash(trained.analysis) != record.hashes.recipe:
        notes.append("the texts of the record do not give the recipe that the record names")
    if not epoch:
        notes.append("the network is untrained: no epoch has ended")
    elif record.status != "finished":
        notes.append(f"the run is {record.status} after epoch {len(record.epochs)}")
    return module, epoch, tuple(notes)


def no_numbers(trained: Trained) -> SpecError:
    """Return the fault (`bad-checkpoint`) of weights whose scores are not finite."""
    fact = f"{trained.checkpoint} holds weights that give no numbers"
    return SpecError([Diagnostic("bad-checkpoint", fact, None, "train the network anew")])


def _is_of_run(checkpoint: Checkpoint, record: RunRecord) -> bool:
    common = min(len(checkpoint.epochs), len(record.epochs))
    same_seed = checkpoint.seed == record.seed
    return same_seed and checkpoint.epochs[:common] == record.epochs[:common]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as fault:  # in a folder that may not be entered, or with too long a name
        raise cannot_read(path, fault) from None


def _record_path(run: Path) -> Path:
    if not _is_file(run) and not run.is_dir():
        fact, help = f"there is no run {run}", "`archspec runs` lists the runs"
        raise UsageError([Diagnostic("missing-run", fact, None, help)])
    if run.is_dir():
        path = run / RECORD
        if path.exists():
            return path
        fact, help = (
            f"no {RECORD} in {run}",
            "name the folder of one run: `archspec runs` lists them",
        )
        raise SpecError([Diagnostic("missing-record", fact, None, help)])
    if run.suffix != ".json":
        fact = f"{run} is no run"
        help = "name the folder of a run; a file of weights goes behind --checkpoint"
        raise UsageError([Diagnostic("missing-run", fact, None, help)])
    return run


def _missing(
    path: Path, run: Path, record: RunRecord, *, is_own: bool, is_kept: bool
) -> EnvironmentFault:
    fact = f"there is no checkpoint {path}"
    help = "name a best.pt or last.pt that archspec wrote"
    if is_kept:
        fact = f"{run} is a kept record, which holds no weights"
        made = Path("runs") / record.spec.name / record.run
        help = "give the weights with --checkpoint FILE, or train anew: " + _command(record)
        if (made / f"{path.stem}.pt").is_file():
            help = f"the run is still here: name {made} in its place"
    elif is_own and path.stem == "best" and not record.epochs:
        fact = f"no epoch of {run} has ended, so it has no best.pt"
        help = f"`archspec train --resume {run}` goes on with it"
    elif is_own:
        help = f"the file was taken away: put it back, or train anew: {_command(record)}"
    return EnvironmentFault([Diagnostic("missing-checkpoint", fact, None, help)])


def _command(record: RunRecord) -> str:
    """Return the command that trains the same again."""
    spec = record.spec.sources[0].name if record.spec.sources else f"{record.spec.name}.yaml"
    options = "".join(f" --set {option}" for option in record.spec.overrides)
    return f"`archspec train {spec}{options} --seed {record.seed}`"
