"""RandomHorizontalFlip and RandomVerticalFlip for a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch

from archspec.runtime.augment.batched import Batched, BatchShape, one_each, uniform


@final
@dataclass(frozen=True, slots=True)
class Flip(Batched[torch.Tensor]):
    """Mirror each image along `axis` (-1 left to right, -2 top to bottom) with probability `p`."""

    p: float
    axis: int

    def draw(
        self, shape: BatchShape, generator: torch.Generator, device: torch.device
    ) -> torch.Tensor:
        """Return which images are mirrored, bool [B]."""
        return uniform((shape[0],), generator, device) < self.p

    def apply(self, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
        """Return the images [B, C, H, W], some of them mirrored."""
        return torch.where(one_each(drawn), images.flip(self.axis), images)
