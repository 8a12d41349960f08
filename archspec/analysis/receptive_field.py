"""Receptive fields, exactly: which input pixels every unit of a map can see.

A field is followed as a pattern of whole-number intervals, one for each phase, so that up-sampling
and transposed convolution come out right where the usual recurrence on size and jump (Araujo,
Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill 2019)
assumes that all units are alike. For plain convolution and pooling the two are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import gcd

from archspec.analysis.model import ReceptiveField
from archspec.layers import AxisMap, Shape, TooManyPhases, Window
from archspec.layers.window import LONGEST_PERIOD

MOST_LOOKS = 100 * LONGEST_PERIOD
"""Bound on the work of one layer where the units' edges go up and down."""


@dataclass(frozen=True, slots=True)
class AxisField:
    """The pixels that each unit along one axis sees.

    Unit `i + n * period` sees the pixels from `low[i] + n * advance` to `high[i] + n * advance`,
    both included; None where it sees nothing. The period is the length of `low`.
    """

    low: tuple[int | None, ...]
    high: tuple[int | None, ...]
    advance: int

    def lowest(self, unit: int) -> int | None:
        """Return the first pixel that a unit sees."""
        repeats, phase = divmod(unit, len(self.low))
        edge = self.low[phase]
        return None if edge is None else edge + repeats * self.advance

    def highest(self, unit: int) -> int | None:
        """Return the last pixel that a unit sees."""
        repeats, phase = divmod(unit, len(self.high))
        edge = self.high[phase]
        return None if edge is None else edge + repeats * self.advance


PIXEL = AxisField((0,), (0,), 1)


@dataclass(frozen=True, slots=True)
class MapField:
    """The fields of all units of a map: one for each spatial axis of the network's input.

    positions: how many units stand along each axis. After flatten it still tells how many
    positions lie side by side in the features.
    """

    axes: tuple[AxisField, ...]
    positions: tuple[int, ...]
    is_global: bool = False

    def summary(self) -> ReceptiveField:
        """Return size, jump and start of each axis."""
        return ReceptiveField(
            tuple(_size(axis) for axis in self.axes),
            tuple(Fraction(axis.advance, len(axis.low)) for axis in self.axes),
            tuple(next((edge for edge in axis.low if edge is not None), 0) for axis in self.axes),
            self.is_global,
        )


def input_field(input: Shape) -> MapField:
    """Return the field of the input itself: each pixel sees itself."""
    return MapField((PIXEL,) * (len(input) - 1), input[1:])


def through(field: MapField, window: Window, output: Shape) -> MapField:
    """Return the field behind a layer. Raises TooManyPhases where no exact pattern is kept."""
    if window.reach == "pointwise":
        return field
    if window.reach == "global":
        spreads = any(count > 1 for count in field.positions)
        return MapField(field.axes, field.positions, field.is_global or spreads)
    if window.reach == "whole":
        axes = tuple(
            compose(axis, AxisMap((0,), (count - 1,), 1))
            for axis, count in zip(field.axes, field.positions, strict=True)
        )
        return MapField(axes, (1,) * len(axes), field.is_global)
    axes = tuple(compose(f, m) for f, m in zip(field.axes, window.axes, strict=True))
    return MapField(axes, output[len(output) - len(axes) :], field.is_global)


def compose(field: AxisField, window: AxisMap) -> AxisField:
    """Return what the units behind a window see, when the units before it see `field`."""
    before, behind, step = len(field.low), len(window.first), window.advance
    if step == 0:  # every unit sees the same inputs
        repeats, advance = 1, 0
    else:
        repeats = before // gcd(before, step)
        advance = repeats * step // before * field.advance
    rises = _rises(field)
    looks = 1 if rises else before
    if repeats * behind > LONGEST_PERIOD or repeats * behind * looks > MOST_LOOKS:
        raise TooManyPhases(f"{repeats * behind:,} different units in a row")
    low: list[int | None] = []
    high: list[int | None] = []
    for unit in range(repeats * behind):
        shift, phase = divmod(unit, behind)
        first, last = window.first[phase], window.last[phase]
        if first is None or last is None:
            low.append(None)
            high.append(None)
            continue
        seen = range(first + shift * step, last + shift * step + 1, window.spacing)
        # A unit one period on sees the same pattern further on: it is not the outermost.
        lows = map(field.lowest, seen[:before])
        highs = map(field.highest, seen[::-1][:before])
        low.append(_edge(lows, rises, min))
        high.append(_edge(highs, rises, max))
    return AxisField(tuple(low), tuple(high), advance)


def _edge(
    pixels: Iterable[int | None], rises: bool, outermost: Callable[[Iterable[int]], int]
) -> int | None:
    """Return the outermost of some units' pixels; the first, if edges rise from unit to unit."""
    found = (pixel for pixel in pixels if pixel is not None)
    if rises:
        return next(found, None)
    every = list(found)
    return outermost(every) if every else None


def _rises(field: AxisField) -> bool:
    """Say whether edges never fall from unit to unit.

    Behind a dilated transposed convolution they may: with kernel 2, stride 2 and dilation 3, the
    units see inputs 0, -1, 1, 0, 2, 1, …
    """
    return all(_never_falls(edges, field.advance) for edges in (field.low, field.high))


def _never_falls(edges: tuple[int | None, ...], advance: int) -> bool:
    pixels = [pixel for pixel in edges if pixel is not None]
    return all(a <= b for a, b in pairwise([*pixels, *(pixels[0] + advance for _ in pixels[:1])]))


def _size(axis: AxisField) -> int:
    sizes = [
        high - low + 1
        for low, high in zip(axis.low, axis.high, strict=True)
        if low is not None and high is not None
    ]
    return max(sizes, default=0)
