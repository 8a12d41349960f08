"""`archspec train --seeds`: every seed in a process of its own, and what they say together."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from archspec.commands.train.board import Board, Seed
from archspec.commands.train.events import retell
from archspec.commands.train.numbers import name_many
from archspec.commands.train.run import INTERRUPTED, Task, of_interest
from archspec.commands.train.seeds_text import Missing, conclusion_of_seeds
from archspec.diagnostics import ArchspecError
from archspec.record import RunRecord, read_record

if TYPE_CHECKING:
    from archspec.judge import Verdict
    from archspec.runtime.machine.workers import Ended
    from archspec.runtime.machine.world import World

ENVIRONMENT = 3


@dataclass(frozen=True, slots=True)
class SeedWorkers:
    """How seeds are trained. arguments: of `archspec train` for each of them, but its seed.

    threads: None for as many as the network keeps busy. jobs: None for as many as the cores bear.
    """

    arguments: tuple[str, ...]
    threads: int | None
    jobs: int | None


@dataclass(frozen=True, slots=True)
class TrainedSeeds:
    """What became of some seeds, each under its number where it came so far."""

    folders: Mapping[int, Path]
    records: Mapping[int, RunRecord | None]
    ended: Mapping[int, Ended]
    is_stopped: bool


def train_seeds(
    task: Task, seeds: tuple[int, ...], workers: SeedWorkers, world: World | None, *, quiet: bool
) -> int:
    """Train every seed, print what came out of all; return the exit code.

    world: the ranks that share the seeds; each trains its part, and rank 0 concludes.
    """
    if world is None:
        return _conclude(task, seeds, _train(task, seeds, workers, quiet=quiet))
    mine, nothing = seeds[world.rank :: world.size], TrainedSeeds({}, {}, {}, False)
    sharing = world.local_size
    trained = _train(task, mine, workers, quiet=quiet, sharing=sharing) if mine else nothing
    parts = world.gather(trained)
    if not world.is_first:
        return 0
    whole = TrainedSeeds(
        {seed: path for part in parts for seed, path in part.folders.items()},
        {seed: record for part in parts for seed, record in part.records.items()},
        {seed: end for part in parts for seed, end in part.ended.items()},
        any(part.is_stopped for part in parts),
    )
    return _conclude(task, seeds, whole)


def _train(
    task: Task, seeds: tuple[int, ...], workers: SeedWorkers, *, quiet: bool, sharing: int = 1
) -> TrainedSeeds:
    """Train seeds in workers of this process. sharing: processes that share the cores with it."""
    from archspec.runtime.machine.threads import default_threads, usable_cores
    from archspec.runtime.machine.workers import archspec_command, run_workers

    train = task.network.spec.train
    batch_size = train.batch_size if train else 1  # without, a worker says what is missing
    threads = workers.threads or default_threads(task.network.analysis, batch_size)
    jobs = min(workers.jobs or max(1, usable_cores() // threads // sharing), len(seeds))
    commands = {
        seed: archspec_command(
            ("train", *workers.arguments, "--threads", str(threads), "--seed", str(seed))
        )
        for seed in seeds
    }
    at_once = f", {jobs} at a time" if jobs < len(seeds) else ""
    width = max(len(str(seed)) for seed in seeds)
    board = Board(f"{name_many(seeds)}{at_once}", width, quiet=quiet, bars=sys.stdout.isatty())
    shown = {seed: Seed(seed, board) for seed in seeds}
    with board:
        ended, is_stopped = run_workers(
            commands,
            jobs,
            heard=lambda seed, line: retell(line, shown[seed]),
            gone=lambda seed: shown[seed].stop(),
        )
    folders = {seed: one.folder for seed, one in shown.items() if one.folder}
    records = {seed: _record(folder) for seed, folder in folders.items()}
    return TrainedSeeds(folders, records, ended, is_stopped)


def _conclude(task: Task, seeds: tuple[int, ...], trained: TrainedSeeds) -> int:
    """Print what came out of all seeds; return the exit code."""
    ended = trained.ended
    if trained.is_stopped:
        _tell_interrupted(seeds, ended)
        return INTERRUPTED
    _tell_faults(ended)
    if not trained.folders:  # nothing was trained, and why stands above
        return _code(ended.values())
    records, missing = _outcome(seeds, trained)
    verdicts = verdicts_of(task, records, missing)
    text = conclusion_of_seeds(task, trained.folders, records, missing, verdicts)
    typer.echo(text, nl=False)
    if missing:
        return _code(ended.values())
    return int(any(v.role == "target" and v.verdict == "contradicted" for v in verdicts))


def _outcome(
    seeds: tuple[int, ...], trained: TrainedSeeds
) -> tuple[list[RunRecord], list[Missing]]:
    """Return the records of the finished runs, and why the others are missing."""
    records, missing = [], []
    for seed in seeds:
        folder, end = trained.folders.get(seed), trained.ended.get(seed)
        record = trained.records.get(seed)
        if record is not None and record.status == "finished" and end and end.code == 0:
            records.append(record)
            continue
        reason = "not started"
        if end is not None:
            reason = f"killed by {end.signal_name}" if end.signal_name else _first_line(end.errors)
        can_resume = folder is not None and record is not None
        missing.append(Missing(seed, reason, folder if can_resume else None))
    return records, missing


def _record(folder: Path) -> RunRecord | None:
    try:
        return read_record(folder / "record.json")
    except ArchspecError:
        return None


def _first_line(errors: str, silent: str = "ended without a word") -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return lines[0] if lines else silent


def verdicts_of(
    task: Task, records: list[RunRecord], missing: list[Missing]
) -> tuple[Verdict, ...]:
    """Return the verdicts by the share of seeds; those on measured targets say who is missing."""
    from archspec.judge import evidence_for, judge_with_evidence
    from archspec.language.quantities import MEASURED

    analysis = task.network.analysis
    if task.replaces is not None:  # the records speak of other data than the targets
        analysis = replace(analysis, graph=replace(analysis.graph, spec=task.judged))
    evidence = evidence_for(analysis, records)
    verdicts = of_interest(judge_with_evidence(analysis, evidence))
    if not missing:
        return verdicts
    absent = f"{name_many(tuple(one.seed for one in missing))} missing"
    return tuple(
        replace(verdict, reason=f"{verdict.reason}, {absent}" if verdict.reason else absent)
        if verdict.name in MEASURED
        else verdict
        for verdict in verdicts
    )


def _tell_interrupted(seeds: tuple[int, ...], ended: Mapping[int, Ended]) -> None:
    for seed in seeds:
        if seed not in ended:
            typer.echo(f"seed {seed}: not started", err=True)
        elif ended[seed].code != 0:
            name = ended[seed].signal_name
            silent = "stopped before its run began"
            word = f"killed by {name}" if name else _first_line(ended[seed].errors, silent)
            typer.echo(f"seed {seed}: {word}", err=True)


def _tell_faults(ended: Mapping[int, Ended]) -> None:
    """Print what workers complained of; the same complaint once."""
    for text in dict.fromkeys(end.errors for end in ended.values() if end.code > 0):
        typer.echo(text, nl=False, err=True)


def _code(ended: Iterable[Ended]) -> int:
    """Return the exit code when seeds are missing; a killed worker is the environment's fault."""
    codes = [end.code if end.code >= 0 else ENVIRONMENT for end in ended]
    return max(codes, default=0) or 1
