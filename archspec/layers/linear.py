"""Linear layers over the last axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

from archspec.layers.base import Layer, LayerFault, Part, Shape, TorchCall, no_buffers, show
from archspec.layers.composite import (
    activation_field,
    dropout_field,
    norm_field,
    order_field,
    parts_of,
)
from archspec.layers.fields import Boolean, Integer, field
from archspec.layers.window import AxisMap, Window, whole


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

    def parts(self) -> tuple[Part, ...]:
        """Return linear, norm, activation, dropout, or what `order` says."""
        return parts_of(self, "linear")

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape with `out_features` as its last axis."""
        (input,) = inputs
        if len(input) > 2:
            raise LayerFault(
                "not-flattened",
                f"linear needs features, got a map of {show(input)}",
                help=f"put `- flatten` before it: {math.prod(input):,} features",
            )
        return (*input[:-1], self.out_features)

    def window(self, input: Shape) -> Window:
        """Say that every unit sees the whole extent of the last axis."""
        if len(input) == 1:
            return whole()
        return Window("local", (AxisMap((0,), (input[-1] - 1,), 0),))

    def params(self, input: Shape) -> dict[str, Shape]:
        """Return weight (out, in) and bias (out)."""
        weight = {"weight": (self.out_features, input[-1])}
        return weight | ({"bias": (self.out_features,)} if self.bias else {})

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
        return TorchCall("torch.nn.Linear", arguments)
