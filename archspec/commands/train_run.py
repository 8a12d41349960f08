"""One run of `archspec train`, in this process: prepared, carried out, evaluated and judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from archspec.api import Network, load
from archspec.commands.train_progress import Lines
from archspec.spec import Spec, read_spec

if TYPE_CHECKING:
    from archspec.record import RunRecord
    from archspec.runtime.data import Dataset
    from archspec.runtime.run import RunFolder
    from archspec.runtime.trainer import Trainer

INTERRUPTED = 130


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
    task: Task,
    data_dir: Path | None,
    runs_dir: Path,
    seed: int,
    device_name: str,
    threads: int | None,
    progress: Lines,
) -> tuple[RunFolder, RunRecord]:
    """Train from the first step, in a folder of its own; return it with the finished record."""
    from archspec.runtime.threads import wait_passively

    wait_passively()
    from archspec import __version__
    from archspec.runtime.device import choose_device
    from archspec.runtime.lock import hold
    from archspec.runtime.run import first_record, make_run_folder

    device = choose_device(device_name).type
    with progress:
        trainer, dataset = prepare(task.network, data_dir, seed, device, threads, progress)
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
            progress.on_run(record, dataset.place, folder)
            return folder, finish(trainer, dataset, folder, record, progress)


def prepare(
    network: Network,
    data_dir: Path | None,
    seed: int,
    device: str,
    threads: int | None,
    progress: Lines,
) -> tuple[Trainer, Dataset]:
    """Load the data, and return a trainer at its first step."""
    from archspec.runtime.data import load_data, split
    from archspec.runtime.device import choose_device
    from archspec.runtime.plan import plan_of, rehearse
    from archspec.runtime.threads import default_threads
    from archspec.runtime.trainer import Trainer

    spec, analysis = network.spec, network.analysis
    section, recipe = plan_of(spec)
    rehearse(analysis)  # before data is loaded, which may be a long download
    dataset = load_data(section, data_dir=data_dir, place=spec.place)
    trainer = Trainer(
        analysis,
        split(dataset, section.validation, spec.place),
        len(dataset.classes),
        seed=seed,
        device=choose_device(device),
        threads=threads or default_threads(analysis, recipe.batch_size),
        progress=progress,
    )
    return trainer, dataset


def finish(
    trainer: Trainer, dataset: Dataset, folder: RunFolder, record: RunRecord, progress: Lines
) -> RunRecord:
    """Train to the end and evaluate the best network; Ctrl-C says where the checkpoint is."""
    from archspec.runtime.completion import complete
    from archspec.runtime.run import carry_out

    try:
        finished = carry_out(trainer, folder, record)
        complete(trainer.analysis, dataset, folder, finished)
        return finished
    except KeyboardInterrupt:
        progress.stop()
        ended = len(trainer.epochs)
        many = "" if ended == 1 else "s"
        fact = f"interrupted after {ended} epoch{many}; checkpoint: {folder.last}"
        typer.echo(f"{fact}; archspec train --resume {folder.path}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def conclude(task: Task, folder: RunFolder, record: RunRecord) -> bool:
    """Print what came out and the verdicts; return whether no target is contradicted."""
    import sys

    from archspec.commands.train_text import conclusion
    from archspec.diagnostics.text import wants_colour
    from archspec.judge import judge_claims, judge_targets
    from archspec.spec.quantities import STATIC

    targets = judge_targets(task.judged, task.network.analysis, record)
    claims = judge_claims(task.judged, task.network.analysis, record)
    measured = [v for v in claims if v.name not in (*STATIC, "table")]  # `check` has the others
    text = conclusion(record, folder.path, (*targets, *measured), wants_colour(sys.stdout))
    typer.echo(text, nl=False)
    return all(verdict.verdict != "contradicted" for verdict in targets)
