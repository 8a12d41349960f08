"""Activations: every value by itself, and softmax along an axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from archspec.layers.axes import DIM, sample_axis
from archspec.layers.base import (
    Layer,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    no_params,
    pointwise,
    same_shape,
)
from archspec.layers.fields import Boolean, Choice, Integer, Number, field
from archspec.layers.window import Window, whole

DIM_DOC = "the axis whose values sum to 1; 0 is the batch, 1 the channels, -1 the last of all"


@final
@dataclass(frozen=True, slots=True)
class ReLU(Layer):
    """Rectified linear unit, max(0, x)."""

    kind: ClassVar[str] = "relu"
    label: ClassVar[str] = "ReLU"

    output_shape, window = same_shape, pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

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
    params, buffers, macs = no_params, no_buffers, no_macs

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
    params, buffers, macs = no_params, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.LeakyReLU."""
        return TorchCall("torch.nn.LeakyReLU", {"negative_slope": self.negative_slope})


@final
@dataclass(frozen=True, slots=True)
class ELU(Layer):
    """Exponential linear unit, α·(exp(x) − 1) below zero (Clevert et al. 2015)."""

    kind: ClassVar[str] = "elu"
    label: ClassVar[str] = "ELU"
    shorthand: ClassVar[str | None] = "alpha"

    alpha: float = field(Number(), "α, the limit below zero", 1.0)

    output_shape, window = same_shape, pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.ELU."""
        return TorchCall("torch.nn.ELU", {"alpha": self.alpha})


@final
@dataclass(frozen=True, slots=True)
class SELU(Layer):
    """Self-normalizing exponential linear unit (Klambauer et al. 2017)."""

    kind: ClassVar[str] = "selu"
    label: ClassVar[str] = "SELU"

    output_shape, window = same_shape, pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.SELU."""
        return TorchCall("torch.nn.SELU")


@final
@dataclass(frozen=True, slots=True)
class GELU(Layer):
    """Gaussian error linear unit, x·Φ(x) (Hendrycks and Gimpel 2016)."""

    kind: ClassVar[str] = "gelu"
    label: ClassVar[str] = "GELU"

    approximate: str = field(
        Choice(("none", "tanh")), "`tanh` for the approximation, `none` for exact", "none"
    )

    output_shape, window = same_shape, pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.GELU."""
        return TorchCall("torch.nn.GELU", {"approximate": self.approximate})


@final
@dataclass(frozen=True, slots=True)
class SiLU(Layer):
    """Sigmoid linear unit, x·σ(x), also called swish."""

    kind: ClassVar[str] = "silu"
    label: ClassVar[str] = "SiLU"

    output_shape, window = same_shape, pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.SiLU."""
        return TorchCall("torch.nn.SiLU")


@final
@dataclass(frozen=True, slots=True)
class Mish(Layer):
    """x·tanh(softplus(x)) (Misra 2019)."""

    kind: ClassVar[str] = "mish"
    label: ClassVar[str] = "Mish"

    output_shape, window = same_shape, pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Mish."""
        return TorchCall("torch.nn.Mish")


@final
@dataclass(frozen=True, slots=True)
class Hardswish(Layer):
    """x·ReLU6(x + 3) / 6 (Howard et al. 2019)."""

    kind: ClassVar[str] = "hardswish"
    label: ClassVar[str] = "Hardswish"

    output_shape, window = same_shape, pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Hardswish."""
        return TorchCall("torch.nn.Hardswish")


@final
@dataclass(frozen=True, slots=True)
class Hardsigmoid(Layer):
    """ReLU6(x + 3) / 6 (Howard et al. 2019)."""

    kind: ClassVar[str] = "hardsigmoid"
    label: ClassVar[str] = "Hardsigmoid"

    output_shape, window = same_shape, pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Hardsigmoid."""
        return TorchCall("torch.nn.Hardsigmoid")


@final
@dataclass(frozen=True, slots=True)
class Sigmoid(Layer):
    """1 / (1 + exp(−x))."""

    kind: ClassVar[str] = "sigmoid"
    label: ClassVar[str] = "Sigmoid"

    output_shape, window = same_shape, pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Sigmoid."""
        return TorchCall("torch.nn.Sigmoid")


@final
@dataclass(frozen=True, slots=True)
class Tanh(Layer):
    """Hyperbolic tangent."""

    kind: ClassVar[str] = "tanh"
    label: ClassVar[str] = "Tanh"

    output_shape, window = same_shape, pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Tanh."""
        return TorchCall("torch.nn.Tanh")


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

    def params(self, *inputs: Shape) -> dict[str, Shape]:
        """Return the slopes: (C) or (1)."""
        return {"weight": (self._slopes(inputs[0]),)}

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.PReLU."""
        arguments = {"num_parameters": self._slopes(inputs[0]), "init": self.init}
        return TorchCall("torch.nn.PReLU", arguments)

    def _slopes(self, input: Shape) -> int:
        return input[0] if self.per_channel else 1


@final
@dataclass(frozen=True, slots=True)
class Softmax(Layer):
    """exp(x) over its sum along an axis: the channels (or features) by default."""

    kind: ClassVar[str] = "softmax"
    label: ClassVar[str] = "Softmax"

    dim: int = field(DIM, DIM_DOC, 1)

    params, buffers, macs = no_params, no_buffers, no_macs

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

    params, buffers, macs = no_params, no_buffers, no_macs

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


@final
@dataclass(frozen=True, slots=True)
class Softplus(Layer):
    """log(1 + exp(β·x)) / β."""

    kind: ClassVar[str] = "softplus"
    label: ClassVar[str] = "Softplus"

    beta: float = field(Number(above=0), "β, the sharpness of the bend", 1.0)
    threshold: int = field(Integer(0), "linear where β·x is above this", 20)

    output_shape, window = same_shape, pointwise
    params, buffers, macs = no_params, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Softplus."""
        return TorchCall("torch.nn.Softplus", {"beta": self.beta, "threshold": self.threshold})


def _over(axis: int, input: Shape) -> Window:
    return whole() if len(input) == 1 else Window("global", dims=(axis,))


ACTIVATIONS: dict[str, type[Layer]] = {
    layer.kind: layer
    for layer in (
        ReLU,
        ReLU6,
        LeakyReLU,
        PReLU,
        ELU,
        SELU,
        GELU,
        SiLU,
        Mish,
        Hardswish,
        Hardsigmoid,
        Sigmoid,
        Tanh,
        Softplus,
        Softmax,
        LogSoftmax,
    )
}
"""The names that an `activation:` field takes."""
