"""How a training shows itself: a bar on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import typer

from archspec.commands.train.text import epoch_line, head

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from archspec.record import EpochRecord, RunRecord


class Lines:
    """Prints one line an epoch, without control characters."""

    def __init__(self) -> None:
        self.epochs = 0

    def __enter__(self) -> Lines:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Print what is about to be trained. place: where the data was found, in words."""
        typer.echo(head(record, place, folder), nl=False)
        sys.stdout.flush()

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        """Remember how many epochs there are."""
        self.epochs = epochs

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        """Print nothing."""

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Print the epoch's line at once, also into a pipe."""
        typer.echo(epoch_line(record, self.epochs, is_best))
        sys.stdout.flush()

    def stop(self) -> None:
        """Leave the terminal as it was; may be called twice."""


class Quiet(Lines):
    """Prints nothing."""

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Print nothing."""

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Print nothing."""


class Relay(Lines):
    """Tells another progress all that it hears; who wants to listen, too, extends it."""

    def __init__(self, inner: Lines) -> None:
        super().__init__()
        self.inner = inner

    def __enter__(self) -> Lines:
        self.inner.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.inner.__exit__(kind, fault, trace)

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Pass it on."""
        self.inner.on_run(record, place, folder)

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        """Pass it on."""
        self.inner.on_start(epochs, steps, batch_size)

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        """Pass it on."""
        self.inner.on_batch(epoch, step, steps)

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Pass it on."""
        self.inner.on_epoch(record, is_best)

    def stop(self) -> None:
        """Pass it on."""
        self.inner.stop()


class Bar(Lines):
    """Shows a bar over all epochs, images a second and the time left, below the epochs' lines."""

    def __init__(self) -> None:
        super().__init__()
        self.bar: Progress | None = None
        self.task: TaskID | None = None
        self.batch_size = 0
        self.steps = 0

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        """Show the bar."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        super().on_start(epochs, steps, batch_size)
        self.batch_size, self.steps = batch_size, steps
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
            self.bar.console.print(line, markup=False, style="bold" if is_best else None)

    def stop(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None


def make_progress(quiet: bool) -> Lines:
    """Return how this command shows its progress."""
    if quiet:
        return Quiet()
    return Bar() if sys.stdout.isatty() else Lines()
