"""The mean along some axes."""

from __future__ import annotations

from typing import ClassVar, final

from archspec.layers.axes import DIM, MOST_AXES, sample_axes
from archspec.layers.base import (
    Layer,
    LayerFault,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    no_param_shapes,
    show,
)
from archspec.layers.fields import Boolean, PerAxis, field
from archspec.layers.window import Window
from archspec.values import dataclass


@final
@dataclass(frozen=True, slots=True)
class Mean(Layer):
    """Mean along one or more axes, which are left out, or kept with one unit."""

    kind: ClassVar[str] = "mean"
    label: ClassVar[str] = "Mean"
    shorthand: ClassVar[str | None] = "dim"

    dim: tuple[int, ...] = field(
        PerAxis(DIM, MOST_AXES), "axis or axes; 0 is the batch, 1 the channels, -1 the last of all"
    )
    keepdim: bool = field(Boolean(), "keep these axes, with size 1", False)

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape without the axes, or with 1 for them."""
        (input,) = inputs
        axes = sample_axes(self.dim, input)
        if self.keepdim:
            return tuple(1 if axis in axes else size for axis, size in enumerate(input))
        if len(axes) == len(input):
            raise LayerFault(
                "nothing-left",
                f"the mean along every axis of {show(input)} leaves none",
                field="dim",
                help="leave one axis out, or write `keepdim: true`",
            )
        return tuple(size for axis, size in enumerate(input) if axis not in axes)

    def window(self, input: Shape) -> Window:
        """Say that a unit sees the whole extent of these axes."""
        return Window("mean", dims=sample_axes(self.dim, input))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.mean."""
        return TorchCall("torch.mean", {"dim": self.dim, "keepdim": self.keepdim}, "function")
