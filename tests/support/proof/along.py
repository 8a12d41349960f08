"""What torch's operations do along one axis, made linear and positive.

Each is torch's own operation in one dimension, with a kernel of ones where there are weights: the
extent of its gradient is what the operation sees. Where a result depends on the size of the map
(global pooling, resizing), it goes on beyond the network's own map as it began.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it


@dataclass(frozen=True)
class Along:
    """An operation along one axis.

    run: takes values of shape (M, 1, n), and where unit 0 of the network's own map is in them.
    rate: units behind it for one unit before it. reach: bound on how far, in units before it, its
    sides can lie apart. is_fixed: every unit sees the same.
    """

    run: Callable[[Tensor, int], Tensor]
    rate: Fraction = Fraction(1)
    reach: int = 0
    is_fixed: bool = False


def convolved(kernel: int, stride: int, padding: int | str, dilation: int) -> Along:
    """Return a convolution with a kernel of ones, padded with zeros whatever its padding mode."""
    pixels = 0 if isinstance(padding, str) else padding

    def run(values: Tensor, _: int) -> Tensor:
        return F.conv1d(values, _even(kernel), None, stride, cast(Any, padding), dilation)

    return Along(run, Fraction(1, stride), _reach(kernel, stride, pixels, dilation))


def convolved_back(
    kernel: int, stride: int, padding: int, output_padding: int, dilation: int
) -> Along:
    """Return a transposed convolution with a kernel of ones."""

    def run(values: Tensor, _: int) -> Tensor:
        sizes = stride, padding, output_padding, 1, dilation
        return F.conv_transpose1d(values, _even(kernel), None, *sizes)

    return Along(run, Fraction(stride), _reach(kernel, stride, padding, dilation))


def max_pooled(kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> Along:
    """Return max pooling as a convolution of ones with as many units as torch's pooling has."""
    pool = nn.MaxPool1d(kernel, stride, padding, dilation, ceil_mode=ceil_mode)

    def run(values: Tensor, _: int) -> Tensor:
        size = pool(values.detach()).shape[2]
        needed = (size - 1) * stride + dilation * (kernel - 1) + 1
        # The rest is negative where the last windows leave pixels out.
        padded = F.pad(values, (padding, needed - values.shape[2] - padding))
        return F.conv1d(padded, _even(kernel), None, stride, 0, dilation)

    return Along(run, Fraction(1, stride), _reach(kernel, stride, padding, dilation))


def averaged(kernel: int, stride: int, padding: int, ceil_mode: bool) -> Along:
    """Return average pooling."""
    pool = nn.AvgPool1d(kernel, stride, padding, ceil_mode)
    reach = _reach(kernel, stride, padding, 1)
    return Along(lambda values, _: cast(Tensor, pool(values)), Fraction(1, stride), reach)


def padded(before: int, after: int) -> Along:
    """Return zeros on both sides, or units cut off where a number is negative."""
    return Along(lambda values, _: F.pad(values, (before, after)), reach=abs(before) + abs(after))


def whole(extent: int) -> Along:
    """Return the mean over a window of the extent that the map has in the network itself."""
    return Along(lambda values, _: values.unfold(2, extent, 1).mean(-1), reach=extent)


def mixed(before: int, after: int) -> Along:
    """Return for each of `after` units the mean of all units of the network's own map."""

    def run(values: Tensor, first: int) -> Tensor:
        mean = values.narrow(2, first, before).mean(2, keepdim=True)
        return mean.expand(-1, -1, values.shape[2] - before + after)

    return Along(run, reach=before, is_fixed=True)


def adapted(before: int, after: int) -> Along:
    """Return adaptive pooling: one unit is a window over all, several keep their ratio."""
    if after == 1:
        return whole(before)
    rate = Fraction(after, before)

    def run(values: Tensor, _: int) -> Tensor:
        values = _cut(values, rate)
        return F.adaptive_avg_pool1d(values, int(values.shape[2] * rate))

    return Along(run, rate, before)


def resized(before: int, after: int, mode: str) -> Along:
    """Return up-sampling: the units that torch takes, or those on both sides of a place."""
    rate = Fraction(after, before)

    def run(values: Tensor, _: int) -> Tensor:
        values = _cut(values, rate)
        wanted = int(values.shape[2] * rate)
        if mode == "nearest":
            return values.index_select(2, _nearest(before, after, wanted))
        ramp = torch.arange(values.shape[2], dtype=torch.float64)[None, None]
        place = F.interpolate(ramp, size=wanted, mode="linear")[0, 0]
        # A place that is a whole number but for rounding has one unit and not two.
        sides = (place + ROUNDING).floor().long(), (place - ROUNDING).ceil().long()
        return sum(values.index_select(2, side) for side in sides) / 2  # type: ignore[return-value]

    return Along(run, rate, 2 + before // after)


ROUNDING = 1e-9


def _nearest(before: int, after: int, wanted: int) -> Tensor:
    """Return which unit torch takes for each unit, going on as in the network's own map.

    On a larger map the rounding of torch's ratio would show: 11 · (17 / 11) is less than 17.
    """
    units = torch.arange(before, dtype=torch.float64)[None, None]
    taken = F.interpolate(units, size=after, mode="nearest")[0, 0].long()
    rounds = [taken + before * index for index in range(ceil(wanted / after))]
    return torch.cat(rounds)[:wanted]


def _cut(values: Tensor, rate: Fraction) -> Tensor:
    """Leave out the last units, as far as their number is no whole multiple of the ratio's."""
    size = values.shape[2]
    return values.narrow(2, 0, size - size % rate.denominator)


def _even(kernel: int) -> Tensor:
    return torch.full((1, 1, kernel), 1 / kernel, dtype=torch.float64)


def _reach(kernel: int, stride: int, padding: int, dilation: int) -> int:
    # A last step that does not fit leaves less than a stride of units out.
    return max(dilation * (kernel - 1), padding) + stride - 1
