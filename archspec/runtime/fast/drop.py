"""Which elements dropout zeroes: drawn twenty times faster than one number for each of them.

A step of dropout p on n elements is n independent trials. For small p only the gaps between dropped
elements are drawn, which are independent and geometric; otherwise one uniform number an element.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.autograd.function import once_differentiable

GAPS_UP_TO = 0.35
"""The rate up to which gaps are drawn; from 0.45 on one number an element was measured faster."""

FINE_BELOW = 2.0**-7
"""The rate below which gaps are long, few, and drawn from the numbers of a float64."""


class Dice(nn.Module):
    """One fast generator for all that a network draws in one pass.

    Its seed comes from torch's global generator: whoever sets the state of that one repeats a pass.
    """

    def __init__(self) -> None:
        super().__init__()
        self.generator = np.random.Generator(np.random.SFC64(0))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return the network's input as it is, after seeding."""
        if self.training:
            seed = int(torch.randint(2**63 - 1, ()).item())
            self.generator = np.random.Generator(np.random.SFC64(seed))
        return values


def drop_(values: torch.Tensor, rate: float, generator: np.random.Generator) -> torch.Tensor:
    """Zero each element with probability `rate`, in place; return what was drawn.

    values: any dense tensor on the CPU; its strides decide which element a number stands for.
    """
    flat = _flat(values)
    if rate <= GAPS_UP_TO:
        drawn = torch.from_numpy(dropped_places(flat.numel(), rate, generator))
    else:
        shares = generator.random(flat.numel(), dtype=np.float32)
        drawn = torch.from_numpy(shares).ge_(rate)  # 1 where an element stays
    _apply(flat, drawn)
    return drawn


def dropped_places(count: int, rate: float, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return the ascending numbers below `count` that are dropped, each with probability `rate`.

    The gap before the next one is floor(E / -log(1 - rate)) for an E of the exponential
    distribution (Devroye, Non-Uniform Random Variate Generation, 1986, X.2): geometric, with the
    24 bits of a float32, or below FINE_BELOW the 53 of a float64.
    """
    parts: list[NDArray[np.int64]] = []
    scale, last = 1.0 / math.log1p(-rate), -1
    while last < count:
        left = (count - last) * rate
        many = int(left + 6 * math.sqrt(left)) + 8
        gaps: NDArray[Any]
        if rate < FINE_BELOW:
            gaps = generator.standard_exponential(many)
            gaps = np.fmin(gaps * -scale, count)  # a rate near zero leaps out of the integers
        else:
            # Two uniform numbers from a word of the generator: half of the time of one from each.
            words = generator.bit_generator.random_raw(many // 2)
            gaps = words.view(np.uint32).astype(np.float32)
            gaps += np.float32(0.5)
            gaps *= np.float32(2.0**-32)
            np.log(gaps, out=gaps)
            gaps *= np.float32(scale)
        steps = gaps.astype(np.int64)
        steps += 1
        steps[0] += last
        places = np.cumsum(steps, out=steps)
        parts.append(places)
        last = int(places[-1])
    places = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return places[: np.searchsorted(places, count)]


class Rectified(torch.autograd.Function):
    """ReLU and dropout: (values, rate, generator) → values.

    They are above zero exactly where the gradient passes, so that backward needs no mask.
    """

    @staticmethod
    def forward(
        ctx: Any, values: torch.Tensor, rate: float, generator: np.random.Generator
    ) -> torch.Tensor:
        """Return what is above zero, scaled, some of it zero."""
        ctx.scale = 1.0 / (1.0 - rate)
        result = values.relu().mul_(ctx.scale)
        drop_(result, rate, generator)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Return the gradient where it passes, scaled."""
        (result,) = ctx.saved_tensors
        passed: torch.Tensor = torch.ops.aten.threshold_backward(gradient, result, 0)
        return passed.mul_(ctx.scale), None, None


class Dropped(torch.autograd.Function):
    """Dropout of values that someone else may need: (values, rate, generator) → values."""

    @staticmethod
    def forward(
        ctx: Any, values: torch.Tensor, rate: float, generator: np.random.Generator
    ) -> torch.Tensor:
        """Return scaled values, some of them zero."""
        ctx.scale = 1.0 / (1.0 - rate)
        result = values.mul(ctx.scale)
        ctx.strides = result.stride()
        ctx.save_for_backward(drop_(result, rate, generator))
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Return the gradient, scaled and zeroed alike."""
        (drawn,) = ctx.saved_tensors
        result = torch.empty_strided(gradient.shape, ctx.strides, dtype=gradient.dtype)
        torch.mul(gradient, ctx.scale, out=result)
        _apply(_flat(result), drawn)
        return result, None, None


def _flat(values: torch.Tensor) -> torch.Tensor:
    """Return the elements in the order of memory."""
    return values.as_strided((values.numel(),), (1,))


def _apply(flat: torch.Tensor, drawn: torch.Tensor) -> None:
    if drawn.is_floating_point():
        flat.mul_(drawn)
    else:
        flat.index_fill_(0, drawn, 0.0)
