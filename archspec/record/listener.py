"""Who listens to a training; by itself it prints nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from archspec.record.model import EpochRecord, RunRecord


class Listener:
    """Hears what a training tells, and does nothing: who listens overrides what it wants to hear.

    All of it runs between two steps and must be quick.
    """

    def on_note(self, note: str) -> None:
        """Hear what should be known before the training starts, such as a file that has changed."""

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Hear what is about to be trained. place: where the data was found, in words."""

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        """Hear how many epochs there are, with how many steps each, of how many images."""

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        """Hear that a step of an epoch was given to the device; all three count from 1."""

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Hear what an epoch brought, after it was written down."""

    def on_end(self, fault: BaseException | None) -> None:
        """Hear that nothing more comes, and why where it is a fault; may be called twice."""


@contextmanager
def heard_to_the_end(listeners: Sequence[Listener]) -> Iterator[None]:
    """Tell the listeners when it is over, in whatever way."""
    try:
        yield
    except BaseException as fault:
        for listener in listeners:
            listener.on_end(fault)
        raise
    for listener in listeners:
        listener.on_end(None)
