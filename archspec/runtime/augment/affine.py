"""RandomRotation and RandomAffine for a batch: one grid for each image, one sampling for all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import final

import torch

from archspec.runtime.augment.batched import Batched, BatchShape, between, precise, uniform
from archspec.runtime.augment.sample import Interpolation, sampled


@dataclass(frozen=True, slots=True)
class AffineDraw:
    """What was drawn, one entry an image, worked out of uniform numbers when it is asked for.

    shares: float32 [6, B] in [0, 1). height, width: of the images, in pixels.
    """

    transform: Affine
    shares: torch.Tensor
    height: int
    width: int

    @property
    def angle(self) -> torch.Tensor:
        """Degrees: [B]."""
        return self._between(0, self.transform.degrees)

    @property
    def translate(self) -> torch.Tensor:
        """Whole pixels along x and y, as in torchvision: [B, 2]."""
        far_x = self.transform.translate[0] * self.width
        far_y = self.transform.translate[1] * self.height
        ranges = ((-far_x, far_x), (-far_y, far_y))
        shifts = [between(self.shares[1 + axis], ranges[axis]) for axis in (0, 1)]
        return torch.stack(shifts, dim=1).round().to(precise(self.shares.device))

    @property
    def scale(self) -> torch.Tensor:
        """Factors: [B]."""
        return self._between(3, self.transform.scale)

    @property
    def shear(self) -> torch.Tensor:
        """Degrees along x and y: [B, 2]."""
        along_x, along_y = self.transform.shear[:2], self.transform.shear[2:]
        return torch.stack((self._between(4, along_x), self._between(5, along_y)), dim=1)

    def _between(self, row: int, bounds: tuple[float, float]) -> torch.Tensor:
        return between(self.shares[row], bounds, precise(self.shares.device))


@final
@dataclass(frozen=True, slots=True)
class Affine(Batched[AffineDraw]):
    """Turn, shift, scale and shear each image by amounts of its own.

    degrees, scale: ranges. translate: largest shift as a share of width and height. shear: ranges
    along x and y in degrees. fill: one value, or one a channel, in 0 to 1; None leaves zeros.
    center: (x, y) in pixels from the upper left corner, by default the middle.
    counter_clockwise: True for RandomRotation, whose positive angles turn the other way.
    """

    degrees: tuple[float, float]
    translate: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)
    shear: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    interpolation: Interpolation = "nearest"
    fill: tuple[float, ...] | None = None
    center: tuple[float, float] | None = None
    counter_clockwise: bool = False

    def draw(
        self, shape: BatchShape, generator: torch.Generator, device: torch.device
    ) -> AffineDraw:
        """Return the parameters of every image."""
        batch, _, height, width = shape
        return AffineDraw(self, uniform((6, batch), generator, device), height, width)

    def apply(self, images: torch.Tensor, drawn: AffineDraw) -> torch.Tensor:
        """Return the transformed images [B, C, H, W]."""
        height, width = images.shape[-2:]
        grid = _grid(self._inverse(drawn, height, width).to(images.dtype), height, width)
        return sampled(images, grid, self.interpolation, self.fill)

    def _inverse(self, drawn: AffineDraw, height: int, width: int) -> torch.Tensor:
        """Return how a place in the input follows from one in the output, in pixels: [B, 3, 2].

        The rows are what (x, y) gains by a step along x and by one along y, and its value in the
        middle; without shifts the last is left out. The forward matrix is
        translate · centre · (rotate · scale · shear_y · shear_x) · centre⁻¹
        around the middle of the image, as documented at
        torchvision.transforms.v2.functional.affine; its linear part has determinant scale².
        """
        angle = drawn.angle
        if self.counter_clockwise:
            angle = -torch.remainder(angle, 360.0)
        turn = angle * (math.pi / 180.0)
        if any(self.shear):
            shear_x, shear_y = (drawn.shear * (math.pi / 180.0)).unbind(dim=1)
            a = torch.cos(turn - shear_y) / torch.cos(shear_y)
            b = -(a * torch.tan(shear_x) + torch.sin(turn))
            c = torch.sin(turn - shear_y) / torch.cos(shear_y)
            d = torch.cos(turn) - c * torch.tan(shear_x)
        else:  # the same bits in a third of the operations, each of which takes its time
            a = d = torch.cos(turn)
            c = torch.sin(turn)
            b = -c
        steps = torch.stack((d, -c, -b, a), dim=1).view(-1, 2, 2)
        if self.scale != (1.0, 1.0):
            steps = steps / drawn.scale[:, None, None]
        if self.translate == (0.0, 0.0) and self.center is None:
            return steps
        middle = (0.0, 0.0)
        if self.center is not None:
            middle = (self.center[0] - width * 0.5, self.center[1] - height * 0.5)
        centre = _constant(middle, steps.dtype, steps.device)
        moved = drawn.translate + centre
        back = steps[:, 0] * moved[:, :1] + steps[:, 1] * moved[:, 1:]
        return torch.cat((steps, (centre - back)[:, None]), dim=1)


def _grid(inverse: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Return [B, H, W, 2]: where each output pixel is sampled, -1 to 1 across the image."""
    dtype, device = inverse.dtype, inverse.device
    halves = _constant((0.5 * width, 0.5 * height), dtype, device)
    scaled = inverse / halves
    # One sum over the plane: the product with (x, y, 1) is 10 times slower.
    across = scaled[:, :1] * centres(width, dtype, device)[:, None]  # [B, W, 2]
    down = scaled[:, 1:2] * centres(height, dtype, device)[:, None]  # [B, H, 2]
    if inverse.shape[1] > 2:
        down = down + scaled[:, 2:]
    if inverse.device.type == "mps":  # not every version of it knows complex numbers
        return across[:, None] + down[:, :, None]
    # As a complex number a place is added at once: a sixth of the time of rows of length 2.
    places = torch.view_as_complex(across)[:, None] + torch.view_as_complex(down)[:, :, None]
    return torch.view_as_real(places)


@cache
def centres(extent: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Return the places of so many pixels along an axis, in pixels from the middle: [extent]."""
    return torch.arange(extent, dtype=dtype, device=device) - (extent - 1) * 0.5


@cache
def _constant(values: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    return torch.tensor(values, dtype=dtype, device=device)
