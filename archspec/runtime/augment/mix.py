"""MixUp and CutMix: images of a batch blended with each other, and their labels with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import torch
from torchvision.transforms import v2

from archspec.runtime.augment.loop import seeded


@final
class Mixer:
    """The mixing transforms of a spec; of several, one is drawn for each batch.

    They are torchvision's own, which draw one share and one rectangle for a whole batch.
    """

    def __init__(self, transforms: Sequence[v2.Transform], generator: torch.Generator) -> None:
        """Keep transforms with their classes, and where their random numbers come from."""
        self._transforms, self._generator = tuple(transforms), generator

    def __bool__(self) -> bool:
        """Return whether there is anything to mix."""
        return bool(self._transforms)

    @torch.no_grad()
    def __call__(
        self, images: torch.Tensor, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mixed images [B, C, H, W] and the shares of their classes, float [B, classes]."""
        chosen, seed = torch.randint(2**62, (2,), generator=self._generator).tolist()
        transform = self._transforms[chosen % len(self._transforms)]
        with seeded(seed, images.device):
            mixed, shares = transform(images, labels)
        return mixed, shares
