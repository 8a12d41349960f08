"""`archspec train --resume`: a run goes on as it was begun, whatever its spec's file says now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from archspec.commands.train.listeners import Lines
from archspec.commands.train.ranks import one_voice, together
from archspec.commands.train.run import Manner, Task, finish, follow, prepare, task_of
from archspec.diagnostics import Diagnostic, Source, SpecError, UsageError
from archspec.language import read_recorded
from archspec.language.files import read_source
from archspec.network import Network, network_of
from archspec.record import RunRecord, read_record

if TYPE_CHECKING:
    from archspec.runtime.machine.world import World
    from archspec.runtime.train.run import RunFolder
    from archspec.runtime.train.trainer import Trainer


def resume(run: Path, manner: Manner, progress: Lines) -> tuple[Task, RunFolder, RunRecord] | None:
    """Train what is left of a run; return it with its finished record.

    A run that is finished is told to be; it is completed with what it lacks, and None returned, as
    in every rank behind the first. run: its folder, or record.json in it. manner: where data lies
    and who trains; the rest is the run's own. Raises UsageError when there is none, or as many
    ranks as began it are not there; EnvironmentFault when another process trains in it, its data
    has changed, or a file cannot be read or written; SpecError when its record or checkpoint is
    damaged or foreign. Nothing on the disk has changed then.
    """
    from archspec.runtime.machine.threads import wait_passively

    wait_passively()
    from archspec.runtime.machine.lock import hold
    from archspec.runtime.train.run import RunFolder

    folder = RunFolder(run if run.is_dir() else run.parent)
    task, record = together(manner.world, lambda: _read(run, folder, manner.world))
    manner = replace(
        manner, device=record.device.type, threads=record.threads, settings=record.settings
    )
    if not manner.is_first:
        _follow(task, folder, record, manner, progress)
        return None
    with hold(folder.path):
        finished = _go_on(task, folder, read_record(folder.record), manner, progress)
        return (task, folder, finished) if finished else None


def _read(run: Path, folder: RunFolder, world: World | None) -> tuple[Task, RunRecord]:
    _ensure_run(run, folder.record)
    record = read_record(folder.record)
    _ensure_ranks(record, world)
    return _task(record, folder.record), record


def _go_on(
    task: Task, folder: RunFolder, record: RunRecord, manner: Manner, progress: Lines
) -> RunRecord | None:
    from archspec.runtime.train.resume import ensure_same_data
    from archspec.runtime.trained.completion import complete, is_complete

    is_finished = record.status == "finished"
    if is_finished and is_complete(folder, record):
        typer.echo(f"nothing to train: {folder.path} is finished")
        return None
    for name in _changed(record):
        note = f"note: {name} has changed since; the run goes on as it was begun"
        typer.echo(note, err=True)
    with progress:
        trainer, dataset = prepare(task.network, manner, record.seed, progress)
        together(manner.world, lambda: ensure_same_data(dataset, record))
        if is_finished:
            complete(trainer.analysis, dataset, folder, record)
            typer.echo(f"nothing to train: {folder.path} is finished; wrote its evaluation.json")
            return None
        record = _take_up(trainer, folder, record, manner)
        progress.on_run(record, dataset.place, folder.path)
        return finish(trainer, dataset, folder, record, progress)


def _follow(
    task: Task, folder: RunFolder, record: RunRecord, manner: Manner, progress: Lines
) -> None:
    """Go on as a rank behind the first; a finished run needs no other rank."""
    from archspec.runtime.train.resume import ensure_same_data
    from archspec.runtime.trained.completion import is_complete

    is_finished = record.status == "finished"
    if is_finished and is_complete(folder, record):
        return
    with progress:
        trainer, dataset = prepare(task.network, manner, record.seed, progress)
        together(manner.world, lambda: ensure_same_data(dataset, record))
        if not is_finished:
            _take_up(trainer, folder, record, manner)
            follow(trainer, manner)


def _take_up(trainer: Trainer, folder: RunFolder, record: RunRecord, manner: Manner) -> RunRecord:
    """Bring a trainer to where the run stopped, every rank to the same epoch."""
    from archspec.runtime.train.resume import take_up

    taken = together(manner.world, lambda: take_up(trainer, folder, record))
    with one_voice(manner.world):
        ended = len(trainer.epochs)
        trainer.world.ensure_equal({"the epochs that their checkpoints hold": ended})
    return taken


def _ensure_ranks(record: RunRecord, world: World | None) -> None:
    """Refuse another number of ranks than began the run; UsageError (`ranks-differ`)."""
    began, now = record.settings.ranks, world.size if world else 1
    if began == now:
        return
    many = f"{began} ranks" if began > 1 else "one process"
    fact = f"{many} began the run, and {now} would go on with it"
    help = f"start it with `torchrun --nproc-per-node {began}`, or as many over several machines"
    if began == 1:
        help = "resume it without torchrun"
    raise UsageError([Diagnostic("ranks-differ", fact, None, help)])


def _task(record: RunRecord, path: Path) -> Task:
    """Return what the run was made of, from the texts and options of its record alone."""
    from archspec.runtime.train.resume import ensure_same_recipe

    analysis = network_of(record, path)
    ensure_same_recipe(analysis, record, path)
    sources = [Source(source.name, source.text) for source in record.spec.sources]
    written = read_recorded(sources, record.spec.name).spec
    return task_of(Network(analysis.spec, analysis), written, record.spec.overrides)


def _changed(record: RunRecord) -> list[str]:
    """Return the files of the spec that say something else now; absent ones say nothing."""
    changed = []
    for kept in record.spec.sources:
        path = Path(kept.name)
        now = read_source(path) if path.is_file() else None
        if isinstance(now, Source) and now.text != kept.text:
            changed.append(kept.name)
    return changed


def _ensure_run(run: Path, record: Path) -> None:
    if not run.exists():
        fact, help = f"there is no run {run}", "`archspec runs` lists the runs"
        raise UsageError([Diagnostic("missing-run", fact, None, help)])
    if not run.is_dir() and run.name != record.name:
        fact, help = f"{run} is no run", "name the folder of a run, or record.json in it"
        raise UsageError([Diagnostic("missing-run", fact, None, help)])
    if not record.exists():
        fact = f"no record.json in {run}"
        help = "name the folder of one run; one that was killed before it wrote anything is lost"
        raise SpecError([Diagnostic("missing-record", fact, None, help)])
