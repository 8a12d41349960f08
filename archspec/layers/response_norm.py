"""Normalization by the neighbouring channels."""

from __future__ import annotations

from typing import ClassVar, final

from archspec.layers.axes import along
from archspec.layers.base import (
    Layer,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    no_param_shapes,
    spatial_rank,
)
from archspec.layers.fields import Integer, Number, field
from archspec.layers.window import AxisMap, Window
from archspec.values import dataclass


@final
@dataclass(frozen=True, slots=True)
class LocalResponseNorm(Layer):
    """Divides each value by a root of the squares in its neighbour channels (Krizhevsky 2012)."""

    kind: ClassVar[str] = "local_response_norm"
    label: ClassVar[str] = "LocalResponseNorm"
    shorthand: ClassVar[str | None] = "size"

    size: int = field(Integer(), "how many neighbouring channels count")
    alpha: float = field(Number(), "weight of the mean of their squares", 1e-4)
    beta: float = field(Number(), "exponent of the divisor", 0.75)
    k: float = field(Number(), "what the divisor is without them", 1.0)

    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape; the input must have spatial axes."""
        spatial_rank(self, inputs[0])
        return inputs[0]

    def window(self, input: Shape) -> Window:
        """Say that a channel sees the channels beside it, ⌊size / 2⌋ of them before it."""
        before = self.size // 2
        return along(input, 0, AxisMap((-before,), (self.size - 1 - before,), 1))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.LocalResponseNorm."""
        arguments = {"size": self.size, "alpha": self.alpha, "beta": self.beta, "k": self.k}
        # Over three axes torch takes a view of two as one, which a permuted map does not have.
        is_volume = len(inputs[0]) == 4
        return TorchCall("torch.nn.LocalResponseNorm", arguments, contiguous=is_volume)
