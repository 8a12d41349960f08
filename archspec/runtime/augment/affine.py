"""RandomRotation and RandomAffine for a batch: one grid for each image, one sampling for all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, final

import torch

from archspec.runtime.augment.batched import Batched, BatchShape, between, precise, uniform
from archspec.runtime.augment.sample import Interpolation, sampled


class AffineDraw(NamedTuple):
    """What was drawn, one row an image: degrees [B], pixels [B, 2], factor [B], degrees [B, 2]."""

    angle: torch.Tensor
    translate: torch.Tensor
    scale: torch.Tensor
    shear: torch.Tensor


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
        """Return the parameters of every image; shifts are whole pixels, as in torchvision."""
        batch, _, height, width = shape
        exact = precise(device)
        shares = uniform((6, batch), generator, device)
        far_x, far_y = self.translate[0] * width, self.translate[1] * height
        shifts = torch.stack(
            (between(shares[1], (-far_x, far_x)), between(shares[2], (-far_y, far_y))), dim=1
        )
        shear_x, shear_y = self.shear[:2], self.shear[2:]
        shears = (between(shares[4], shear_x, exact), between(shares[5], shear_y, exact))
        return AffineDraw(
            between(shares[0], self.degrees, exact),
            shifts.round().to(exact),
            between(shares[3], self.scale, exact),
            torch.stack(shears, dim=1),
        )

    def apply(self, images: torch.Tensor, drawn: AffineDraw) -> torch.Tensor:
        """Return the transformed images [B, C, H, W]."""
        height, width = images.shape[-2:]
        grid = _grid(self._inverse(drawn, height, width).to(images.dtype), height, width)
        return sampled(images, grid, self.interpolation, self.fill)

    def _inverse(self, drawn: AffineDraw, height: int, width: int) -> torch.Tensor:
        """Return [B, 2, 3]: from a place in the output to its place in the input, in pixels.

        The forward matrix is translate · centre · (rotate · scale · shear_y · shear_x) · centre⁻¹
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
        linear = torch.stack((d, -b, -c, a), dim=1).view(-1, 2, 2)
        if self.scale != (1.0, 1.0):
            linear = linear / drawn.scale[:, None, None]
        if self.translate == (0.0, 0.0) and self.center is None:
            return torch.cat((linear, linear.new_zeros(len(linear), 2, 1)), dim=2)
        middle = (0.0, 0.0)
        if self.center is not None:
            middle = (self.center[0] - width * 0.5, self.center[1] - height * 0.5)
        moved_x = drawn.translate[:, 0, None] + middle[0]
        moved_y = drawn.translate[:, 1, None] + middle[1]
        back = linear[:, :, 0] * moved_x + linear[:, :, 1] * moved_y
        offset = torch.stack((middle[0] - back[:, 0], middle[1] - back[:, 1]), dim=1)
        return torch.cat((linear, offset[:, :, None]), dim=2)


def _grid(inverse: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Return [B, H, W, 2]: where each output pixel is sampled, -1 to 1 across the image."""
    columns, rows = (
        centres(extent, inverse.dtype, inverse.device)[:, None] for extent in (width, height)
    )
    scaled = torch.stack((inverse[:, 0] / (0.5 * width), inverse[:, 1] / (0.5 * height)), dim=2)
    along_x, along_y, offset = (part[:, None] for part in scaled.unbind(dim=1))
    # One sum over the plane: the product with (x, y, 1) is 10 times slower.
    across = along_x * columns  # [B, W, 2]
    down = along_y * rows + offset  # [B, H, 2]
    if inverse.device.type == "mps":  # not every version of it knows complex numbers
        return across[:, None] + down[:, :, None]
    # As a complex number a place is added at once: a sixth of the time of rows of length 2.
    places = torch.view_as_complex(across)[:, None] + torch.view_as_complex(down)[:, :, None]
    return torch.view_as_real(places)


def centres(extent: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Return the places of so many pixels along an axis, in pixels from the middle: [extent]."""
    return torch.arange(extent, dtype=dtype, device=device) - (extent - 1) * 0.5
