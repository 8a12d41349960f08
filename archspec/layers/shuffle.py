"""Layers that put channels in another order, or trade channels for pixels."""

from __future__ import annotations

from typing import ClassVar, final

from archspec.layers.axes import along
from archspec.layers.base import (
    Layer,
    LayerFault,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    no_param_shapes,
    spatial_rank,
)
from archspec.layers.fields import Integer, field
from archspec.layers.window import AxisMap, Window, interleaved
from archspec.values import dataclass

FACTOR = Integer(1, 1024)


@final
@dataclass(frozen=True, slots=True)
class ChannelShuffle(Layer):
    """Deals the channels of each group out to all groups (Zhang et al. 2017)."""

    kind: ClassVar[str] = "channel_shuffle"
    label: ClassVar[str] = "ChannelShuffle"
    shorthand: ClassVar[str | None] = "groups"

    groups: int = field(Integer(), "groups that the channels are divided into")

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape; the groups must divide the channels."""
        spatial_rank(self, inputs[0])
        if inputs[0][0] % self.groups:
            raise LayerFault(
                "groups-do-not-divide",
                f"{self.groups} groups do not divide {inputs[0][0]} channels",
                field="groups",
                help="use a divisor of the channels",
            )
        return inputs[0]

    def window(self, input: Shape) -> Window:
        """Say that channel i · groups + g is channel i of group g, place by place."""
        return along(input, 0, interleaved(self.groups, input[0] // self.groups))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.ChannelShuffle."""
        return TorchCall("torch.nn.ChannelShuffle", {"groups": self.groups})


@final
@dataclass(frozen=True, slots=True)
class PixelShuffle(Layer):
    """Makes a map r times as high and wide out of r² times the channels (Shi et al. 2016)."""

    kind: ClassVar[str] = "pixel_shuffle"
    label: ClassVar[str] = "PixelShuffle"
    shorthand: ClassVar[str | None] = "upscale_factor"

    upscale_factor: int = field(FACTOR, "r, how many times as high and wide")

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (C / r², H · r, W · r)."""
        spatial_rank(self, inputs[0], (2,))
        (channels, height, width), factor = inputs[0], self.upscale_factor
        if channels % factor**2:
            raise LayerFault(
                "factor-does-not-divide",
                f"{factor} · {factor} = {factor**2} does not divide {channels} channels",
                field="upscale_factor",
                help=f"give the layer before it a multiple of {factor**2} channels",
            )
        return (channels // factor**2, height * factor, width * factor)

    def window(self, input: Shape) -> Window:
        """Say that unit o comes from unit ⌊o / r⌋."""
        here = (0,) * self.upscale_factor
        return Window("local", (AxisMap(here, here, 1),) * 2)

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.PixelShuffle."""
        return TorchCall("torch.nn.PixelShuffle", {"upscale_factor": self.upscale_factor})


@final
@dataclass(frozen=True, slots=True)
class PixelUnshuffle(Layer):
    """Puts each square of r by r pixels into the channels of one place (Shi et al. 2016)."""

    kind: ClassVar[str] = "pixel_unshuffle"
    label: ClassVar[str] = "PixelUnshuffle"
    shorthand: ClassVar[str | None] = "downscale_factor"

    downscale_factor: int = field(FACTOR, "r, how many times as low and narrow")

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (C · r², H / r, W / r)."""
        spatial_rank(self, inputs[0], (2,))
        (channels, height, width), factor = inputs[0], self.downscale_factor
        for size, name in ((height, "height"), (width, "width")):
            if size % factor:
                raise LayerFault(
                    "factor-does-not-divide",
                    f"{factor} does not divide a {name} of {size}",
                    field="downscale_factor",
                    help="use a divisor of height and width, or pad or crop the map before it",
                )
        return (channels * factor**2, height // factor, width // factor)

    def window(self, input: Shape) -> Window:
        """Say that all channels of a unit together see a square of r by r."""
        factor = self.downscale_factor
        return Window("local", (AxisMap((0,), (factor - 1,), factor),) * 2)

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.PixelUnshuffle."""
        return TorchCall("torch.nn.PixelUnshuffle", {"downscale_factor": self.downscale_factor})
