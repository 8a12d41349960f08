"""Activations with a bend at zero: rectified linear units."""

from __future__ import annotations

from typing import ClassVar, final

from archspec.layers.base import (
    Layer,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    no_param_shapes,
    pointwise,
    same_shape,
)
from archspec.layers.fields import Boolean, Number, field
from archspec.values import dataclass


@final
@dataclass(frozen=True, slots=True)
class ReLU(Layer):
    """Rectified linear unit, max(0, x)."""

    kind: ClassVar[str] = "relu"
    label: ClassVar[str] = "ReLU"

    output_shape, window = same_shape, pointwise
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.ReLU."""
        return TorchCall("torch.nn.ReLU")


@final
@dataclass(frozen=True, slots=True)
class ReLU6(Layer):
    """Rectified linear unit that ends at 6, min(max(0, x), 6)."""

    kind: ClassVar[str] = "relu6"
    label: ClassVar[str] = "ReLU6-"

    output_shape, window = same_shape, pointwise
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.ReLU6."""
        return TorchCall("torch.nn.ReLU6")


@final
@dataclass(frozen=True, slots=True)
class LeakyReLU(Layer):
    """Rectified linear unit with a small slope below zero."""

    kind: ClassVar[str] = "leaky_relu"
    label: ClassVar[str] = "LeakyReLU"
    shorthand: ClassVar[str | None] = "negative_slope"

    negative_slope: float = field(Number(), "slope below zero", 0.01)

    output_shape, window = same_shape, pointwise
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.LeakyReLU."""
        return TorchCall("torch.nn.LeakyReLU", {"negative_slope": self.negative_slope})


@final
@dataclass(frozen=True, slots=True)
class PReLU(Layer):
    """Rectified linear unit whose slope below zero is learned (He et al. 2015)."""

    kind: ClassVar[str] = "prelu"
    label: ClassVar[str] = "PReLU"

    per_channel: bool = field(Boolean(), "one slope for each channel instead of one for all", False)
    init: float = field(Number(), "slope below zero at the start", 0.25)

    output_shape, window = same_shape, pointwise
    buffers, macs = no_buffers, no_macs

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return the slopes: (C) or (1)."""
        return {"weight": (self._slopes(inputs[0]),)}

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.PReLU."""
        arguments = {"num_parameters": self._slopes(inputs[0]), "init": self.init}
        return TorchCall("torch.nn.PReLU", arguments)

    def _slopes(self, input: Shape) -> int:
        return input[0] if self.per_channel else 1
