"""One run, in this process: prepared, carried out and evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.diagnostics.packages import packages_told
from archspec.diagnostics.words import counted
from archspec.language.sections import Train
from archspec.network import Beginning, Network
from archspec.record import RunRecord
from archspec.record.listener import Listener, heard_to_the_end
from archspec.record.run import Run
from archspec.runtime.machine.ranks import meeting, one_voice, together
from archspec.runtime.machine.threads import import_torch, wait_passively
from archspec.runtime.train.settings import read_settings
from archspec.runtime.train.task import Manner, Task, make_task

if TYPE_CHECKING:
    import torch

    from archspec.runtime.data import Dataset, Splits
    from archspec.runtime.machine.world import World
    from archspec.runtime.train.folder import RunFolder
    from archspec.runtime.train.phases import Phases
    from archspec.runtime.train.trainer import Trainer

    Ready = tuple[torch.device, Dataset, Splits, Train]


class Interrupted(KeyboardInterrupt):
    """A training was stopped by Ctrl-C or SIGTERM; its text says how to go on with it."""


@packages_told()
def train(
    spec: Beginning,
    overrides: Sequence[str] = (),
    *,
    seed: int = 0,
    data: str | None = None,
    data_dir: str | PathLike[str] | None = None,
    runs_dir: str | PathLike[str] = "runs",
    device: str = "auto",
    threads: int | None = None,
    exact: bool = False,
    precision: str | None = None,
    compiled: bool = False,
    listeners: Sequence[Listener] = (),
    phases: Phases | None = None,
    world: World | None = None,
) -> Run | None:
    """Train a network from its first step, in a folder of its own under `runs_dir`.

    overrides: `KEY=VALUE` texts as for `--set`. data: a dataset in place of the spec's. phases: who
    watches the parts of each step. world: ranks that have met; those of torchrun meet here. The
    rest is as the options of `archspec train`. None in a rank behind the first, which leaves
    nothing. Raises SpecError when the spec has a fault or cannot be trained, EnvironmentFault when
    data, disk or device are not there, UsageError for options that do not go together, and
    Interrupted for Ctrl-C once the run has begun.
    """
    wait_passively()  # torch is imported behind this line
    with meeting() if world is None else nullcontext(world) as met:

        def read() -> tuple[Task, Manner]:
            settings = read_settings(exact=exact, precision=precision, compiled=compiled)
            images = None if data_dir is None else Path(data_dir)
            manner = Manner(images, device, threads, settings, met, phases)
            return make_task(spec, overrides, data), manner

        task, manner = together(met, read)
        with heard_to_the_end(listeners):
            return _train(task, manner, Path(runs_dir), seed, listeners)


def _train(
    task: Task, manner: Manner, runs_dir: Path, seed: int, listeners: Sequence[Listener]
) -> Run | None:
    from archspec.runtime.machine.lock import hold
    from archspec.runtime.train.folder import ensure_name, make_run_folder
    from archspec.runtime.train.run import first_record
    from archspec.version import __version__

    together(manner.world, lambda: ensure_name(task.network.spec))
    trainer, dataset = prepare(task.network, manner, seed, listeners)
    if not manner.is_first:
        follow(trainer, manner)
        return None
    folder = make_run_folder(runs_dir, task.network.spec.name, seed)
    with hold(folder.path):
        record = first_record(
            trainer,
            dataset,
            folder,
            version=__version__,
            overrides=task.options,
            replaces=task.replaces,
        )
        return finish(trainer, dataset, folder, record)


def prepare(
    network: Network, manner: Manner, seed: int, listeners: Sequence[Listener]
) -> tuple[Trainer, Dataset]:
    """Load the data, and return a trainer at its first step."""
    import_torch()
    from archspec.runtime.data import load_data, split
    from archspec.runtime.fast import keep_freed_memory
    from archspec.runtime.machine.device import choose_device
    from archspec.runtime.machine.threads import default_threads
    from archspec.runtime.machine.world import ALONE, local_device
    from archspec.runtime.train.phases import unwatched
    from archspec.runtime.train.plan import plan_of, rehearse
    from archspec.runtime.train.trainer import Trainer

    spec, analysis, world = network.spec, network.analysis, manner.world or ALONE

    def get_ready() -> Ready:
        device = local_device(choose_device(manner.device).type, world)
        section, recipe = plan_of(spec)
        rehearse(analysis)  # before data is loaded, which may be a long download
        dataset = load_data(section, data_dir=manner.data_dir, place=spec.place, wanted=spec.input)
        return device, dataset, split(dataset, section.validation, spec.place), recipe

    # One rank of a machine goes ahead: what it downloads lies there for the others.
    ahead = together(world, lambda: get_ready() if world.local_rank == 0 else None)
    device, dataset, parts, recipe = together(world, lambda: ahead or get_ready())
    keep_freed_memory()
    share = max(1, recipe.batch_size // world.size)
    threads = manner.threads or default_threads(analysis, share, sharing=world.local_size)
    with one_voice(world):
        world.ensure_equal({"the digest of the images": dataset.digest})
        trainer = Trainer(
            analysis,
            parts,
            len(dataset.classes),
            seed=seed,
            device=device,
            threads=threads,
            settings=manner.settings,
            world=world,
            listeners=listeners,
            phases=manner.phases or unwatched,
        )
    return trainer, dataset


def follow(trainer: Trainer, manner: Manner) -> None:
    """Train as a rank behind the first, which writes nothing."""
    with one_voice(manner.world):
        trainer.checkpoint()  # every rank adds the state of its random numbers
        for _ in trainer.run():
            trainer.checkpoint()


def finish(trainer: Trainer, dataset: Dataset, folder: RunFolder, record: RunRecord) -> Run:
    """Train to the end and evaluate the best network; Ctrl-C becomes Interrupted."""
    from archspec.runtime.train.run import carry_out
    from archspec.runtime.trained.completion import complete

    for listener in trainer.listeners:
        listener.on_run(record, dataset.place, folder.path)
    try:
        finished = carry_out(trainer, folder, record)
        complete(trainer.analysis, dataset, folder, finished)
        return Run(folder.record, finished)
    except KeyboardInterrupt:
        ended = len(trainer.epochs)
        fact = f"interrupted after {counted(ended, 'epoch')}; checkpoint: {folder.last}"
        start = "torchrun … -m archspec" if trainer.world.size > 1 else "archspec"
        raise Interrupted(f"{fact}; {start} train --resume {folder.path}") from None
