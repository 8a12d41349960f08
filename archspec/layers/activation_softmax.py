"""Softmax along an axis, and its logarithm."""

from __future__ import annotations

from typing import ClassVar, final

from archspec.layers.axes import DIM, sample_axis
from archspec.layers.base import (
    Layer,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    no_param_shapes,
)
from archspec.layers.fields import field
from archspec.layers.window import Window, whole
from archspec.values import dataclass

DIM_DOC = "the axis whose values sum to 1; 0 is the batch, 1 the channels, -1 the last of all"


@final
@dataclass(frozen=True, slots=True)
class Softmax(Layer):
    """exp(x) over its sum along an axis: the channels (or features) by default."""

    kind: ClassVar[str] = "softmax"
    label: ClassVar[str] = "Softmax"

    dim: int = field(DIM, DIM_DOC, 1)

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape."""
        sample_axis(self.dim, inputs[0])
        return inputs[0]

    def window(self, input: Shape) -> Window:
        """Say that each unit sees the whole axis: all channels of its own place, by default."""
        return _over(sample_axis(self.dim, input), input)

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Softmax."""
        return TorchCall("torch.nn.Softmax", {"dim": self.dim})


@final
@dataclass(frozen=True, slots=True)
class LogSoftmax(Layer):
    """Logarithm of softmax along an axis: the channels (or features) by default."""

    kind: ClassVar[str] = "log_softmax"
    label: ClassVar[str] = "LogSoftmax"

    dim: int = field(DIM, DIM_DOC, 1)

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape."""
        sample_axis(self.dim, inputs[0])
        return inputs[0]

    def window(self, input: Shape) -> Window:
        """Say that each unit sees the whole axis: all channels of its own place, by default."""
        return _over(sample_axis(self.dim, input), input)

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.LogSoftmax."""
        return TorchCall("torch.nn.LogSoftmax", {"dim": self.dim})


def _over(axis: int, input: Shape) -> Window:
    return whole() if len(input) == 1 else Window("global", dims=(axis,))
