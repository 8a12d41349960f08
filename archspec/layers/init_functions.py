"""The functions of torch.nn.init: their arguments, and the tensors that they can fill."""

from __future__ import annotations

from typing import NamedTuple, final

from archspec.layers.fields import LARGEST_FLOAT, Choice, Integer, Number, field
from archspec.values import dataclass

SPREAD = Number(at_least=0)
GAINS = ("leaky_relu", "relu", "linear", "sigmoid", "tanh", "selu")


@final
@dataclass(frozen=True, slots=True)
class Nothing:
    """No arguments."""


@final
@dataclass(frozen=True, slots=True)
class Constant:
    """One value everywhere."""

    val: float = field(Number(), "the value")


@final
@dataclass(frozen=True, slots=True)
class Uniform:
    """Even between two ends."""

    a: float = field(Number(), "the lower end", 0.0)
    b: float = field(Number(), "the upper end", 1.0)


@final
@dataclass(frozen=True, slots=True)
class Normal:
    """A normal distribution."""

    mean: float = field(Number(), "its mean", 0.0)
    std: float = field(SPREAD, "its standard deviation", 1.0)


@final
@dataclass(frozen=True, slots=True)
class Truncated:
    """A normal distribution between two ends."""

    mean: float = field(Number(), "its mean", 0.0)
    std: float = field(Number(above=0), "its standard deviation", 1.0)
    a: float = field(Number(), "the lower end", -2.0)
    b: float = field(Number(), "the upper end", 2.0)


@final
@dataclass(frozen=True, slots=True)
class Glorot:
    """Spread by the sizes of the tensor (Glorot and Bengio 2010)."""

    gain: float = field(Number(0, LARGEST_FLOAT / 4), "factor of the standard deviation", 1.0)


@final
@dataclass(frozen=True, slots=True)
class Gain:
    """Rows or columns at right angles (Saxe et al. 2013)."""

    gain: float = field(Number(), "factor of all values", 1.0)


@final
@dataclass(frozen=True, slots=True)
class Fan:
    """Scaled by the inputs or outputs of a unit and the activation (He et al. 2015)."""

    a: float = field(Number(), "slope below zero of leaky_relu", 0.0)
    mode: str = field(
        Choice(("fan_in", "fan_out")),
        "which variance is kept: forward, or of the gradient",
        "fan_in",
    )
    nonlinearity: str = field(Choice(GAINS), "the activation behind the layer", "leaky_relu")


@final
@dataclass(frozen=True, slots=True)
class Dirac:
    """Gives the input through, channel by channel."""

    groups: int = field(Integer(), "groups of the convolution", 1)


@final
@dataclass(frozen=True, slots=True)
class Sparse:
    """A normal distribution with zeros in it (Martens 2010)."""

    sparsity: float = field(Number(at_least=0, at_most=1), "share of zeros in each column")
    std: float = field(SPREAD, "standard deviation of the others", 0.01)


class Function(NamedTuple):
    """The arguments of a function, and how many axes the tensor may have that it fills."""

    arguments: type
    least_axes: int = 0
    most_axes: int | None = None


FUNCTIONS: dict[str, Function] = {
    "zeros_": Function(Nothing),
    "ones_": Function(Nothing),
    "constant_": Function(Constant),
    "normal_": Function(Normal),
    "trunc_normal_": Function(Truncated),
    "uniform_": Function(Uniform),
    "kaiming_normal_": Function(Fan, 2),
    "kaiming_uniform_": Function(Fan, 2),
    "xavier_normal_": Function(Glorot, 2),
    "xavier_uniform_": Function(Glorot, 2),
    "orthogonal_": Function(Gain, 2),
    "eye_": Function(Nothing, 2, 2),
    "dirac_": Function(Dirac, 3, 5),
    "sparse_": Function(Sparse, 2, 2),
}
"""Names, arguments and defaults are torch's, which a test holds against torch itself."""
