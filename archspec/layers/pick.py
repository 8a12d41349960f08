"""Layers that pick a part of their input: one of equal parts, or one index of an axis."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, final

from archspec.layers.axes import DIM, along, sample_axis
from archspec.layers.base import (
    Layer,
    LayerFault,
    Part,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    no_param_shapes,
    show,
)
from archspec.layers.fields import LARGEST, Integer, field
from archspec.layers.window import AxisMap, Window
from archspec.values import dataclass


@final
@dataclass(frozen=True, slots=True)
class Split(Layer):
    """One of several equal parts of the channels (ShuffleNetV2, Ma et al. 2018)."""

    kind: ClassVar[str] = "split"
    label: ClassVar[str] = "Split"
    is_view: ClassVar[bool] = True

    sections: int = field(Integer(), "how many equal parts the channels are divided into")
    index: int = field(Integer(0), "which of the parts goes on; 0 is the first")

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (C / sections, …)."""
        channels, *others = inputs[0]
        if channels % self.sections:
            raise LayerFault(
                "sections-do-not-divide",
                f"{self.sections} sections do not divide {channels} channels",
                field="sections",
                help="use a divisor of the channels",
            )
        if self.index >= self.sections:
            raise LayerFault(
                "wrong-index",
                f"there is no section {self.index} of {self.sections}",
                field="index",
                help=f"sections are counted from 0 to {self.sections - 1}",
            )
        return (channels // self.sections, *others)

    def window(self, input: Shape) -> Window:
        """Say that channel c is channel c + index · C / sections of the input."""
        start = self.index * (input[0] // self.sections)
        return along(input, 0, AxisMap((start,), (start,), 1))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.narrow along the channels."""
        length = inputs[0][0] // self.sections
        arguments = {"dim": 1, "start": self.index * length, "length": length}
        return TorchCall("torch.narrow", arguments, "function")


@final
@dataclass(frozen=True, slots=True)
class Narrow(Layer):
    """The first step of `select`: one index of an axis, which stays."""

    kind: ClassVar[str] = "narrow"
    label: ClassVar[str] = "Narrow"
    is_step: ClassVar[bool] = True
    is_view: ClassVar[bool] = True

    dim: int = field(DIM, "the axis")
    index: int = field(Integer(-LARGEST), "the index")

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape with 1 for the axis."""
        axis, _ = self._place(inputs[0])
        return (*inputs[0][:axis], 1, *inputs[0][axis + 1 :])

    def window(self, input: Shape) -> Window:
        """Say that the one unit left is the one with the index."""
        axis, index = self._place(input)
        return along(input, axis, AxisMap((index,), (index,), 1))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.narrow."""
        _, index = self._place(inputs[0])
        return TorchCall("torch.narrow", {"dim": self.dim, "start": index, "length": 1}, "function")

    def _place(self, input: Shape) -> tuple[int, int]:
        axis = sample_axis(self.dim, input)
        size = input[axis]
        if not -size <= self.index < size:
            raise LayerFault(
                "wrong-index",
                f"there is no index {self.index} along axis {self.dim} of {show(input)}",
                field="index",
                help=f"indices are counted from 0 to {size - 1}, or back from -1",
            )
        return axis, self.index % size


@final
@dataclass(frozen=True, slots=True)
class Select(Layer):
    """One index of an axis, which is left out: the class token of (L, D), say."""

    kind: ClassVar[str] = "select"
    label: ClassVar[str] = "Select"
    is_view: ClassVar[bool] = True

    dim: int = field(DIM, "the axis that is left out; 0 is the batch, -1 the last of all")
    index: int = field(Integer(-LARGEST), "the index along this axis; -1 is the last")

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def parts(self) -> tuple[Part, ...]:
        """Return two steps: what is seen depends on the index, and then an axis goes."""
        narrow = Narrow(self.dim, self.index)
        return Part("narrow", narrow), Part("select", replace(self, index=0))

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape without the axis."""
        (input,) = inputs
        axis = sample_axis(self.dim, input)
        if len(input) == 1:
            raise LayerFault(
                "nothing-left",
                f"without its only axis nothing is left of {show(input)}",
                field="dim",
                help="put it where the input has several axes",
            )
        return (*input[:axis], *input[axis + 1 :])

    def window(self, input: Shape) -> Window:
        """Say which axes are left."""
        axis = sample_axis(self.dim, input)
        return Window("moved", sources=tuple((i,) for i in range(len(input)) if i != axis))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.select."""
        return TorchCall("torch.select", {"dim": self.dim, "index": self.index}, "function")
