"""Several seeds of a network, each trained in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from archspec.diagnostics import ArchspecError
from archspec.layers import REGISTRY
from archspec.record import RunRecord, read_record
from archspec.record.listener import Listener
from archspec.record.run import Run
from archspec.record.store import RECORD
from archspec.runtime.machine.ranks import meeting, together
from archspec.runtime.machine.threads import default_threads, usable_cores
from archspec.runtime.machine.workers import Ended, archspec_command, run_workers
from archspec.runtime.train.events import retell
from archspec.runtime.train.settings import as_options, read_settings
from archspec.runtime.train.task import Task, make_task

if TYPE_CHECKING:
    from archspec.runtime.machine.world import World

Show = Callable[[tuple[int, ...], int], AbstractContextManager[Callable[[int], Listener]]]
"""Given the seeds of this process and how many of them train at once: who listens to each."""


class Missing(NamedTuple):
    """A seed without a finished run, and why. folder: of a run that can be resumed."""

    seed: int
    reason: str
    folder: Path | None


class _Part(NamedTuple):
    """What became of the seeds of one process, each under its number where it came so far."""

    folders: Mapping[int, Path]
    records: Mapping[int, RunRecord]
    ended: Mapping[int, Ended]
    is_stopped: bool


@dataclass(frozen=True, slots=True)
class TrainedSeeds:
    """What became of several seeds: finished runs, those that are missing, and how workers ended.

    folders: of all runs that were begun. is_stopped: by Ctrl-C.
    """

    task: Task
    runs: tuple[Run, ...]
    missing: tuple[Missing, ...]
    folders: tuple[Path, ...]
    ended: Mapping[int, Ended]
    is_stopped: bool


def train_seeds(
    spec: str | PathLike[str],
    seeds: Sequence[int],
    overrides: Sequence[str] = (),
    *,
    data: str | None = None,
    data_dir: str | PathLike[str] | None = None,
    runs_dir: str | PathLike[str] = "runs",
    device: str = "auto",
    threads: int | None = None,
    exact: bool = False,
    precision: str | None = None,
    compiled: bool = False,
    tensorboard: str | PathLike[str] | None = None,
    jobs: int | None = None,
    show: Show = lambda seeds, jobs: nullcontext(lambda seed: Listener()),
    world: World | None = None,
) -> TrainedSeeds | None:
    """Train every seed as `train` trains it alone.

    tensorboard: a folder for event files. jobs: how many train at once, None for as many as the
    cores bear. The rest is as for `train`; ranks share the seeds, and None is returned in those
    behind the first. Raises SpecError when the spec has a fault; what ends the training of a seed
    stands in what is returned.
    """
    with meeting(patient=True) if world is None else nullcontext(world) as met:

        def read() -> tuple[Task, list[str]]:
            settings = read_settings(exact=exact, precision=precision, compiled=compiled)
            return make_task(spec, overrides, data), as_options(settings)

        task, options = together(met, read)
        named = {"--runs-dir": runs_dir, "--device": device, "--data": data}
        named |= {"--data-dir": data_dir, "--tensorboard": tensorboard}
        arguments = ["train", fspath(spec)]
        arguments += [part for item in overrides for part in ("--set", item)]
        arguments += [p for n, v in named.items() if v is not None for p in (n, fspath(v))]
        arguments += ["--plugins"] if REGISTRY.added else []
        arguments += [*options, "--events"]
        seeds = tuple(seeds)
        mine = seeds[met.rank :: met.size] if met else seeds
        sharing = met.local_size if met else 1
        part = _train(task, mine, arguments, threads, jobs, show, sharing)
        parts = met.gather(part) if met else [part]
        return _outcome(task, seeds, parts) if met is None or met.is_first else None


def _train(
    task: Task,
    seeds: tuple[int, ...],
    arguments: Sequence[str],
    threads: int | None,
    jobs: int | None,
    show: Show,
    sharing: int,
) -> _Part:
    """Train seeds in workers of this process. sharing: processes that share the cores with it."""
    if not seeds:
        return _Part({}, {}, {}, False)
    train = task.network.spec.train
    batch_size = train.batch_size if train else 1  # without, a worker says what is missing
    threads = threads or default_threads(task.network.analysis, batch_size)
    jobs = min(jobs or max(1, usable_cores() // threads // sharing), len(seeds))
    given = (*arguments, "--threads", str(threads))
    commands = {seed: archspec_command((*given, "--seed", str(seed))) for seed in seeds}
    folders = {seed: _Folder() for seed in seeds}
    with show(seeds, jobs) as listener_of:
        listeners = {seed: (folders[seed], listener_of(seed)) for seed in seeds}
        ended, is_stopped = run_workers(
            commands,
            jobs,
            heard=lambda seed, line: retell(line, listeners[seed]),
            gone=lambda seed: listeners[seed][1].on_end(None),
        )
    begun = {seed: one.path for seed, one in folders.items() if one.path}
    records = {seed: record for seed, path in begun.items() if (record := _record(path))}
    return _Part(begun, records, ended, is_stopped)


class _Folder(Listener):
    """Keeps where the run is."""

    path: Path | None = None

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Keep the folder."""
        self.path = folder


def _outcome(task: Task, seeds: tuple[int, ...], parts: Sequence[_Part]) -> TrainedSeeds:
    """Return the finished runs in the order of their seeds, and why the others are missing."""
    folders = {seed: path for part in parts for seed, path in part.folders.items()}
    records = {seed: record for part in parts for seed, record in part.records.items()}
    ended = {seed: end for part in parts for seed, end in part.ended.items()}
    runs, missing = [], []
    for seed in seeds:
        record, end = records.get(seed), ended.get(seed)
        if record and record.status == "finished" and end and end.code == 0:
            runs.append(Run(folders[seed] / RECORD, record))
            continue
        reason = "not started"
        if end:
            reason = f"killed by {end.signal_name}" if end.signal_name else end.first_line()
        missing.append(Missing(seed, reason, folders[seed] if record else None))
    begun = tuple(folders[seed] for seed in seeds if seed in folders)
    is_stopped = any(part.is_stopped for part in parts)
    return TrainedSeeds(task, tuple(runs), tuple(missing), begun, ended, is_stopped)


def _record(folder: Path) -> RunRecord | None:
    try:
        return read_record(folder / RECORD)
    except ArchspecError:
        return None
