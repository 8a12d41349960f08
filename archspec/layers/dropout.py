"""Dropout of single values, of whole channels, and of a whole branch."""

from __future__ import annotations

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
    spatial_rank,
)
from archspec.layers.fields import Integer, Number, field
from archspec.values import dataclass

PROBABILITY = Number(at_least=0, at_most=1)


@final
@dataclass(frozen=True, slots=True)
class Dropout(Layer):
    """Sets single values to zero at random while training (Srivastava et al. 2014)."""

    kind: ClassVar[str] = "dropout"
    label: ClassVar[str] = "Dropout"
    shorthand: ClassVar[str | None] = "p"
    is_view: ClassVar[bool] = True

    p: float = field(PROBABILITY, "probability of a value to be set to zero", 0.5)

    output_shape, window = same_shape, pointwise
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Dropout."""
        return TorchCall("torch.nn.Dropout", {"p": self.p})


@final
@dataclass(frozen=True, slots=True)
class SpatialDropout(Layer):
    """Sets whole channels to zero at random while training (Tompson et al. 2015)."""

    kind: ClassVar[str] = "spatial_dropout"
    label: ClassVar[str] = "SpatialDropout"
    shorthand: ClassVar[str | None] = "p"
    is_view: ClassVar[bool] = True

    p: float = field(PROBABILITY, "probability of a channel to be set to zero", 0.5)

    window = pointwise
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape; the input must have spatial axes."""
        spatial_rank(self, inputs[0])
        return inputs[0]

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Dropout1d, 2d or 3d."""
        return TorchCall(f"torch.nn.Dropout{spatial_rank(self, inputs[0])}d", {"p": self.p})


@final
@dataclass(frozen=True, slots=True)
class StochasticDepth(Layer):
    """Sets a whole sample to zero at random while training, at the end of a residual body.

    Huang et al. 2016; by their linear rule, the layer `depth` of `of` has p · depth / of.
    """

    kind: ClassVar[str] = "stochastic_depth"
    label: ClassVar[str] = "StochasticDepth"
    shorthand: ClassVar[str | None] = "p"
    is_view: ClassVar[bool] = True

    p: float = field(PROBABILITY, "probability of a sample to be set to zero, in the last layer")
    depth: int = field(Integer(0), "place of this layer among those that have it", 1)
    of: int = field(Integer(), "place of the last layer", 1)

    window = pointwise
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape; the layer must not stand behind the last one."""
        if self.depth > self.of:
            raise LayerFault(
                "depth-too-large",
                f"`depth: {self.depth}` is behind the last layer, `of: {self.of}`",
                field="depth",
                help=f"use a depth from 0 to {self.of}, or a larger `of`",
            )
        return inputs[0]

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torchvision.ops.StochasticDepth, sample by sample."""
        arguments = {"p": self.p * self.depth / self.of, "mode": "row"}
        return TorchCall("torchvision.ops.StochasticDepth", arguments)
