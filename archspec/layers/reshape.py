"""Layers that move values and compute none: flatten, identity, padding, cropping."""

from __future__ import annotations

import math
from typing import ClassVar, final

from archspec.layers.base import (
    Layer,
    LayerFault,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    no_param_shapes,
    pointwise,
    same_shape,
    show,
    spatial_rank,
)
from archspec.layers.fields import Integer, PerAxis, field
from archspec.layers.window import AxisMap, Window
from archspec.values import dataclass

SIDES = PerAxis(Integer(0), most=6)
SIDES_DOC = "pixels on every side, or one number a side: [left, right, top, bottom, front, back]"


@final
@dataclass(frozen=True, slots=True)
class Flatten(Layer):
    """Makes one axis of features out of channels and positions."""

    kind: ClassVar[str] = "flatten"
    label: ClassVar[str] = "Flatten"
    has_row: ClassVar[bool] = False
    is_view: ClassVar[bool] = True

    start_dim: int = field(Integer(1, 4), "first axis of the row; 0 is the batch", 1)
    end_dim: int = field(Integer(-4, 4), "last axis of the row; -1 is the last of all", -1)

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (C · L · …), or the shape with the axes from start to end as one."""
        (input,) = inputs
        first, last = self._ends(input)
        return (*input[:first], math.prod(input[first : last + 1]), *input[last + 1 :])

    def window(self, input: Shape) -> Window:
        """Say which axes come to lie in one row."""
        first, last = self._ends(input)
        row = tuple(range(first, last + 1))
        alone = [(dim,) for dim in range(len(input)) if dim < first]
        behind = [(dim,) for dim in range(len(input)) if dim > last]
        return Window("moved", sources=(*alone, row, *behind))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Flatten."""
        if (self.start_dim, self.end_dim) == (1, -1):
            return TorchCall("torch.nn.Flatten")
        ends = {"start_dim": self.start_dim, "end_dim": self.end_dim}
        return TorchCall("torch.nn.Flatten", ends)

    def _ends(self, input: Shape) -> tuple[int, int]:
        """Return the first and last axis of the row, counted in the sample's shape."""
        first, last = self.start_dim - 1, self.end_dim
        last = last + len(input) if last < 0 else last - 1
        if not 0 <= first <= last < len(input):
            raise LayerFault(
                "wrong-axis",
                f"there are no axes {self.start_dim} to {self.end_dim} in {show(input)}",
                field="start_dim" if first > 0 else "end_dim",
                help=f"axes are counted from 1 to {len(input)}; 0 is the batch",
            )
        return first, last


@final
@dataclass(frozen=True, slots=True)
class Identity(Layer):
    """Gives its input back."""

    kind: ClassVar[str] = "identity"
    label: ClassVar[str] = "Identity"
    has_row: ClassVar[bool] = False
    is_view: ClassVar[bool] = True

    output_shape, window = same_shape, pointwise
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Identity."""
        return TorchCall("torch.nn.Identity")


@final
@dataclass(frozen=True, slots=True)
class ZeroPad(Layer):
    """Adds zeros around the map; several values are in torch's order, last axis first."""

    kind: ClassVar[str] = "zero_pad"
    label: ClassVar[str] = "ZeroPad"
    shorthand: ClassVar[str | None] = "padding"

    padding: tuple[int, ...] = field(SIDES, SIDES_DOC)

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (C, n + before + after per axis)."""
        sides = _sides(self, self.padding, "padding", inputs[0])
        added = zip(inputs[0][1:], sides, strict=True)
        return (inputs[0][0], *(n + before + after for n, (before, after) in added))

    def window(self, input: Shape) -> Window:
        """Say that unit o sees unit o − before."""
        sides = _sides(self, self.padding, "padding", input)
        axes = tuple(AxisMap((-b,), (-b,), 1) for b, _ in sides)
        return Window("local", axes, mixes_channels=False)

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.ZeroPad1d, 2d or 3d."""
        sides = _sides(self, self.padding, "padding", inputs[0])
        flat = tuple(pixels for side in reversed(sides) for pixels in side)
        return TorchCall(f"torch.nn.ZeroPad{len(sides)}d", {"padding": flat})


@final
@dataclass(frozen=True, slots=True)
class Crop(Layer):
    """Cuts a margin off the map; several values are in torch's order of sides, last axis first."""

    kind: ClassVar[str] = "crop"
    label: ClassVar[str] = "Crop"
    shorthand: ClassVar[str | None] = "margin"

    margin: tuple[int, ...] = field(SIDES, SIDES_DOC)

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (C, n − before − after per axis)."""
        (input,) = inputs
        sizes = []
        for n, (before, after) in zip(
            input[1:], _sides(self, self.margin, "margin", input), strict=True
        ):
            if n - before - after < 1:
                raise LayerFault(
                    "nothing-left",
                    f"margins of {before} and {after} leave nothing of {n} pixels",
                    field="margin",
                    help="use smaller margins",
                )
            sizes.append(n - before - after)
        return (input[0], *sizes)

    def window(self, input: Shape) -> Window:
        """Say that unit o sees unit o + before."""
        sides = _sides(self, self.margin, "margin", input)
        axes = tuple(AxisMap((b,), (b,), 1) for b, _ in sides)
        return Window("local", axes, mixes_channels=False)

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.functional.pad with negative numbers."""
        sides = _sides(self, self.margin, "margin", inputs[0])
        flat = tuple(-pixels for side in reversed(sides) for pixels in side)
        return TorchCall("torch.nn.functional.pad", {"pad": flat}, "function")


def _sides(
    layer: Layer, values: tuple[int, ...], name: str, input: Shape
) -> tuple[tuple[int, int], ...]:
    """Return (before, after) of each axis, first axis first."""
    rank = spatial_rank(layer, input)
    if len(values) == 1:
        return ((values[0], values[0]),) * rank
    if len(values) != 2 * rank:
        raise LayerFault(
            "wrong-length",
            f"`{name}` has {len(values)} values, but the input has {2 * rank} sides",
            field=name,
            help=f"give one number, or {2 * rank}",
        )
    pairs = tuple((values[2 * i], values[2 * i + 1]) for i in range(rank))
    return tuple(reversed(pairs))
