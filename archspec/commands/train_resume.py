"""`archspec train --resume`: a run goes on as it was begun, whatever its spec's file says now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from archspec.api import Network
from archspec.commands.train_progress import Lines
from archspec.commands.train_run import Task, finish, prepare, task_of
from archspec.diagnostics import Diagnostic, Source, SpecError, UsageError
from archspec.judge import recorded_analysis
from archspec.record import RunRecord, read_record
from archspec.spec import read_recorded
from archspec.spec.files import read_source

if TYPE_CHECKING:
    from archspec.runtime.run import RunFolder


def resume(
    run: Path, data_dir: Path | None, progress: Lines
) -> tuple[Task, RunFolder, RunRecord] | None:
    """Train what is left of a run; return it with its finished record.

    A run that is finished is told to be; it is completed with what it lacks, and None returned.
    run: its folder, or record.json in it. Raises UsageError when there is none; EnvironmentFault
    when another process trains in it, its data has changed, or a file cannot be read or written;
    SpecError when its record or checkpoint is damaged or foreign. Nothing on the disk has changed
    then.
    """
    from archspec.runtime.threads import wait_passively

    wait_passively()
    from archspec.runtime.lock import hold
    from archspec.runtime.run import RunFolder

    folder = RunFolder(run if run.is_dir() else run.parent)
    _ensure_run(run, folder.record)
    with hold(folder.path):
        record = read_record(folder.record)
        task = _task(record, folder.record)
        finished = _go_on(task, folder, record, data_dir, progress)
        return (task, folder, finished) if finished else None


def _go_on(
    task: Task, folder: RunFolder, record: RunRecord, data_dir: Path | None, progress: Lines
) -> RunRecord | None:
    from archspec.runtime.completion import complete, is_complete
    from archspec.runtime.resume import ensure_same_data, take_up

    is_finished = record.status == "finished"
    if is_finished and is_complete(folder, record):
        typer.echo(f"nothing to train: {folder.path} is finished")
        return None
    for name in _changed(record):
        note = f"note: {name} has changed since; the run goes on as it was begun"
        typer.echo(note, err=True)
    with progress:
        trainer, dataset = prepare(
            task.network, data_dir, record.seed, record.device.type, record.threads, progress
        )
        ensure_same_data(dataset, record)
        if is_finished:
            complete(trainer.analysis, dataset, folder, record)
            typer.echo(f"nothing to train: {folder.path} is finished; wrote its evaluation.json")
            return None
        record = take_up(trainer, folder, record)
        progress.on_run(record, dataset.place, folder)
        return finish(trainer, dataset, folder, record, progress)


def _task(record: RunRecord, path: Path) -> Task:
    """Return what the run was made of, from the texts and options of its record alone."""
    from archspec.layers.plugins import are_off
    from archspec.runtime.resume import ensure_same_recipe

    analysis = recorded_analysis(record)
    if analysis is None:
        fact = f"the spec that {path} keeps makes no network"
        help = "it was edited, or archspec reads it in another way now: train the spec anew"
        if are_off():
            help = "if it has layers of plug-ins, add `--plugins`; else train the spec anew"
        raise SpecError([Diagnostic("bad-record", fact, None, help)])
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
