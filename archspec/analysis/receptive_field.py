"""Receptive fields, exactly: which input pixels every unit of a map can see.

A field is followed as a pattern of whole-number intervals, one for each phase, so that up-sampling
and transposed convolution come out right where the usual recurrence on size and jump (Araujo,
Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill 2019)
assumes that all units are alike. For plain convolution and pooling the two are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import gcd

from archspec.analysis.model import ReceptiveField
from archspec.layers import AxisMap, Shape, TooManyPhases, Window
from archspec.layers.window import LONGEST_PERIOD


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
    if repeats * behind > LONGEST_PERIOD:
        raise TooManyPhases(f"{repeats * behind:,} different units in a row")
    rises = _rises(field)
    low: list[int | None] = []
    high: list[int | None] = []
    for unit in range(repeats * behind):
        shift, phase = divmod(unit, behind)
        first, last = window.first[phase], window.last[phase]
        if first is None or last is None:
            low.append(None)
            high.append(None)
            continue
        first, last = first + shift * step, last + shift * step
        low.append(_edge(field.lowest, first, last, 1, before, rises))
        high.append(_edge(field.highest, last, first, -1, before, rises))
    return AxisField(tuple(low), tuple(high), advance)


def _edge(
    edge: Callable[[int], int | None], begin: int, end: int, step: int, period: int, rises: bool
) -> int | None:
    """Return the outermost pixel of the units from `begin` to `end`, past those that see nothing.

    rises: edges grow from unit to unit, so that the first unit with one has the outermost.
    """
    found = (edge(unit) for unit in range(begin, end + step, step)[:period])
    pixels = (pixel for pixel in found if pixel is not None)
    if rises:
        return next(pixels, None)
    return (min if step > 0 else max)(pixels, default=None)


def _rises(field: AxisField) -> bool:
    """Say whether edges grow from unit to unit; behind a dilated transposed convolution they may not."""
    return all(
        earlier <= later
        for edges in (field.low, field.high)
        for earlier, later in pairwise(
            [
                pixel + shift
                for shift in (0, field.advance)
                for pixel in edges
                if pixel is not None
            ]
        )
    )


def _size(axis: AxisField) -> int:
    sizes = [
        high - low + 1
        for low, high in zip(axis.low, axis.high, strict=True)
        if low is not None and high is not None
    ]
    return max(sizes, default=0)
