"""How single layers compute all seeds at once: values are [B·S, …], tensors [S, …].

Sample b of seed s stands at b·S + s, so that [B·S, C, H, W] is [B, S·C, H, W] without a copy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from archspec.runtime.side_by_side.attention import attend
from archspec.runtime.side_by_side.linear import project

Compute = Callable[..., Any]
"""Given the values of all seeds, returns theirs behind a layer."""

CONVOLUTIONS: dict[type[nn.Module], Callable[..., torch.Tensor]] = {
    nn.Conv1d: F.conv1d,
    nn.Conv2d: F.conv2d,
    nn.Conv3d: F.conv3d,
}
TRANSPOSED: dict[type[nn.Module], Callable[..., torch.Tensor]] = {
    nn.ConvTranspose1d: F.conv_transpose1d,
    nn.ConvTranspose2d: F.conv_transpose2d,
    nn.ConvTranspose3d: F.conv_transpose3d,
}
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def rule_of(module: nn.Module, seeds: int) -> Compute | None:
    """Return how a layer of torch computes so many seeds; None where there is no rule for it.

    module: its tensors are stacked already.
    """
    if type(module) in CONVOLUTIONS and getattr(module, "padding_mode", "") == "zeros":
        return _convolution(module, seeds, CONVOLUTIONS[type(module)])
    if type(module) in TRANSPOSED:
        return _transposed(module, seeds, TRANSPOSED[type(module)])
    if type(module) in BATCH_NORMS:
        return _batch_norm(module, seeds)
    if type(module) is nn.Linear:
        return lambda values: project(values, module.weight, module.bias, seeds)
    if type(module) is nn.MultiheadAttention and _is_plain(module):
        return partial(attend, module, seeds)
    return None


def wide(values: torch.Tensor, seeds: int) -> torch.Tensor:
    """Return [B·S, C, …] as [B, S·C, …]."""
    return values.reshape(-1, seeds * values.shape[1], *values.shape[2:])


def narrow(values: torch.Tensor, seeds: int) -> torch.Tensor:
    """Return [B, S·C, …] as [B·S, C, …]."""
    return values.reshape(-1, values.shape[1] // seeds, *values.shape[2:])


def _is_plain(module: nn.MultiheadAttention) -> bool:
    """Return whether attention is as the layers make it: the batch first, nothing added to keys."""
    return module.batch_first and module.bias_k is None and not module.add_zero_attn


def _flat(tensor: torch.Tensor | None) -> torch.Tensor | None:
    """Return [S, C, …] as [S·C, …], over the same memory."""
    return None if tensor is None else tensor.flatten(0, 1)


def _convolution(module: Any, seeds: int, function: Callable[..., torch.Tensor]) -> Compute:
    def compute(values: torch.Tensor) -> torch.Tensor:
        made = function(
            wide(values, seeds),
            _flat(module.weight),
            _flat(module.bias),
            module.stride,
            module.padding,
            module.dilation,
            module.groups * seeds,
        )
        return narrow(made, seeds)

    return compute


def _transposed(module: Any, seeds: int, function: Callable[..., torch.Tensor]) -> Compute:
    def compute(values: torch.Tensor) -> torch.Tensor:
        made = function(
            wide(values, seeds),
            _flat(module.weight),
            _flat(module.bias),
            module.stride,
            module.padding,
            module.output_padding,
            module.groups * seeds,
            module.dilation,
        )
        return narrow(made, seeds)

    return compute


def _batch_norm(module: Any, seeds: int) -> Compute:
    def compute(values: torch.Tensor) -> torch.Tensor:
        """As torch.nn.modules.batchnorm._BatchNorm.forward, for S·C channels."""
        mean, variance = _flat(module.running_mean), _flat(module.running_var)
        share = module.momentum
        if module.training and module.num_batches_tracked is not None:
            module.num_batches_tracked.add_(1)
            if share is None:  # the average over all batches; the same for every seed
                share = 1.0 / float(module.num_batches_tracked[0])
        if module.training and not module.track_running_stats:
            mean = variance = None
        made = F.batch_norm(
            wide(values, seeds),
            mean,
            variance,
            _flat(module.weight),
            _flat(module.bias),
            module.training or mean is None,
            share or 0.0,
            module.eps,
        )
        return narrow(made, seeds)

    return compute
