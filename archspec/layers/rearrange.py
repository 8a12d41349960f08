"""Layers that put axes in another order, or cut the same values into other axes."""

from __future__ import annotations

import math
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
from archspec.layers.fields import Integer, ListOf, field
from archspec.layers.window import Window
from archspec.values import dataclass

REST = -1
"""The axis of a new shape that takes what the others leave."""


@final
@dataclass(frozen=True, slots=True)
class Permute(Layer):
    """Puts the axes in another order; the batch stays first."""

    kind: ClassVar[str] = "permute"
    label: ClassVar[str] = "Permute"
    shorthand: ClassVar[str | None] = "dims"
    has_row: ClassVar[bool] = False
    is_view: ClassVar[bool] = True

    dims: tuple[int, ...] = field(
        ListOf(DIM, 2, MOST_AXES + 1), "the axes in their new order, 0 (the batch) first"
    )

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's sizes in the new order."""
        (input,) = inputs
        return tuple(input[axis] for axis in self._axes(input))

    def window(self, input: Shape) -> Window:
        """Say which axis went where."""
        return Window("moved", sources=tuple((axis,) for axis in self._axes(input)))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.permute."""
        return TorchCall("torch.permute", {"dims": self.dims}, "function")

    def _axes(self, input: Shape) -> tuple[int, ...]:
        first, *others = self.dims
        if first != 0:
            raise LayerFault(
                "wrong-axis",
                f"`dims` begins with {first}, which puts the batch elsewhere",
                field="dims",
                help="begin with 0: the batch stays first",
            )
        axes = sample_axes(tuple(others), input, "dims")
        if len(axes) != len(input):
            every = ", ".join(map(str, range(len(input) + 1)))
            raise LayerFault(
                "wrong-length",
                f"`dims` has {len(axes)} axes behind the batch, and {show(input)} has {len(input)}",
                field="dims",
                help=f"name each of {every} once",
            )
        return axes


@final
@dataclass(frozen=True, slots=True)
class Reshape(Layer):
    """Cuts the same values, in the same order, into axes of other sizes."""

    kind: ClassVar[str] = "reshape"
    label: ClassVar[str] = "Reshape"
    shorthand: ClassVar[str | None] = "shape"
    has_row: ClassVar[bool] = False
    is_view: ClassVar[bool] = True

    shape: tuple[int, ...] = field(
        ListOf(Integer(REST), 1, MOST_AXES), "the new sizes, without the batch; -1 for the rest"
    )

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the new shape, which has as many values as the input."""
        (input,) = inputs
        if 0 in self.shape or self.shape.count(REST) > 1:
            twice = 0 not in self.shape
            raise LayerFault(
                "wrong-shape",
                f"the shape {show(self.shape)} has {'-1 twice' if twice else 'an axis of 0'}",
                field="shape",
                help="write -1 once: the rest is for one axis" if twice else "use sizes from 1",
            )
        values, known = math.prod(input), math.prod(n for n in self.shape if n != REST)
        if values % known if REST in self.shape else values != known:
            raise LayerFault(
                "wrong-shape",
                f"{show(input)} has {values:,} values, which do not make {show(self.shape)}",
                field="shape",
                help=f"use sizes whose product {'divides' if REST in self.shape else 'is'} "
                f"{values:,}",
            )
        return tuple(values // known if n == REST else n for n in self.shape)

    def window(self, input: Shape) -> Window:
        """Say which axes come to lie in which."""
        return Window("moved", sources=regrouped(input, self.output_shape(input)))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.reshape, which finds the batch by itself."""
        shape = (-1, *self.output_shape(*inputs))
        return TorchCall("torch.reshape", {"shape": shape}, "function")


def regrouped(before: Shape, after: Shape) -> tuple[tuple[int, ...], ...]:
    """Return for each axis of a new shape the old axes whose indices it is made of.

    The shapes are walked along together: old axes are taken until their product is that of as few
    new axes as possible. Axes of size 1 stay out of that: a new one holds an old one, or none.
    """
    sources: list[tuple[int, ...]] = []
    old = 0
    while len(sources) < len(after):
        if after[len(sources)] == 1:
            is_one = old < len(before) and before[old] == 1
            sources.append((old,) if is_one else ())
            old += is_one
            continue
        first, have, wanted, new = old, 1, 1, len(sources)
        while have != wanted or wanted == 1:
            if wanted <= have:
                wanted *= after[new]
                new += 1
            else:
                have *= before[old]
                old += 1
        held = tuple(axis for axis in range(first, old) if before[axis] > 1)
        sources += [held if size > 1 else () for size in after[len(sources) : new]]
    return tuple(sources)
