"""Reading a batch of images at the places of a grid, with a fill for what lies outside."""

from __future__ import annotations

from typing import Literal

import torch
from torch.nn.functional import grid_sample

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
    if interpolation == "bilinear" and not any(fill) and _has_black_border(images):
        return _sample(images, grid, interpolation)
    batch, _, height, width = images.shape
    inside = images.new_ones(batch, 1, height, width)
    read = _sample(torch.cat((images, inside), dim=1), grid, interpolation)
    pixels, share = read[:, :-1], read[:, -1:]
    # torchvision blends even a fill of 0 at the rim, by the share that lies inside.
    if not any(fill):
        return pixels * share
    filling = (
        torch.tensor(fill, dtype=images.dtype)
        .to(images.device, non_blocking=True)
        .view(1, -1, 1, 1)
    )
    if interpolation == "nearest":
        return torch.where(share < 0.5, filling, pixels)
    return (pixels - filling) * share + filling


def _has_black_border(images: torch.Tensor) -> bool:
    """Return whether every image has a border of zeros, as far as that is known without waiting.

    What would be blended with zeros at the rim then comes from zeros, and blending gains nothing.
    """
    if images.device.type != "cpu":
        return False
    sides = (images[..., 0, :], images[..., -1, :], images[..., 0], images[..., -1])
    return not any(bool(side.any()) for side in sides)


def _sample(images: torch.Tensor, grid: torch.Tensor, interpolation: Interpolation) -> torch.Tensor:
    return grid_sample(images, grid, mode=interpolation, padding_mode="zeros", align_corners=False)
