"""Activations that bend softly, and what stands in for them: sigmoids, exponential units, gates."""

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
from archspec.layers.fields import Choice, Integer, Number, field
from archspec.values import dataclass


@final
@dataclass(frozen=True, slots=True)
class ELU(Layer):
    """Exponential linear unit, α·(exp(x) − 1) below zero (Clevert et al. 2015)."""

    kind: ClassVar[str] = "elu"
    label: ClassVar[str] = "ELU"
    shorthand: ClassVar[str | None] = "alpha"

    alpha: float = field(Number(), "α, the limit below zero", 1.0)

    output_shape, window = same_shape, pointwise
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

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
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

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
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

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
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

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
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

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
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

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
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

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
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

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
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Tanh."""
        return TorchCall("torch.nn.Tanh")


@final
@dataclass(frozen=True, slots=True)
class Softplus(Layer):
    """log(1 + exp(β·x)) / β."""

    kind: ClassVar[str] = "softplus"
    label: ClassVar[str] = "Softplus"

    beta: float = field(Number(above=0), "β, the sharpness of the bend", 1.0)
    threshold: int = field(Integer(0), "linear where β·x is above this", 20)

    output_shape, window = same_shape, pointwise
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.Softplus."""
        return TorchCall("torch.nn.Softplus", {"beta": self.beta, "threshold": self.threshold})
