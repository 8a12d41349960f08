"""How several trainings show themselves: a bar for each running seed, or its lines."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from archspec.commands.output import unheard_is_fine
from archspec.commands.telling import tell
from archspec.commands.train.listeners import print_notes
from archspec.commands.train.seeds import name_many
from archspec.commands.train.text import epoch_line, head
from archspec.diagnostics.cells import visible
from archspec.record.listener import Listener

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from archspec.record import EpochRecord, RunRecord


class Board:
    """What is shown of all seeds: the head once, each epoch's line, bars on a terminal.

    seeds: which are trained, `jobs` of them at once. bars: None for a terminal's.
    """

    def __init__(
        self, seeds: tuple[int, ...], jobs: int, *, quiet: bool, bars: bool | None = None
    ) -> None:
        self.seeds = name_many(seeds) + (f", {jobs} at a time" if jobs < len(seeds) else "")
        self.width = max(len(str(seed)) for seed in seeds)
        self.quiet, self.has_head = quiet, False
        is_barred = sys.stdout.isatty() if bars is None else bars
        self.bars = _make_bars() if is_barred and not quiet else None

    def __enter__(self) -> Callable[[int], Seed]:
        """Return what makes the listener of a seed."""
        if self.bars is not None:
            self.bars.start()
        return lambda number: Seed(number, self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bars is not None:
            self.bars.stop()

    def say(self, text: str) -> None:
        """Print lines, above the bars if there are any."""
        if self.quiet:
            return
        with unheard_is_fine():
            if self.bars is not None:
                self.bars.console.print(visible(text), markup=False, end="")
            else:
                tell(text)


class Seed(Listener):
    """One seed on the board."""

    def __init__(self, number: int, board: Board) -> None:
        self.number, self.board = number, board
        self.epochs = self.steps = 0
        self.task: TaskID | None = None

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Print the first seed's facts, which are those of all."""
        if not self.board.has_head:
            self.board.has_head = True
            if self.board.quiet:
                print_notes(record.notices)
            self.board.say(head(record, place, folder.parent, self.board.seeds))

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        """Show a bar."""
        self.epochs, self.steps = epochs, steps
        if self.board.bars is not None:
            name = f"seed {self.number:<{self.board.width}}"
            self.task = self.board.bars.add_task(name, total=epochs * steps, epoch=1, epochs=epochs)

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        """Move the bar."""
        if self.board.bars is not None and self.task is not None:
            done = (epoch - 1) * steps + step
            self.board.bars.update(self.task, completed=done, epoch=epoch)

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Print the epoch's line, and move the bar to its end."""
        if self.board.bars is not None and self.task is not None:
            following = min(record.epoch + 1, self.epochs)
            self.board.bars.update(self.task, completed=record.epoch * self.steps, epoch=following)
        line = epoch_line(record, self.epochs, is_best)
        self.board.say(f"seed {self.number:<{self.board.width}}  {line}\n")

    def on_end(self, fault: BaseException | None) -> None:
        """Take the bar away."""
        if self.board.bars is not None and self.task is not None:
            self.board.bars.remove_task(self.task)
            self.task = None


def _make_bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}  epoch {task.fields[epoch]}/{task.fields[epochs]}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(highlight=False, soft_wrap=True),
        transient=True,
    )
