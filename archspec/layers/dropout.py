"""Dropout of single values and of whole channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from archspec.layers.base import (
    Layer,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    no_params,
    pointwise,
    same_shape,
    spatial_rank,
)
from archspec.layers.fields import Number, field

PROBABILITY = Number(at_least=0, at_most=1)


@final
@dataclass(frozen=True, slots=True)
class Dropout(Layer):
    """Sets single values to zero at random while training (Srivastava et al. 2014)."""

    kind: ClassVar[str] = "dropout"
    label: ClassVar[str] = "Dropout"
    shorthand: ClassVar[str | None] = "p"

    p: float = field(PROBABILITY, "probability of a value to be set to zero", 0.5)

    output_shape, window = same_shape, pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

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

    p: float = field(PROBABILITY, "probability of a channel to be set to zero", 0.5)

    window = pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape; the input must have spatial axes."""
        spatial_rank(self, inputs[0])
        return inputs[0]

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Dropout1d, 2d or 3d."""
        return TorchCall(f"torch.nn.Dropout{spatial_rank(self, inputs[0])}d", {"p": self.p})


DROPOUTS: dict[str, type[Layer]] = {layer.kind: layer for layer in (Dropout, SpatialDropout)}
"""The names that a `dropout:` field takes."""
