"""One trainable factor for each index of an axis."""

from __future__ import annotations

from typing import ClassVar, final

from archspec.layers.axes import DIM, sample_axis
from archspec.layers.base import (
    Init,
    Layer,
    Shape,
    Tensor,
    TorchCall,
    no_buffers,
    no_macs,
    pointwise,
)
from archspec.layers.fields import Number, field
from archspec.values import dataclass


@final
@dataclass(frozen=True, slots=True)
class LayerScale(Layer):
    """Multiplies each index of an axis by a trainable factor, small at first (Touvron 2021)."""

    kind: ClassVar[str] = "layer_scale"
    label: ClassVar[str] = "LayerScale"
    shorthand: ClassVar[str | None] = "init_value"

    init_value: float = field(Number(), "the factors at the start", 1e-6)
    dim: int = field(DIM, "the axis that has a factor for each index; 1 is the channels", 1)

    window = pointwise
    buffers, macs = no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape."""
        sample_axis(self.dim, inputs[0])
        return inputs[0]

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return the factors: (C, 1, 1) along the channels of a map, (D) along the last axis."""
        (input,) = inputs
        axis = sample_axis(self.dim, input)
        return {"weight": (input[axis], *(1,) * (len(input) - axis - 1))}

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.mul of the factors and the input."""
        init = Init("constant_", {"val": self.init_value})
        tensors = {"weight": Tensor(self.param_shapes(*inputs)["weight"], init)}
        return TorchCall("torch.mul", style="function", tensors=tensors)
