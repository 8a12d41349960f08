"""One run of `archspec train`, in this process: prepared, carried out, evaluated and judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from archspec.api import load
from archspec.commands.train.listeners import Lines
from archspec.diagnostics.words import counted
from archspec.language import Spec, read_spec
from archspec.language.sections import Train
from archspec.network import Network
from archspec.record import Settings

if TYPE_CHECKING:
    import torch

    from archspec.judge import Verdict
    from archspec.record import RunRecord
    from archspec.runtime.data import Dataset
    from archspec.runtime.data.split import Splits
    from archspec.runtime.machine.world import World
    from archspec.runtime.train.phases import Phases
    from archspec.runtime.train.run import RunFolder
    from archspec.runtime.train.trainer import Trainer

    Ready = tuple[torch.device, Dataset, Splits, Train]

INTERRUPTED = 130
FAST = Settings(fast=True)


@dataclass(frozen=True, slots=True)
class Task:
    """A network to be trained, and what its targets speak of.

    judged: the spec with the data that its file names, whatever the options put in its place.
    replaces: the dataset that the spec names, when another one is used. options: as for `--set`.
    """

    network: Network
    judged: Spec
    replaces: str | None
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a run is computed. device: as in `--device`. threads: None for as many as it keeps busy.

    world: the ranks that train it together, None for this process alone. phases: who watches the
    parts of each step.
    """

    data_dir: Path | None = None
    device: str = "auto"
    threads: int | None = None
    settings: Settings = FAST
    world: World | None = None
    phases: Phases | None = None

    @property
    def is_first(self) -> bool:
        """Whether this process writes and prints."""
        return self.world is None or self.world.is_first


def make_task(path: Path, overrides: tuple[str, ...], data: str | None) -> Task:
    """Return what is to be trained. data: the dataset in place of the spec's.

    Raises SpecError when the spec has a fault.
    """
    options = overrides if data is None else (*overrides, f"data.dataset={data}")
    network = load(path, options)
    return task_of(network, read_spec(path).spec if options else network.spec, options)


def task_of(network: Network, written: Spec | None, options: tuple[str, ...]) -> Task:
    """Return the task of a network. written: its spec without the options."""
    used = network.spec.data
    meant = written.data if written and written.data else used
    replaces = meant.dataset if meant and used and meant.dataset != used.dataset else None
    return Task(network, replace(network.spec, data=meant), replaces, options)


def train_anew(
    task: Task, manner: Manner, runs_dir: Path, seed: int, progress: Lines
) -> tuple[RunFolder, RunRecord] | None:
    """Train from the first step, in a folder of its own; return it with the finished record.

    None in a rank behind the first, which trains and leaves nothing.
    """
    from archspec.runtime.machine.threads import wait_passively

    wait_passively()
    from archspec import __version__
    from archspec.runtime.machine.lock import hold
    from archspec.runtime.train.run import first_record, make_run_folder

    with progress:
        trainer, dataset = prepare(task.network, manner, seed, progress)
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
            progress.on_run(record, dataset.place, folder.path)
            return folder, finish(trainer, dataset, folder, record, progress)


def prepare(
    network: Network, manner: Manner, seed: int, progress: Lines
) -> tuple[Trainer, Dataset]:
    """Load the data, and return a trainer at its first step."""
    from archspec.commands.train.ranks import one_voice, together
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
        dataset = load_data(section, data_dir=manner.data_dir, place=spec.place)
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
            progress=progress,
            phases=manner.phases or unwatched,
        )
    return trainer, dataset


def follow(trainer: Trainer, manner: Manner) -> None:
    """Train as a rank behind the first, which writes nothing."""
    from archspec.commands.train.ranks import one_voice

    with one_voice(manner.world):
        trainer.checkpoint()  # every rank adds the state of its random numbers
        for _ in trainer.run():
            trainer.checkpoint()


def finish(
    trainer: Trainer, dataset: Dataset, folder: RunFolder, record: RunRecord, progress: Lines
) -> RunRecord:
    """Train to the end and evaluate the best network; Ctrl-C says where the checkpoint is."""
    from archspec.runtime.train.run import carry_out
    from archspec.runtime.trained.completion import complete

    try:
        finished = carry_out(trainer, folder, record)
        complete(trainer.analysis, dataset, folder, finished)
        return finished
    except KeyboardInterrupt:
        progress.stop()
        ended = len(trainer.epochs)
        fact = f"interrupted after {counted(ended, 'epoch')}; checkpoint: {folder.last}"
        start = "torchrun … -m archspec" if trainer.world.size > 1 else "archspec"
        typer.echo(f"{fact}; {start} train --resume {folder.path}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def conclude(task: Task, folder: RunFolder, record: RunRecord) -> bool:
    """Print what came out and the verdicts; return whether no target is contradicted."""
    import sys

    from archspec.commands.train.text import conclusion
    from archspec.diagnostics.text import wants_colour
    from archspec.judge.measured import judge_by_run
    from archspec.judge.targets import judge_items

    judge = partial(judge_by_run, spec=task.judged, record=record)
    verdicts = of_interest(judge_items(task.judged, task.network.analysis, judge))
    text = conclusion(record, folder.path, verdicts, wants_colour(sys.stdout))
    typer.echo(text, nl=False)
    return all(verdict.verdict != "contradicted" for verdict in verdicts)


def of_interest(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Return the verdicts that a training has a part in; of the other claims `check` tells."""
    from archspec.language.quantities import STATIC

    foreign = (*STATIC, "table")
    return tuple(v for v in verdicts if v.role == "target" or v.name not in foreign)
