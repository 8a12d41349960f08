"""ElasticTransform for a batch: each image pulled about by a smooth random field of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import final

import torch

from archspec.language.takes.images import smoothing_reach
from archspec.runtime.augment.affine import centres
from archspec.runtime.augment.batched import Batched, BatchShape, uniform
from archspec.runtime.augment.sample import Interpolation, sampled


@final
@dataclass(frozen=True, slots=True)
class Elastic(Batched[torch.Tensor]):
    """Move each pixel by noise from -alpha/2 to alpha/2 pixels, smoothed by a Gaussian.

    alpha, sigma: along x and y; sigma in pixels, 0 leaves the noise as it is. What is drawn are the
    shifts, float32 [B, H, W, 2] in units of half an image.
    """

    alpha: tuple[float, float]
    sigma: tuple[float, float]
    interpolation: Interpolation = "bilinear"
    fill: tuple[float, ...] | None = None

    def draw(
        self, shape: BatchShape, generator: torch.Generator, device: torch.device
    ) -> torch.Tensor:
        """Return the shifts of every pixel of every image."""
        batch, _, height, width = shape
        noise = uniform((2, batch, height, width), generator, device) * 2 - 1
        shifts = torch.empty(batch, height, width, 2, device=device)
        for axis, extent in enumerate((width, height)):
            field = noise[axis]
            if self.sigma[axis] > 0:
                # torchvision sizes the kernel of a field by its own axis, along both.
                size = 2 * smoothing_reach(self.sigma[axis]) + 1
                across, down = (
                    smoothing(extent, size, sigma).to(device)
                    for extent, sigma in zip((width, height), self.sigma, strict=True)
                )
                field = down @ (field @ across.T)
            torch.mul(field, self.alpha[axis] / extent, out=shifts[..., axis])
        return shifts

    def apply(self, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
        """Return the transformed images [B, C, H, W]."""
        height, width = images.shape[-2:]
        columns, rows = (
            centres(extent, images.dtype, images.device) / (0.5 * extent)
            for extent in (width, height)
        )
        grid = drawn.to(images.dtype, copy=True)
        grid[..., 0] += columns
        grid[..., 1] += rows[:, None]
        return sampled(images, grid, self.interpolation, self.fill)


@cache
def smoothing(extent: int, size: int, sigma: float) -> torch.Tensor:
    """Return float32 [extent, extent]: a Gaussian of so many taps, mirrored at the borders.

    As a matrix, the smoothing of a whole batch is two products. size: odd, its half below extent.
    """
    half = size // 2
    taps = torch.exp(-0.5 * (torch.arange(-half, half + 1, dtype=torch.float64) / sigma) ** 2)
    taps /= taps.sum()
    matrix = torch.zeros(extent, extent, dtype=torch.float64)
    places = torch.arange(extent)
    for offset, weight in zip(range(-half, half + 1), taps, strict=True):
        read = (places + offset).abs()
        read = torch.where(read >= extent, 2 * (extent - 1) - read, read)
        matrix.index_put_((places, read), weight, accumulate=True)
    return matrix.float()
