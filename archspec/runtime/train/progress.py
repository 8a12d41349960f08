"""What a training tells while it runs; it never prints by itself."""

from __future__ import annotations

from typing import Protocol

from archspec.record import EpochRecord


class Progress(Protocol):
    """Listens to a training. All of it runs between two steps and must be quick."""

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        """Hear how many epochs will run, with how many steps each, of how many images."""

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        """Hear that a step of an epoch was given to the device; all three count from 1."""

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Hear what an epoch brought, after it was written down."""


class Silent:
    """Listens and says nothing."""

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        """Say nothing."""

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        """Say nothing."""

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Say nothing."""
