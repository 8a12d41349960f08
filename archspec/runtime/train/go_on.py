"""A run that stopped goes on as it was begun, whatever its spec's file says now."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from archspec.diagnostics import Diagnostic, Source, SpecError, UsageError
from archspec.language.files import read_source
from archspec.record import RunRecord, read_record
from archspec.record.listener import Listener, heard_to_the_end
from archspec.record.run import Run
from archspec.runtime.machine.ranks import meeting, one_voice, together
from archspec.runtime.machine.threads import import_torch
from archspec.runtime.train.start import finish, follow, prepare
from archspec.runtime.train.task import Manner, Task, recorded_task

if TYPE_CHECKING:
    from archspec.runtime.machine.world import World
    from archspec.runtime.train.folder import RunFolder
    from archspec.runtime.train.trainer import Trainer

Done = Literal["trained", "evaluated", "nothing"]
"""What was still to be done for a run: epochs, the evaluation of its best one, or nothing."""


def resume(
    run: str | PathLike[str],
    *,
    data_dir: str | PathLike[str] | None = None,
    listeners: Sequence[Listener] = (),
    world: World | None = None,
) -> tuple[Run | None, Done]:
    """Train what is left of a run; return it finished, and what was left.

    A rank behind the first trains along, and has None for a run. run: its folder, or record.json in
    it. data_dir, listeners, world: as for `train`. Raises
    UsageError when there is none, or as many ranks as began it are not there; EnvironmentFault when
    another process trains in it, its data has changed, or a file cannot be read or written;
    SpecError when its record or checkpoint is damaged or foreign. Nothing on the disk has changed
    then.
    """
    import_torch()
    from archspec.runtime.machine.lock import hold
    from archspec.runtime.train.folder import RunFolder

    path = Path(run)
    folder = RunFolder(path if path.is_dir() else path.parent)
    with meeting() if world is None else nullcontext(world) as met:
        task, record = together(met, lambda: _read(path, folder, met))
        images = None if data_dir is None else Path(data_dir)
        device, threads = record.device.type, record.threads
        manner = Manner(images, device, threads, record.settings, met)
        with hold(folder.path) if manner.is_first else nullcontext():
            if manner.is_first:
                record = read_record(folder.record)  # another process may have gone on until here
            with heard_to_the_end(listeners):
                return _go_on(task, folder, record, manner, listeners)


def _read(run: Path, folder: RunFolder, world: World | None) -> tuple[Task, RunRecord]:
    from archspec.runtime.train.resume import ensure_same_recipe

    _ensure_run(run, folder.record)
    record = read_record(folder.record)
    _ensure_ranks(record, world)
    task = recorded_task(record, folder.path)
    ensure_same_recipe(task.network.analysis, record, folder.record)
    return task, record


def _go_on(
    task: Task,
    folder: RunFolder,
    record: RunRecord,
    manner: Manner,
    listeners: Sequence[Listener],
) -> tuple[Run | None, Done]:
    from archspec.runtime.train.resume import ensure_same_data
    from archspec.runtime.trained.completion import complete, is_complete

    run = Run(folder.record, record) if manner.is_first else None
    is_finished = record.status == "finished"
    if is_finished and is_complete(folder, record):
        return run, "nothing"
    for name in _changed(record):
        for listener in listeners:
            listener.on_note(f"{name} has changed since; the run goes on as it was begun")
    trainer, dataset = prepare(task.network, manner, record.seed, listeners)
    together(manner.world, lambda: ensure_same_data(dataset, record))
    if is_finished:
        if manner.is_first:
            complete(trainer.analysis, dataset, folder, record)
        return run, "evaluated"
    record = _take_up(trainer, folder, record, manner)
    if manner.is_first:
        return finish(trainer, dataset, folder, record), "trained"
    follow(trainer, manner)
    return run, "trained"


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


def _changed(record: RunRecord) -> list[str]:
    """Return the files of the spec that say something else now; absent ones say nothing."""
    changed = []
    for kept in record.spec.sources:
        now = read_source(Path(kept.name))
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
