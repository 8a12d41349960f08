"""Linear layers over the last axis."""

from __future__ import annotations

import math
from typing import ClassVar, final

from archspec.layers.base import Layer, Part, Shape, TorchCall, no_buffers
from archspec.layers.composite import (
    activation_field,
    dropout_field,
    norm_field,
    order_field,
    parts_of,
)
from archspec.layers.fields import Boolean, Integer, field
from archspec.layers.init import Inits, checked, init_field, inits_of
from archspec.layers.window import Window, whole
from archspec.values import dataclass


@final
@dataclass(frozen=True, slots=True)
class Linear(Layer):
    """Linear map of the last axis, with norm, activation and dropout in one entry if wanted."""

    kind: ClassVar[str] = "linear"
    label: ClassVar[str] = "Linear"
    shorthand: ClassVar[str | None] = "out_features"

    out_features: int = field(Integer(), "features of the output")
    bias: bool = field(Boolean(), "learn a bias for each output feature", True)
    norm: Layer | None = norm_field()
    activation: Layer | None = activation_field()
    dropout: Layer | None = dropout_field()
    order: tuple[str, ...] = order_field("linear")
    init: Inits | None = init_field()

    def parts(self) -> tuple[Part, ...]:
        """Return linear, norm, activation, dropout, or what `order` says."""
        return parts_of(self, "linear")

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape with `out_features` as its last axis."""
        return (*inputs[0][:-1], self.out_features)

    def window(self, input: Shape) -> Window:
        """Say that every unit sees the whole last axis; on a map it must hold features."""
        if len(input) == 1:
            return whole()
        last = len(input) - 1
        return Window("over", dims=(last,), features_only=len(input) > 2)

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return weight (out, in) and bias (out)."""
        weight = {"weight": (self.out_features, inputs[0][-1])}
        return checked(self, weight | ({"bias": (self.out_features,)} if self.bias else {}))

    buffers = no_buffers

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Return output elements × in_features; the bias is no product."""
        return math.prod(output) * inputs[0][-1]

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Linear."""
        arguments = {
            "in_features": inputs[0][-1],
            "out_features": self.out_features,
            "bias": self.bias,
        }
        return TorchCall(
            "torch.nn.Linear", arguments, inits=inits_of(self, self.param_shapes(*inputs))
        )
