"""How a training shows itself: a bar on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.commands.output import unheard_is_fine
from archspec.commands.telling import tell
from archspec.commands.train.text import epoch_line, head
from archspec.record.listener import Listener

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from archspec.record import EpochRecord, RunRecord


class Notes(Listener):
    """Prints what should be known before a training starts, to standard error.

    of_run: also what the head of a run says, where nobody prints that.
    """

    def __init__(self, of_run: bool) -> None:
        self.of_run = of_run

    def on_note(self, note: str) -> None:
        """Print it."""
        print_notes([note])

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Print its notices."""
        if self.of_run:
            print_notes(record.notices)


class Lines(Listener):
    """Prints one line an epoch, without control characters."""

    def __init__(self) -> None:
        self.epochs = 0

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Print what is about to be trained."""
        _say(head(record, place, folder))

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        """Remember how many epochs there are."""
        self.epochs = epochs

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Print the epoch's line at once, also into a pipe."""
        _say(epoch_line(record, self.epochs, is_best) + "\n")


class Bar(Listener):
    """Shows a bar over all epochs, images a second and the time left, below the epochs' lines."""

    def __init__(self) -> None:
        self.bar: Progress | None = None
        self.task: TaskID | None = None
        self.epochs = self.batch_size = 0

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Print what is about to be trained."""
        _say(head(record, place, folder))

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        """Show the bar."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.epochs, self.batch_size = epochs, batch_size
        self.bar = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %  {task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=Console(highlight=False, soft_wrap=True),
            transient=True,
        )
        self.task = self.bar.add_task("", total=epochs * steps, epoch=1, epochs=epochs, rate="")
        self.bar.start()

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        """Move the bar; it draws itself ten times a second."""
        if self.bar is None or self.task is None:
            return
        done = (epoch - 1) * steps + step
        if self.bar.tasks[0].completed == 0:  # a resumed run did not do so much at once
            self.bar.reset(self.task, completed=done - 1)
        speed = self.bar.tasks[0].speed
        rate = f"{speed * self.batch_size:,.0f} images/s" if speed else ""
        self.bar.update(self.task, completed=done, epoch=epoch, rate=rate)

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Print the epoch's line above the bar."""
        if self.bar is not None:
            line = epoch_line(record, self.epochs, is_best)
            with unheard_is_fine():
                self.bar.console.print(line, markup=False, style="bold" if is_best else None)

    def on_end(self, fault: BaseException | None) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None


def shown(quiet: bool) -> tuple[Listener, ...]:
    """Return how this command shows a training."""
    if quiet:
        return (Notes(of_run=True),)
    return Notes(of_run=False), Bar() if sys.stdout.isatty() else Lines()


def print_notes(notes: Iterable[str]) -> None:
    """Print notes to standard error."""
    with unheard_is_fine():
        for note in notes:
            tell(f"note: {note}\n", to_errors=True)


def _say(text: str) -> None:
    with unheard_is_fine():
        tell(text)
