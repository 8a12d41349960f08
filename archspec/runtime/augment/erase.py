"""RandomErasing for a batch: a rectangle of its own in each image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, final

import torch

from archspec.runtime.augment.batched import Batched, BatchShape, between, moved, one_each, uniform

TRIES = 10
"""Rectangles that are tried until one fits, as in torchvision; then the image stays as it is."""


class EraseDraw(NamedTuple):
    """What was drawn: whether bool [B], rectangles int64 [B] each, values like the images."""

    erased: torch.Tensor
    top: torch.Tensor
    left: torch.Tensor
    height: torch.Tensor
    width: torch.Tensor
    values: torch.Tensor


@final
@dataclass(frozen=True, slots=True)
class Erase(Batched[EraseDraw]):
    """Overwrite a rectangle of each image with probability `p`.

    scale: its area as a share of the image. ratio: height over width. value: one value, or one a
    channel, in 0 to 1; None draws every pixel from the normal distribution.
    """

    p: float
    scale: tuple[float, float]
    ratio: tuple[float, float]
    value: tuple[float, ...] | None

    def draw(
        self, shape: BatchShape, generator: torch.Generator, device: torch.device
    ) -> EraseDraw:
        """Return one rectangle an image; those that never fitted are not erased."""
        batch, _, height, width = shape
        shares = uniform((2, batch, TRIES), generator, device)
        area = between(shares[0], self.scale) * (height * width)
        ratio = between(shares[1], (math.log(self.ratio[0]), math.log(self.ratio[1]))).exp()
        tall, wide = (area * ratio).sqrt().round(), (area / ratio).sqrt().round()
        fits = (tall < height) & (wide < width)
        first = fits.to(torch.uint8).argmax(dim=1, keepdim=True)
        tall, wide = tall.gather(1, first)[:, 0], wide.gather(1, first)[:, 0]
        rest = uniform((3, batch), generator, device)
        return EraseDraw(
            (rest[0] < self.p) & fits.any(dim=1),
            (rest[1] * (height - tall + 1)).long(),
            (rest[2] * (width - wide + 1)).long(),
            tall.long(),
            wide.long(),
            self._values(shape, generator, device),
        )

    def apply(self, images: torch.Tensor, drawn: EraseDraw) -> torch.Tensor:
        """Return the images [B, C, H, W] with their rectangles overwritten."""
        height, width = images.shape[-2:]
        rows = torch.arange(height, device=images.device)
        columns = torch.arange(width, device=images.device)
        in_rows = _within(rows, drawn.top, drawn.height)
        in_columns = _within(columns, drawn.left, drawn.width)
        erased = in_rows[:, None, :, None] & in_columns[:, None, None, :] & one_each(drawn.erased)
        return torch.where(erased, drawn.values.to(images.dtype), images)

    def _values(
        self, shape: BatchShape, generator: torch.Generator, device: torch.device
    ) -> torch.Tensor:
        if self.value is not None:
            return moved(torch.tensor(self.value), device).view(1, -1, 1, 1)
        noise = torch.randn(shape, generator=generator, device=generator.device)
        return moved(noise, device)


def _within(places: torch.Tensor, start: torch.Tensor, extent: torch.Tensor) -> torch.Tensor:
    """Return bool [B, P]: which places lie in each image's stretch."""
    return (places >= start[:, None]) & (places < (start + extent)[:, None])
