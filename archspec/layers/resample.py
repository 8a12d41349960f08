"""Up-sampling by the nearest unit or by linear interpolation."""

from __future__ import annotations

from typing import ClassVar, final

from archspec.layers.base import (
    Layer,
    LayerFault,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    no_param_shapes,
    per_axis,
    spatial_rank,
)
from archspec.layers.fields import Choice, Integer, PerAxis, field
from archspec.layers.window import Window, resampled
from archspec.values import dataclass

LINEAR_MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


@final
@dataclass(frozen=True, slots=True)
class Upsample(Layer):
    """Enlarges the map by whole factors, or to a given size."""

    kind: ClassVar[str] = "upsample"
    label: ClassVar[str] = "Upsample"
    shorthand: ClassVar[str | None] = "scale_factor"

    scale_factor: tuple[int, ...] | None = field(
        PerAxis(Integer(1, 1024)), "how many times as large along each axis", None
    )
    size: tuple[int, ...] | None = field(PerAxis(), "size of the output along each axis", None)
    mode: str = field(
        Choice(("nearest", *LINEAR_MODES.values())),
        "nearest, or linear (1-D), bilinear (2-D), trilinear (3-D)",
        "nearest",
    )

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (C, n · scale_factor) or (C, *size)."""
        (input,) = inputs
        rank = spatial_rank(self, input)
        if (self.scale_factor is None) == (self.size is None):
            raise LayerFault(
                "one-of-two",
                "upsample needs either `scale_factor` or `size`, "
                + ("got neither" if self.size is None else "got both"),
                help="write `- upsample: 2`, or `- upsample: {size: 32}`",
            )
        if self.mode not in ("nearest", LINEAR_MODES[rank]):
            raise LayerFault(
                "wrong-rank",
                f"`mode: {self.mode}` does not fit a {rank}-D map",
                field="mode",
                help=f"use `{LINEAR_MODES[rank]}` or `nearest`",
            )
        if self.size is not None:
            return (input[0], *per_axis(self.size, rank, "size"))
        assert self.scale_factor is not None
        factors = per_axis(self.scale_factor, rank, "scale_factor")
        return (input[0], *(n * f for n, f in zip(input[1:], factors, strict=True)))

    def window(self, input: Shape) -> Window:
        """Return the window of each phase."""
        output = self.output_shape(input)
        return resampled(input[1:], output[1:], linear=self.mode != "nearest")

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Upsample."""
        sizes = self.output_shape(*inputs)[1:]
        return TorchCall("torch.nn.Upsample", {"size": sizes, "mode": self.mode})
