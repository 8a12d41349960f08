"""RandomCrop for a batch: pad all alike, then cut a window of the same size out of each image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torchvision.transforms.v2 import functional

from archspec.runtime.augment.batched import Batched, BatchShape, uniform


@final
@dataclass(frozen=True, slots=True)
class BatchedCrop(Batched[torch.Tensor]):
    """Pad by (left, top, right, bottom) pixels, then cut each image at a corner of its own.

    fill: one value, or one a channel, in 0 to 1. padding_mode: constant, edge, reflect, symmetric.
    """

    padding: tuple[int, int, int, int]
    fill: tuple[float, ...] | None = None
    padding_mode: str = "constant"

    def draw(
        self, shape: BatchShape, generator: torch.Generator, device: torch.device
    ) -> torch.Tensor:
        """Return the upper left corners in the padded images, int64 [B, 2]: top, left."""
        left, top, right, bottom = self.padding
        shares = uniform((shape[0], 2), generator, device)
        corners = torch.stack(
            (shares[:, 0] * (top + bottom + 1), shares[:, 1] * (left + right + 1))
        )
        return corners.long().T

    def apply(self, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
        """Return the cut images [B, C, H, W]."""
        height, width = images.shape[-2:]
        fill = None if self.fill is None else list(self.fill)
        padded = functional.pad(images, list(self.padding), fill, self.padding_mode)
        windows = padded.unfold(2, height, 1).unfold(3, width, 1)
        everyone = torch.arange(images.shape[0], device=images.device)
        cut: torch.Tensor = windows[everyone, :, drawn[:, 0], drawn[:, 1]]
        return cut
