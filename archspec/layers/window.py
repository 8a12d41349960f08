"""What one output unit sees of its input along an axis, exactly, as whole numbers."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, gcd
from typing import Literal, NamedTuple

LONGEST_PERIOD = 4_096


class TooManyPhases(Exception):
    """An up-sampling whose units differ in more ways than an exact receptive field can follow."""


class AxisMap(NamedTuple):
    """The units seen along one axis, as a pattern that repeats.

    Output unit `i + n * period` sees every `spacing`-th input from `first[i] + n * advance` to
    `last[i] + n * advance`, both included; None where it sees nothing at all. The period is the
    length of `first`: 1 for a sliding window, more where up-sampling makes neighbours differ.
    """

    first: tuple[int | None, ...]
    last: tuple[int | None, ...]
    advance: int
    spacing: int = 1


IDENTITY = AxisMap((0,), (0,), 1)


class Window(NamedTuple):
    """What one output unit sees of the input.

    reach:
        `local` follows `axes`, one for each axis behind the channels, or one for each axis of all;
        `pointwise` leaves every axis as it is;
        `whole` sees the whole extent of every axis;
        `over` sees the whole extent of the axes `dims`, which hold features from then on;
        `mean` sees the whole extent of the axes `dims`, of which one unit is left, or nothing;
        `global` mixes in statistics of all positions along `dims` (all axes when it is empty), and
        keeps the place;
        `moved` puts axes elsewhere: `sources` has, for each output axis, the input axes it holds;
        `join` brings inputs of one shape together, or puts them in a row along `dims`;
        `nothing` sees no input at all.
    kernel and stride are what a table shows; None where the field has no word for them.
    mixes_channels: whether a `local` window mixes the first axis. features_only: an axis of `dims`
    must not hold positions. dims count the sample's own axes, from 0.
    """

    reach: Literal[
        "local", "pointwise", "whole", "over", "mean", "global", "moved", "join", "nothing"
    ]
    axes: tuple[AxisMap, ...] = ()
    kernel: tuple[int, ...] | None = None
    stride: tuple[int, ...] | None = None
    mixes_channels: bool = True
    dims: tuple[int, ...] = ()
    features_only: bool = False
    sources: tuple[tuple[int, ...], ...] = ()


POINTWISE = Window("pointwise")
GLOBAL = Window("global")
JOIN = Window("join")


def sliding(
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    *,
    mixes_channels: bool = True,
) -> Window:
    """Return the window of convolution and pooling; `padding` is what stands before unit 0."""
    axes: list[AxisMap] = []
    before: tuple[int, ...] | None = None
    for numbers in zip(kernel, stride, padding, dilation, strict=True):
        if numbers == before:  # height and width are mostly alike
            axes.append(axes[-1])
            continue
        before = k, s, p, d = numbers
        axes.append(AxisMap((-p,), (-p + d * (k - 1),), s, d))
    return Window("local", tuple(axes), kernel, stride, mixes_channels)


def transposed(
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    *,
    mixes_channels: bool = True,
) -> Window:
    """Return the window of a transposed convolution: input i reaches outputs i·s − p + d·k."""
    axes = tuple(
        _transposed_axis(k, s, p, d)
        for k, s, p, d in zip(kernel, stride, padding, dilation, strict=True)
    )
    return Window("local", axes, kernel, stride, mixes_channels)


def _transposed_axis(kernel: int, stride: int, padding: int, dilation: int) -> AxisMap:
    _bounded(stride)
    # Output o sees input (o + p − d·k) / s through every tap k that makes it whole; such taps are
    # `cycle` apart. A later tap reaches an earlier input.
    common = gcd(stride, dilation)
    cycle = stride // common
    inverse = pow(dilation // common, -1, cycle)
    first: list[int | None] = []
    last: list[int | None] = []
    for output in range(stride):
        place = output + padding
        early = place // common * inverse % cycle
        if place % common or early >= kernel:
            first.append(None)
            last.append(None)
            continue
        late = early + (kernel - 1 - early) // cycle * cycle
        first.append((place - dilation * late) // stride)
        last.append((place - dilation * early) // stride)
    return AxisMap(tuple(first), tuple(last), 1, dilation // common)


def resampled(input: tuple[int, ...], output: tuple[int, ...], *, linear: bool) -> Window:
    """Return the window of up-sampling by nearest unit, or linearly between unit centres.

    Linear interpolation places output o at (o + 1/2) · input/output − 1/2 (torch's
    `align_corners=False`) and reads the units on both sides of it.
    """
    axes = []
    for n, m in zip(input, output, strict=True):
        period, ratio = m // gcd(n, m), Fraction(n, m)
        _bounded(period)
        if linear:
            centres = [(o + Fraction(1, 2)) * ratio - Fraction(1, 2) for o in range(period)]
            first, last = tuple(map(floor, centres)), tuple(map(ceil, centres))
        else:
            first = last = tuple(floor(o * ratio) for o in range(period))
        axes.append(AxisMap(first, last, n // gcd(n, m)))
    return Window("local", tuple(axes), mixes_channels=False)


def adaptive(input: tuple[int, ...], output: tuple[int, ...]) -> Window:
    """Return the window of adaptive pooling: unit i pools ⌊i·in/out⌋ to ⌈(i+1)·in/out⌉ − 1."""
    axes = []
    for n, m in zip(input, output, strict=True):
        period = m // gcd(n, m)
        _bounded(period)
        first = tuple(i * n // m for i in range(period))
        last = tuple(-(-(i + 1) * n // m) - 1 for i in range(period))
        axes.append(AxisMap(first, last, n // gcd(n, m) if m > 1 else 1))
    return Window("local", tuple(axes), mixes_channels=False)


def interleaved(groups: int, size: int) -> AxisMap:
    """Return the axis whose unit i · groups + g is unit i of group g, with `size` in each."""
    _bounded(groups)
    first = tuple(group * size for group in range(groups))
    return AxisMap(first, first, 1)


def whole(kernel: tuple[int, ...] | None = None) -> Window:
    """Return the window over the whole extent: global pooling, or linear after flatten."""
    return Window("whole", kernel=kernel)


def _bounded(period: int) -> None:
    if period > LONGEST_PERIOD:
        raise TooManyPhases(f"{period:,} different units in a row")
