"""Reading a batch of images at the places of a grid, with a fill for what lies outside."""

from __future__ import annotations

from typing import Literal

import torch
from torch.nn.functional import grid_sample

from archspec.runtime.augment.batched import moved

Interpolation = Literal["nearest", "bilinear"]


def sampled(
    images: torch.Tensor,
    grid: torch.Tensor,
    interpolation: Interpolation,
    fill: tuple[float, ...] | None,
) -> torch.Tensor:
    """Return images [B, C, H, W] read at a grid [B, H, W, 2], which runs from -1 to 1 across them.

    fill: one value, or one a channel, in 0 to 1, for places outside; None reads zeros there.
    """
    if interpolation == "nearest" and fill is not None and not any(fill):
        fill = None  # what lies outside is sampled as zero anyway
    if fill is None:
        return _sample(images, grid, interpolation)
    if interpolation == "bilinear" and not any(fill) and images.device.type == "cpu":
        return _sampled_in_the_dark(images, grid)
    batch, _, height, width = images.shape
    inside = images.new_ones(batch, 1, height, width)
    read = _sample(torch.cat((images, inside), dim=1), grid, interpolation)
    pixels, share = read[:, :-1], read[:, -1:]
    # torchvision blends even a fill of 0 at the rim, by the share that lies inside.
    if not any(fill):
        return pixels * share
    filling = moved(torch.tensor(fill, dtype=images.dtype), images.device).view(1, -1, 1, 1)
    if interpolation == "nearest":
        return torch.where(share < 0.5, filling, pixels)
    return (pixels - filling) * share + filling


def _sampled_in_the_dark(images: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    """Return images read bilinearly and filled with zeros, where to look at them costs no waiting.

    Most images of digits have a border of zeros: what would be blended with the fill is zero there.
    """
    read = _sample(images, grid, "bilinear")
    last_row, last_column = images.shape[2] - 1, images.shape[3] - 1
    rows, columns = images[:, :, :: max(last_row, 1)], images[..., :: max(last_column, 1)]
    light = rows.abs().sum((1, 2, 3)) + columns.abs().sum((1, 2, 3))
    lit = light.nonzero()[:, 0]
    if len(lit):
        inside = images.new_ones(len(lit), 1, *images.shape[2:])
        read[lit] *= _sample(inside, grid[lit], "bilinear")
    return read


def _sample(images: torch.Tensor, grid: torch.Tensor, interpolation: Interpolation) -> torch.Tensor:
    return grid_sample(images, grid, mode=interpolation, padding_mode="zeros", align_corners=False)
