"""`archspec train --seeds --side-by-side`: several seeds as one network, in this process."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import typer

from archspec.commands.faults import print_faults
from archspec.commands.train.board import Board, Seed
from archspec.commands.train.listeners import Lines
from archspec.commands.train.numbers import name_many
from archspec.commands.train.run import INTERRUPTED, Manner, Task
from archspec.commands.train.seeds import verdicts_of
from archspec.commands.train.seeds_text import Missing, conclusion_of_seeds
from archspec.diagnostics import ArchspecError, Diagnostic, UsageError, describe

if TYPE_CHECKING:
    from archspec.record import EpochRecord, RunRecord
    from archspec.runtime.data import Dataset, Split
    from archspec.runtime.side_by_side import Group
    from archspec.runtime.train.run import RunFolder
    from archspec.runtime.train.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Together:
    """Several seeds that are trained side by side.

    at_once: seeds in a group, None for all of them; groups follow each other. tensorboard: where
    event files are written, None for nowhere.
    """

    task: Task
    seeds: tuple[int, ...]
    manner: Manner
    runs_dir: Path
    at_once: int | None = None
    tensorboard: Path | None = None


class _Outcome:
    """What has come out of the seeds so far."""

    def __init__(self) -> None:
        self.folders: dict[int, Path] = {}
        self.finished: dict[int, RunRecord] = {}
        self.faults: dict[int, ArchspecError] = {}


def train_side_by_side(asked: Together, *, quiet: bool) -> int:
    """Train every seed, print what came out of all; return the exit code.

    Raises what keeps all of them from starting, as an ArchspecError: faults of the spec or of its
    data, `not-side-by-side`, and UsageError among ranks.
    """
    from archspec.runtime.machine.threads import wait_passively

    wait_passively()  # torch comes in behind this line
    world = asked.manner.world
    if world is not None and world.size > 1:
        fact = f"--side-by-side does not go with {world.size} ranks"
        help = "start it without torchrun, or leave --side-by-side out: ranks share the seeds"
        raise UsageError([Diagnostic("conflicting-options", fact, None, help)])
    seeds = asked.seeds
    prepared = _prepare(asked)
    at_once = min(asked.at_once or len(seeds), len(seeds))
    width = max(len(str(seed)) for seed in seeds)
    among = f", {at_once} at a time" if at_once < len(seeds) else ""
    words = f"{name_many(seeds)}{among}, side by side"
    board = Board(words, width, quiet=quiet, bars=sys.stdout.isatty())
    outcome, started = _Outcome(), perf_counter()
    try:
        with board:
            for first in range(0, len(seeds), at_once):
                _train_group(asked, seeds[first : first + at_once], prepared, board, outcome)
    except KeyboardInterrupt:
        _tell_interrupted(seeds, outcome)
        return INTERRUPTED
    return _conclude(asked, outcome, perf_counter() - started)


def _prepare(asked: Together) -> tuple[Dataset, Split]:
    """Load the data, after what can be refused without it."""
    from archspec.runtime.data import load_data, split
    from archspec.runtime.fast import keep_freed_memory
    from archspec.runtime.side_by_side import ensure_fits
    from archspec.runtime.train.plan import plan_of, rehearse

    spec, analysis = asked.task.network.spec, asked.task.network.analysis
    section, recipe = plan_of(spec)
    rehearse(analysis)
    ensure_fits(recipe, analysis)
    dataset = load_data(section, data_dir=asked.manner.data_dir, place=spec.place)
    keep_freed_memory()
    return dataset, split(dataset, section.validation, spec.place)


def _train_group(
    asked: Together,
    seeds: tuple[int, ...],
    prepared: tuple[Dataset, Split],
    board: Board,
    outcome: _Outcome,
) -> None:
    """Train some seeds at once, and evaluate the best network of each."""
    from archspec.runtime.machine.device import choose_device
    from archspec.runtime.machine.threads import default_threads
    from archspec.runtime.side_by_side import carry_out_together, evaluate_best, make_group
    from archspec.runtime.train.plan import plan_of

    (dataset, parts), analysis = prepared, asked.task.network.analysis
    _, recipe = plan_of(asked.task.network.spec)
    device = choose_device(asked.manner.device)
    # The work of a step is that of all its seeds.
    threads = asked.manner.threads or default_threads(analysis, recipe.batch_size * len(seeds))
    if device.type == "cpu" and not outcome.folders:
        note = "note: on a CPU, side by side gains with tiny networks only"
        typer.echo(note, err=True)
    bar = _Bar(board, seeds)
    group = make_group(
        analysis,
        parts,
        len(dataset.classes),
        seeds=seeds,
        device=device,
        threads=threads,
        settings=asked.manner.settings,
        progress=bar,
    )
    with ExitStack() as stack:
        stack.callback(bar.stop)
        begun = _begin(asked, group, dataset, stack)
        listeners: dict[int, Lines] = {}
        for folder, record in begun:
            listener = _listener(record.seed, board, asked.tensorboard)
            listeners[record.seed] = stack.enter_context(listener)
            outcome.folders[record.seed] = folder.path
            listener.on_run(record, dataset.place, folder.path)
            listener.on_start(recipe.epochs, group.steps, recipe.batch_size)

        def heard(member: Trainer, epoch: EpochRecord, is_best: bool) -> None:
            listeners[member.seed].on_epoch(epoch, is_best)

        finished, lost = carry_out_together(group, begun, heard)
        outcome.faults.update(lost)
        for folder, record in begun:
            if record.seed in finished:
                ended = finished[record.seed]
                evaluate_best(analysis, dataset, folder, ended, device)
                outcome.finished[record.seed] = ended


def _begin(
    asked: Together, group: Group, dataset: Dataset, stack: ExitStack
) -> list[tuple[RunFolder, RunRecord]]:
    """Return a folder for each member, locked as long as `stack` lasts, and its first record."""
    from archspec import __version__
    from archspec.runtime.machine.lock import hold
    from archspec.runtime.train.run import first_record, make_run_folder

    begun = []
    for member in group.members:
        name = asked.task.network.spec.name
        folder = make_run_folder(asked.runs_dir, name, member.seed)
        stack.enter_context(hold(folder.path))
        record = first_record(
            member,
            dataset,
            folder,
            version=__version__,
            overrides=asked.task.options,
            replaces=asked.task.replaces,
        )
        notices = (*record.notices, group.notice_of(member))
        begun.append((folder, replace(record, notices=notices)))
    return begun


class _OneOfMany(Seed):
    """One seed on the board; the group has the bar."""

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        """Remember how many epochs there are."""
        self.epochs, self.steps = epochs, steps


class _Bar:
    """The bar of a group on the board."""

    def __init__(self, board: Board, seeds: tuple[int, ...]) -> None:
        self.whole = Seed(seeds[0], board)
        self.seeds = seeds

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        """Show the bar."""
        self.whole.on_start(epochs, steps, batch_size)
        board = self.whole.board
        if board.bars is not None and self.whole.task is not None:
            board.bars.update(self.whole.task, description=name_many(self.seeds))

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        """Move the bar."""
        self.whole.on_batch(epoch, step, steps)

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Say nothing: each seed has its line."""

    def stop(self) -> None:
        """Take the bar away."""
        self.whole.stop()


def _listener(seed: int, board: Board, tensorboard: Path | None) -> Lines:
    shown = _OneOfMany(seed, board)
    if tensorboard is None:
        return shown
    from archspec.commands.train.tensorboard import TensorBoard

    return TensorBoard(shown, tensorboard)


def _conclude(asked: Together, outcome: _Outcome, seconds: float) -> int:
    """Print what came out, and return the exit code."""
    task, seeds = asked.task, asked.seeds
    for fault in outcome.faults.values():
        print_faults(fault.diagnostics)
    records = [outcome.finished[seed] for seed in seeds if seed in outcome.finished]
    missing = [
        Missing(seed, _reason(outcome.faults.get(seed)), outcome.folders.get(seed))
        for seed in seeds
        if seed not in outcome.finished
    ]
    verdicts = verdicts_of(task, records, missing)
    folders = outcome.folders
    text = conclusion_of_seeds(task, folders, records, missing, verdicts, seconds=seconds)
    typer.echo(text, nl=False)
    if missing:
        return max((fault.exit_code for fault in outcome.faults.values()), default=1)
    return int(any(v.role == "target" and v.verdict == "contradicted" for v in verdicts))


def _reason(fault: ArchspecError | None) -> str:
    return describe(fault.diagnostics[0]) if fault else "not trained"


def _tell_interrupted(seeds: Sequence[int], outcome: _Outcome) -> None:
    """Say of each seed how it goes on; alone, since the group is over."""
    for seed in seeds:
        if seed in outcome.finished:
            continue
        folder = outcome.folders.get(seed)
        how = f"interrupted; archspec train --resume {folder}" if folder else "not started"
        typer.echo(f"seed {seed}: {how}", err=True)
