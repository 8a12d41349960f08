"""Normalization over the batch, over groups of channels, over layers and over instances."""

from __future__ import annotations

import math
from typing import ClassVar, final

from archspec.layers.axes import MOST_AXES
from archspec.layers.base import (
    Layer,
    LayerFault,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    pointwise,
    show,
    spatial_rank,
)
from archspec.layers.fields import Boolean, Integer, Number, field
from archspec.layers.init import Inits, checked, init_field, inits_of
from archspec.layers.window import GLOBAL, Window
from archspec.values import dataclass

EPS = Number(above=0)
EPS_DOC = "added to the variance before the root"


@final
@dataclass(frozen=True, slots=True)
class BatchNorm(Layer):
    """Normalizes each channel by the batch's statistics (Ioffe and Szegedy 2015)."""

    kind: ClassVar[str] = "batch_norm"
    label: ClassVar[str] = "BatchNorm"

    eps: float = field(EPS, EPS_DOC, 1e-5)
    momentum: float = field(
        Number(0, 1), "weight of the newest batch in the running statistics", 0.1
    )
    affine: bool = field(Boolean(), "learn a weight and a bias for each channel", True)
    init: Inits | None = init_field()

    # In evaluation, which is what a receptive field speaks of, the statistics are constants.
    window, macs = pointwise, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape: features, or a map of 1 to 3 spatial axes."""
        spatial_rank(self, inputs[0], (0, 1, 2, 3))
        return inputs[0]

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return weight and bias of each channel: (C)."""
        return checked(self, _affine(self.affine, inputs[0][:1]))

    def buffers(self, input: Shape) -> dict[str, Shape]:
        """Return running mean and variance, (C), and the number of batches, a scalar."""
        channels = (input[0],)
        return {"running_mean": channels, "running_var": channels, "num_batches_tracked": ()}

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.BatchNorm1d (for features too), 2d or 3d."""
        rank = max(1, spatial_rank(self, inputs[0], (0, 1, 2, 3)))
        arguments = {
            "num_features": inputs[0][0],
            "eps": self.eps,
            "momentum": self.momentum,
            "affine": self.affine,
        }
        inits = inits_of(self, self.param_shapes(*inputs))
        return TorchCall(f"torch.nn.BatchNorm{rank}d", arguments, inits=inits)


@final
@dataclass(frozen=True, slots=True)
class GroupNorm(Layer):
    """Normalizes groups of channels over all positions of a sample (Wu and He 2018)."""

    kind: ClassVar[str] = "group_norm"
    label: ClassVar[str] = "GroupNorm"
    shorthand: ClassVar[str | None] = "num_groups"

    num_groups: int = field(Integer(), "groups that the channels are divided into")
    eps: float = field(EPS, EPS_DOC, 1e-5)
    affine: bool = field(Boolean(), "learn a weight and a bias for each channel", True)
    init: Inits | None = init_field()

    buffers, macs = no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape; the groups must divide the channels and have several values."""
        channels = inputs[0][0]
        if channels % self.num_groups:
            raise LayerFault(
                "groups-do-not-divide",
                f"{self.num_groups} groups do not divide {channels} channels",
                field="num_groups",
                help="use a divisor of the channels",
            )
        if math.prod(inputs[0]) == self.num_groups:  # torch refuses it for a batch of one
            raise LayerFault(
                "nothing-to-normalize",
                f"{self.num_groups} groups leave one value in each of {show(inputs[0])}",
                field="num_groups",
                help="use fewer groups, or put it where the map is larger",
            )
        return inputs[0]

    def window(self, input: Shape) -> Window:
        """Say that every unit sees the statistics of all positions."""
        return GLOBAL

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return weight and bias of each channel: (C)."""
        return checked(self, _affine(self.affine, inputs[0][:1]))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.GroupNorm."""
        arguments = {
            "num_groups": self.num_groups,
            "num_channels": inputs[0][0],
            "eps": self.eps,
            "affine": self.affine,
        }
        return TorchCall(
            "torch.nn.GroupNorm", arguments, inits=inits_of(self, self.param_shapes(*inputs))
        )


@final
@dataclass(frozen=True, slots=True)
class LayerNorm(Layer):
    """Normalizes all values of a sample together, or those of its last axes (Ba et al. 2016)."""

    kind: ClassVar[str] = "layer_norm"
    label: ClassVar[str] = "LayerNorm"

    eps: float = field(EPS, EPS_DOC, 1e-5)
    affine: bool = field(Boolean(), "learn a weight and a bias for each value", True)
    normalized_dims: int | None = field(
        Integer(1, MOST_AXES),
        "how many of the last axes are normalized together; all by default",
        None,
    )
    init: Inits | None = init_field()

    buffers, macs = no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape, which must have the axes that are normalized."""
        (input,) = inputs
        if self.normalized_dims is not None and self.normalized_dims > len(input):
            raise LayerFault(
                "wrong-rank",
                f"there are no {self.normalized_dims} axes in {show(input)}",
                field="normalized_dims",
                help=f"use at most {len(input)}, or leave it out for all axes",
            )
        return input

    def window(self, input: Shape) -> Window:
        """Say that every unit sees the statistics of all positions along these axes."""
        first = len(input) - len(self._normalized(input))
        return Window("global", dims=tuple(range(first, len(input))))

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return weight and bias of each value: the whole shape, or its last axes."""
        return checked(self, _affine(self.affine, self._normalized(inputs[0])))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.LayerNorm over the whole shape, or its last axes."""
        arguments = {
            "normalized_shape": self._normalized(inputs[0]),
            "eps": self.eps,
            "elementwise_affine": self.affine,
        }
        return TorchCall(
            "torch.nn.LayerNorm", arguments, inits=inits_of(self, self.param_shapes(*inputs))
        )

    def _normalized(self, input: Shape) -> Shape:
        return input if self.normalized_dims is None else input[-self.normalized_dims :]


@final
@dataclass(frozen=True, slots=True)
class InstanceNorm(Layer):
    """Normalizes each channel of a sample over all its positions (Ulyanov et al. 2016)."""

    kind: ClassVar[str] = "instance_norm"
    label: ClassVar[str] = "InstanceNorm"

    eps: float = field(EPS, EPS_DOC, 1e-5)
    affine: bool = field(Boolean(), "learn a weight and a bias for each channel", False)
    init: Inits | None = init_field()

    buffers, macs = no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape; each channel must have more than one value."""
        spatial_rank(self, inputs[0])
        if all(size == 1 for size in inputs[0][1:]):
            raise LayerFault(
                "nothing-to-normalize",
                f"instance_norm needs more than one position, got {show(inputs[0])}",
                help="put it where the map is larger than 1x1",
            )
        return inputs[0]

    def window(self, input: Shape) -> Window:
        """Say that every unit sees the statistics of all positions of its channel."""
        return Window("global", dims=tuple(range(1, len(input))))

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return weight and bias of each channel: (C)."""
        return checked(self, _affine(self.affine, inputs[0][:1]))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.InstanceNorm1d, 2d or 3d."""
        arguments = {"num_features": inputs[0][0], "eps": self.eps, "affine": self.affine}
        rank, inits = spatial_rank(self, inputs[0]), inits_of(self, self.param_shapes(*inputs))
        return TorchCall(f"torch.nn.InstanceNorm{rank}d", arguments, inits=inits)


def _affine(affine: bool, shape: Shape) -> dict[str, Shape]:
    return {"weight": shape, "bias": shape} if affine else {}
