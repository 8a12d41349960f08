"""A part of a folder that is too large for memory: its pictures are read as they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import final

import torch

from archspec.runtime.data.limits import worker_count
from archspec.runtime.data.model import Images, Places
from archspec.runtime.data.workers import Workers

WORTH_WORKERS = 4_096
"""Pictures to load at once that are worth starting workers for."""

CPU = torch.device("cpu")


@final
@dataclass(frozen=True, slots=True, eq=False)
class Streamed:
    """Pictures in files, read by worker processes that are some batches ahead.

    numbers: int64 [N], on the CPU: which files of the folder they are. labels: int64 [N], on
    `device`. Both parts of a folder have the same `workers`; one of them reads at a time.
    """

    workers: Workers
    numbers: torch.Tensor
    labels: torch.Tensor
    device: torch.device = CPU

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.numbers)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return channels, height and width of one image."""
        return self.workers.reader.shape

    def select(self, indices: torch.Tensor) -> Streamed:
        """Return the images at `indices` (int64 [M], or bool [N]), in that order."""
        there = self.labels[indices.to(self.device)]
        return replace(self, numbers=self.numbers[indices.cpu()], labels=there)

    def to(self, device: torch.device | str) -> Streamed:
        """Return the same images, to be brought to `device` batch by batch."""
        return replace(self, labels=self.labels.to(device), device=torch.device(device))

    def read(self, indices: Sequence[int]) -> torch.Tensor:
        """Return the few images at `indices`, uint8 [M, C, H, W], read by this process alone."""
        numbers = self.numbers[list(indices)].tolist()
        return torch.stack([self.workers.reader(number) for number in numbers]).to(self.device)

    def batches(self, order: Iterable[Places]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Give the images and labels of each batch of places, on `device`, in that order.

        Raises EnvironmentFault: `corrupt-data`, `vanished-picture`, `lost-worker`, `no-worker`;
        SpecError: `sizes-differ`. Until `close`, the workers wait for the next call.
        """
        batches = [self._indices(places) for places in order]
        wanted = self.numbers[torch.cat(batches)] if batches else self.numbers[:0]
        blocks = self.workers.read(wanted.tolist(), worker_count(self.device))
        is_pinned = self.device.type == "cuda"
        rest = torch.empty(0, *self.shape, dtype=torch.uint8)
        for indices in batches:
            images = torch.empty(len(indices), *self.shape, dtype=torch.uint8, pin_memory=is_pinned)
            filled = 0
            while filled < len(indices):
                rest = rest if len(rest) else next(blocks)
                taken = rest[: len(indices) - filled]
                images[filled : filled + len(taken)] = taken
                filled, rest = filled + len(taken), rest[len(taken) :]
            labels = self.labels[indices.to(self.device)]
            yield images.to(self.device, non_blocking=is_pinned), labels

    def close(self) -> None:
        """End the workers; may be called twice, and `batches` starts them again."""
        self.workers.close()

    def load(self) -> Images:
        """Return all images in memory."""
        images = torch.empty(len(self), *self.shape, dtype=torch.uint8)
        count = worker_count(self.device) if len(self) >= WORTH_WORKERS else 0
        filled = 0
        try:
            for block in self.workers.read(self.numbers.tolist(), count):
                images[filled : filled + len(block)] = block
                filled += len(block)
        finally:
            self.close()
        assert filled == len(self)
        return Images(images, self.labels)

    def _indices(self, places: Places) -> torch.Tensor:
        if isinstance(places, slice):
            return torch.arange(*places.indices(len(self)))
        return places.cpu()
