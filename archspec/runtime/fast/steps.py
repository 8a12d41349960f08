"""The modules that stand for a chain of torch's own, whose tensors stay with those."""

from __future__ import annotations

from typing import TypeGuard, cast

import numpy as np
import torch
from torch import nn

from archspec.runtime.fast.convolve import Convolved, is_quick_convolution
from archspec.runtime.fast.drop import Dice, Dropped, Rectified
from archspec.runtime.fast.norm import NARROW, BatchNormed, Running, Then

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d


def is_batch_norm(module: nn.Module | None) -> TypeGuard[BatchNorm]:
    """Return whether a module is a batch norm as BatchNormed computes it."""
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
    return type(module) in kinds and cast(BatchNorm, module).momentum is not None


def is_relu(module: nn.Module | None) -> TypeGuard[nn.ReLU]:
    """Return whether a module is a ReLU."""
    return type(module) is nn.ReLU


def is_dropout(module: nn.Module | None) -> TypeGuard[nn.Dropout]:
    """Return whether a module is a dropout of single elements that leaves some of them."""
    return type(module) is nn.Dropout and 0.0 < module.p < 1.0


class FastStep(nn.Module):
    """One step in place of modules that follow each other.

    They are kept out of this module's own children, so that each tensor has one name. What the step
    does not cover, such as evaluation, goes through them.
    """

    def __init__(self, chain: tuple[nn.Module, ...], dice: Dice) -> None:
        super().__init__()
        self.chain, self.others = chain, (dice,)  # tuples: torch registers nothing in them

    @property
    def draws(self) -> bool:
        """Whether the step needs random numbers."""
        return is_dropout(self.chain[-1])

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return what the modules would."""
        if values.device.type == "cpu" and all(module.training for module in self.chain):
            return self.quick(values)
        return self.exact(values)

    def dropping(self) -> tuple[float, np.random.Generator]:
        """Return the rate of the dropout at the end, and what to draw from."""
        dropout, (dice,) = self.chain[-1], self.others
        assert is_dropout(dropout)
        return dropout.p, dice.generator

    def quick(self, values: torch.Tensor) -> torch.Tensor:
        """Return the result of the step."""
        raise NotImplementedError

    def exact(self, values: torch.Tensor) -> torch.Tensor:
        """Return the result of torch's own modules."""
        for module in self.chain:
            values = module(values)
        return values


class NormStep(FastStep):
    """A batch norm, with a ReLU or not, and behind that with a dropout or not."""

    def __init__(self, chain: tuple[nn.Module, ...], dice: Dice, owns_gradient: bool) -> None:
        super().__init__(chain, dice)
        rate = chain[-1].p if is_dropout(chain[-1]) else 0.0
        self.then = Then(len(chain) > 1, rate, dice, owns_gradient)

    def quick(self, values: torch.Tensor) -> torch.Tensor:
        """Return the result of the step; torch's own norm refuses what it cannot normalize."""
        norm = self.chain[0]
        assert is_batch_norm(norm)
        assert norm.momentum is not None
        if values.dtype != torch.float32 or values.numel() <= values.shape[1]:
            return self.exact(values)
        norm._check_input_dim(values)
        if norm.num_batches_tracked is not None:
            norm.num_batches_tracked.add_(1)
        running = Running(norm.running_mean, norm.running_var, norm.momentum, norm.eps)
        result: torch.Tensor = BatchNormed.apply(values, norm.weight, norm.bias, running, self.then)
        return result


class RectifiedStep(FastStep):
    """A ReLU and a dropout."""

    def quick(self, values: torch.Tensor) -> torch.Tensor:
        """Return the result of the step."""
        result: torch.Tensor = Rectified.apply(values, *self.dropping())
        return result


class DropStep(FastStep):
    """A dropout alone."""

    def quick(self, values: torch.Tensor) -> torch.Tensor:
        """Return the result of the step."""
        result: torch.Tensor = Dropped.apply(values, *self.dropping())
        return result


class ConvolutionStep(FastStep):
    """A convolution of few channels."""

    def quick(self, values: torch.Tensor) -> torch.Tensor:
        """Return the result of the step; torch's own convolution refuses what does not fit."""
        (convolution,) = self.chain
        assert isinstance(convolution, nn.Conv2d)
        fits = (
            values.dim() == 4
            and values.shape[1] == convolution.in_channels
            and values.is_contiguous(memory_format=torch.channels_last)
            and values.stride(1) == 1  # which says it of a single channel, too
            and values.dtype == convolution.weight.dtype == torch.float32
            and not torch.is_autocast_enabled("cpu")
        )
        if not fits:
            return self.exact(values)
        weight, bias, padding = convolution.weight, convolution.bias, convolution.padding
        result: torch.Tensor = Convolved.apply(values, weight, bias, padding)
        return result


def make_step(chain: tuple[nn.Module, ...], dice: Dice, *, owns_gradient: bool) -> FastStep | None:
    """Return the step for a chain, or None where it gains nothing.

    owns_gradient: whether nobody but the step holds the gradient that comes back to it.
    """
    first, last = chain[0], chain[-1]
    if is_batch_norm(first):
        is_gain = len(chain) > 1 or first.num_features < NARROW
        return NormStep(chain, dice, owns_gradient) if is_gain else None
    if is_quick_convolution(first):
        return ConvolutionStep(chain, dice)
    if is_dropout(last):
        return RectifiedStep(chain, dice) if is_relu(first) else DropStep(chain, dice)
    return None
