"""Convolutions of few channels in less time, forwards and back to their input.

The gradient of the input is a convolution of the output's gradient, padded to the full. oneDNN
takes the columns that reach over the rim one by one; padded beforehand, they are like all others.
And where a convolution gives at most half as many channels as a vector register holds, two columns
are computed at once, as one with twice the channels: in channels-last maps that is the same memory.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable

LANES = 16
"""Numbers in a vector register. With more input channels than these torch is as fast."""

Padding = tuple[int, int]
"""Along height and width, on both sides."""


class Convolved(torch.autograd.Function):
    """(values, weight, bias, padding) → maps: a convolution with steps of one, channels-last."""

    @staticmethod
    def forward(
        ctx: Any,
        values: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        padding: Padding,
    ) -> torch.Tensor:
        """Return what torch's own convolution gives."""
        ctx.padding, ctx.has_bias = padding, bias is not None
        ctx.save_for_backward(values, weight)
        if bias is None and _fits_pairs(values, weight, padding):
            return _convolve_in_pairs(values, weight, padding)
        return torch.conv2d(values, weight, bias, padding=padding)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients of values, weight and bias."""
        values, weight = ctx.saved_tensors
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        from_torch, to_weight, to_bias = torch.ops.aten.convolution_backward(
            gradient,
            values,
            weight,
            [weight.shape[0]] if ctx.has_bias else None,
            [1, 1],
            list(ctx.padding),
            [1, 1],
            False,
            [0, 0],
            1,
            [False, *ctx.needs_input_grad[1:3]],
        )
        assert from_torch is None
        to_values = None
        if ctx.needs_input_grad[0]:
            to_values = input_gradient(gradient, weight, ctx.padding)
        return to_values, to_weight, to_bias, None


def is_quick_convolution(module: nn.Module | None) -> bool:
    """Return whether Convolved computes a module, and in less time than torch."""
    return (
        type(module) is nn.Conv2d
        and module.stride == module.dilation == (1, 1)
        and module.groups == 1
        and module.padding_mode == "zeros"
        and not isinstance(module.padding, str)
        and all(
            beside < extent
            for beside, extent in zip(module.padding, module.kernel_size, strict=True)
        )
        and module.kernel_size[1] > 1
        and module.in_channels <= LANES
        and (_is_paired(module) or module.kernel_size[1] - 1 - module.padding[1] >= 2)
        and module.weight.is_contiguous(memory_format=torch.channels_last)
    )


def _is_paired(module: nn.Conv2d) -> bool:
    return 2 * module.in_channels <= LANES or 2 * module.out_channels <= LANES


def input_gradient(gradient: torch.Tensor, weight: torch.Tensor, padding: Padding) -> torch.Tensor:
    """Return the gradient of a convolution's input, from that of its output, channels-last."""
    height, width = weight.shape[2:]
    above, beside = height - 1 - padding[0], width - 1 - padding[1]
    turned = weight.flip(2, 3).transpose(0, 1)
    if _fits_pairs(gradient, turned, (above, beside)):
        return _convolve_in_pairs(gradient, turned, (above, beside))
    turned = turned.contiguous(memory_format=torch.channels_last)
    return torch.conv2d(_pad_width(gradient, beside), turned, padding=(above, 0))


def _fits_pairs(values: torch.Tensor, weight: torch.Tensor, padding: Padding) -> bool:
    columns = values.shape[3] + 2 * padding[1] - weight.shape[3] + 1
    return 2 * weight.shape[0] <= LANES and columns % 2 == 0 and columns > 0


def _convolve_in_pairs(
    values: torch.Tensor, weight: torch.Tensor, padding: Padding
) -> torch.Tensor:
    """Return a convolution, two columns at once: the second sees what lies one column further."""
    many, inputs, height, width = weight.shape
    double = weight.new_zeros(2 * many, height, width + 1, inputs).permute(0, 3, 1, 2)
    double[:many, ..., :width] = weight
    double[many:, ..., 1:] = weight
    padded = _pad_width(values, padding[1])
    pairs = torch.conv2d(padded, double, stride=(1, 2), padding=(padding[0], 0))
    pairs = pairs.contiguous(memory_format=torch.channels_last)
    batch, channels, rows, columns = pairs.shape
    single = pairs.permute(0, 2, 3, 1).reshape(batch, rows, 2 * columns, channels // 2)
    return single.permute(0, 3, 1, 2)


def _pad_width(values: torch.Tensor, beside: int) -> torch.Tensor:
    """Return channels-last maps with columns of zeros on both sides."""
    if not beside:
        return values
    batch, channels, rows, _ = values.shape
    rim = values.new_zeros(batch, rows, beside, channels).permute(0, 3, 1, 2)
    return torch.cat((rim, values, rim), dim=3)  # torch's pad fills the whole with zeros first
