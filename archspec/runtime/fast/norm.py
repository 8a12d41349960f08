"""Batch norm with the ReLU and the dropout behind it, as one step of autograd.

The ReLU and the dropout work in place on the norm's result. That result is above zero exactly where
the gradient passes both, so that backward needs no mask; dropout's scale is part of the norm's
weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch.autograd.function import once_differentiable

from archspec.runtime.fast.drop import Dice, drop_

_aten = torch.ops.aten


@dataclass(frozen=True, slots=True)
class Then:
    """What follows the norm: a ReLU or not, and behind it a dropout of this rate, or 0.

    owns_gradient: whether nobody else holds the gradient that comes back, so that it may be
    overwritten.
    """

    relu: bool
    rate: float
    dice: Dice
    owns_gradient: bool

    @property
    def scale(self) -> float:
        """The factor of what dropout leaves."""
        return 1.0 / (1.0 - self.rate)


class Running(NamedTuple):
    """The running statistics, or None, and how they take in those of a batch."""

    mean: torch.Tensor | None
    var: torch.Tensor | None
    momentum: float
    eps: float


class BatchNormed(torch.autograd.Function):
    """(values, weight, bias, running, then) → values, normalized by the batch's own statistics."""

    @staticmethod
    def forward(
        ctx: Any,
        values: torch.Tensor,
        weight: torch.Tensor | None,
        bias: torch.Tensor | None,
        running: Running,
        then: Then,
    ) -> torch.Tensor:
        """Return (values - mean) / sqrt(var + eps) * weight + bias, and what follows."""
        scaled, shifted = weight, bias
        if then.rate:
            scale = then.scale
            scaled = values.new_full(values.shape[1:2], scale) if weight is None else weight * scale
            shifted = None if bias is None else bias * scale
        forward = _narrow_forward if is_narrow(values) else _forward
        result, mean, inverse = forward(values, scaled, shifted, running)
        if then.relu:
            result.relu_()
        if then.rate:
            drop_(result, then.rate, then.dice.generator)
        ctx.then, ctx.eps = then, running.eps
        ctx.save_for_backward(values, scaled, mean, inverse, result if then.relu else None)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients of values, weight and bias."""
        values, scaled, mean, inverse, result = ctx.saved_tensors
        if ctx.then.relu:
            gradient = _rectified(gradient, result, is_owned=ctx.then.owns_gradient)
        backward = _narrow_backward if is_narrow(values) else _backward
        needs = ctx.needs_input_grad[:3]
        to_values, to_weight, to_bias = backward(
            gradient, values, scaled, mean, inverse, ctx.eps, needs
        )
        if ctx.then.rate:
            to_weight, to_bias = (
                None if each is None else each.mul_(ctx.then.scale) for each in (to_weight, to_bias)
            )
        return to_values, to_weight, to_bias, None, None


def _rectified(gradient: torch.Tensor, result: torch.Tensor, *, is_owned: bool) -> torch.Tensor:
    """Return the gradient where the result is above zero, and zero elsewhere."""
    if gradient.stride() != result.stride():  # elements in another order cost 5 times the time
        gradient = torch.empty_like(result).copy_(gradient)
        is_owned = True
    if is_owned:
        _aten.threshold_backward.grad_input(gradient, result, 0, grad_input=gradient)
        return gradient
    passed: torch.Tensor = _aten.threshold_backward(gradient, result, 0)
    return passed


def _forward(
    values: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    running: Running,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    result: tuple[torch.Tensor, torch.Tensor, torch.Tensor] = torch.native_batch_norm(
        values, weight, bias, running.mean, running.var, True, running.momentum, running.eps
    )
    return result


def _backward(
    gradient: torch.Tensor,
    values: torch.Tensor,
    weight: torch.Tensor | None,
    mean: torch.Tensor,
    inverse: torch.Tensor,
    eps: float,
    needs: tuple[bool, bool, bool],
) -> tuple[torch.Tensor | None, torch.Tensor | None, torch.Tensor | None]:
    result: tuple[torch.Tensor | None, torch.Tensor | None, torch.Tensor | None] = (
        _aten.native_batch_norm_backward(
            gradient, values, weight, None, None, mean, inverse, True, eps, list(needs)
        )
    )
    return result


NARROW = 32
"""Channels from which on torch's own kernels are always as fast."""

# Torch's kernels for channels-last maps work on one pixel's channels at a time, and fewer channels
# than a vector register holds run one by one (6 times slower with 10 channels than with 16). Here a
# row of pixels is one long vector, and what belongs to a channel is repeated along it.


def is_narrow(values: torch.Tensor) -> bool:
    """Return whether the maps are channels-last with channels that fill no vector registers."""
    channels = values.shape[1]
    return (
        (channels < 16 or (channels < NARROW and channels % 8 != 0))
        and values.dim() == 4
        and values.is_contiguous(memory_format=torch.channels_last)
        and values.dtype == torch.float32
    )


def _narrow_forward(
    values: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    running: Running,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rows, width, count = _rows(values), values.shape[3], values.numel() // values.shape[1]
    mean = _by_channel(rows, width).div_(count)
    squares = _aten.mse_loss(rows, _along(mean, width), 0)
    var = _by_channel(squares, width).div_(count)
    inverse = (var + running.eps).rsqrt_()
    factor = inverse if weight is None else inverse * weight
    offset = -mean * factor if bias is None else torch.addcmul(bias, mean, factor, value=-1)
    result = torch.addcmul(_along(offset, width), rows, _along(factor, width), out=squares)
    if running.mean is not None and running.var is not None:
        running.mean.lerp_(mean, running.momentum)
        running.var.lerp_(var.mul_(count / (count - 1)), running.momentum)
    return _maps(result, values), mean, inverse


def _narrow_backward(
    gradient: torch.Tensor,
    values: torch.Tensor,
    weight: torch.Tensor | None,
    mean: torch.Tensor,
    inverse: torch.Tensor,
    eps: float,
    needs: tuple[bool, bool, bool],
) -> tuple[torch.Tensor | None, torch.Tensor | None, torch.Tensor | None]:
    """Return the gradients; Ioffe & Szegedy, Batch Normalization, 2015, section 3."""
    rows, width, count = _rows(values), values.shape[3], values.numel() // values.shape[1]
    changes = _rows(gradient.contiguous(memory_format=torch.channels_last))
    to_bias = _by_channel(changes, width)
    # twice gradient * (values - mean), in one pass; left to itself, torch fills it with zeros first
    products = torch.empty_like(rows)
    _aten.mse_loss_backward.grad_input(changes, rows, _along(mean, width), 0, grad_input=products)
    to_weight = _by_channel(products, width).mul_(inverse).mul_(0.5)
    to_values = None
    if needs[0]:
        factor = inverse if weight is None else inverse * weight
        slope = (factor * inverse).mul_(to_weight).mul_(-1.0 / count)
        offset = (factor * to_bias).mul_(-1.0 / count).addcmul_(slope, mean, value=-1)
        result = torch.addcmul(_along(offset, width), rows, _along(slope, width), out=products)
        to_values = _maps(result.addcmul_(changes, _along(factor, width)), values)
    return to_values, to_weight if needs[1] else None, to_bias if needs[2] else None


def _rows(maps: torch.Tensor) -> torch.Tensor:
    """Return channels-last maps [N, C, H, W] as [N * H, W * C]."""
    batch, channels, height, width = maps.shape
    return maps.permute(0, 2, 3, 1).reshape(batch * height, width * channels)


def _maps(rows: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    batch, channels, height, width = like.shape
    return rows.view(batch, height, width, channels).permute(0, 3, 1, 2)


def _by_channel(rows: torch.Tensor, width: int) -> torch.Tensor:
    """Return the sum over all pixels, [C]."""
    return rows.sum(0).view(width, -1).sum(0)


def _along(channels: torch.Tensor, width: int) -> torch.Tensor:
    """Return what belongs to each channel, [C], for each number of a row, [W * C]."""
    return channels.expand(width, -1).reshape(-1)  # a third of the time of `repeat`
