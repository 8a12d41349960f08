"""What one output unit sees of its input along an axis, exactly, as whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd
from typing import Literal

LONGEST_PERIOD = 4_096


class TooManyPhases(Exception):
    """An up-sampling whose units differ in more ways than an exact receptive field can follow."""


@dataclass(frozen=True, slots=True)
class AxisMap:
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


@dataclass(frozen=True, slots=True)
class Window:
    """What one output unit sees of the input.

    reach: `local` follows `axes`; `pointwise` leaves every axis as it is; `whole` sees the whole
    extent of every axis; `global` mixes in statistics of all positions and keeps the place.
    kernel and stride are what a table shows; None where the field has no word for them.
    """

    reach: Literal["local", "pointwise", "whole", "global"]
    axes: tuple[AxisMap, ...] = ()
    kernel: tuple[int, ...] | None = None
    stride: tuple[int, ...] | None = None


POINTWISE = Window("pointwise")
GLOBAL = Window("global")


def sliding(
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Window:
    """Return the window of convolution and pooling; `padding` is what stands before unit 0."""
    axes = tuple(
        AxisMap((-p,), (-p + d * (k - 1),), s, d)
        for k, s, p, d in zip(kernel, stride, padding, dilation, strict=True)
    )
    return Window("local", axes, kernel, stride)


def transposed(
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Window:
    """Return the window of a transposed convolution: input i reaches outputs i·s − p + d·k."""
    axes = tuple(
        _transposed_axis(k, s, p, d)
        for k, s, p, d in zip(kernel, stride, padding, dilation, strict=True)
    )
    return Window("local", axes, kernel, stride)


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
    return Window("local", tuple(axes))


def adaptive(input: tuple[int, ...], output: tuple[int, ...]) -> Window:
    """Return the window of adaptive pooling: unit i pools ⌊i·in/out⌋ to ⌈(i+1)·in/out⌉ − 1."""
    axes = []
    for n, m in zip(input, output, strict=True):
        period = m // gcd(n, m)
        _bounded(period)
        first = tuple(i * n // m for i in range(period))
        last = tuple(-(-(i + 1) * n // m) - 1 for i in range(period))
        axes.append(AxisMap(first, last, n // gcd(n, m) if m > 1 else 1))
    return Window("local", tuple(axes))


def whole(kernel: tuple[int, ...] | None = None) -> Window:
    """Return the window over the whole extent: global pooling, or linear after flatten."""
    return Window("whole", kernel=kernel)


def _bounded(period: int) -> None:
    if period > LONGEST_PERIOD:
        raise TooManyPhases(f"{period:,} different units in a row")
