"""Receptive fields along one axis, unclipped: a pattern of whole-number intervals that repeats.

So up-sampling and transposed convolution come out right, where the usual recurrence on size and
jump (Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill
2019) assumes that all units are alike. For plain convolution and pooling the two are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import gcd, lcm
from typing import NamedTuple, TypeAlias

from archspec.layers import AxisMap, TooManyPhases
from archspec.layers.window import LONGEST_PERIOD

MOST_LOOKS = 100 * LONGEST_PERIOD
"""Bound on the work of one layer where the units' edges go up and down, or nothing repeats."""

Edge: TypeAlias = int | None
Sight: TypeAlias = tuple[Edge, Edge]
"""First and last pixel that a unit sees; None twice where it sees nothing."""


@lru_cache(1024)
def _fraction(numerator: int | Fraction, denominator: int) -> Fraction:
    """Return a jump: few networks have more than ten different ones."""
    return Fraction(numerator, denominator)


class AxisField(NamedTuple):
    """The pixels that each unit along one axis sees.

    Unit `i + n * period` sees the pixels from `low[i] + n * advance` to `high[i] + n * advance`,
    both included; None where it sees nothing. The period is the length of `low`.
    repeats: False where each unit is for itself; those that are not listed see nothing then, and
    the advance just says what the jump would be.
    """

    low: tuple[Edge, ...]
    high: tuple[Edge, ...]
    advance: int | Fraction
    repeats: bool = True

    def lowest(self, unit: int) -> Edge:
        """Return the first pixel that a unit sees."""
        return self._edge(self.low, unit)

    def highest(self, unit: int) -> Edge:
        """Return the last pixel that a unit sees."""
        return self._edge(self.high, unit)

    def _edge(self, edges: tuple[Edge, ...], unit: int) -> Edge:
        rounds, phase = divmod(unit, len(edges))
        edge = edges[phase]
        if not self.repeats:
            return None if rounds else edge
        return None if edge is None else edge + rounds * int(self.advance)

    @property
    def jump(self) -> Fraction:
        """Distance between the fields of neighbours, on the average."""
        return _fraction(self.advance, len(self.low))

    def has_jump_of(self, other: AxisField) -> bool:
        """Say whether the jumps are equal."""
        return self.advance * len(other.low) == other.advance * len(self.low)

    @property
    def start(self) -> int:
        """Return the left edge of the first unit that sees something."""
        return next((edge for edge in self.low if edge is not None), 0)

    @property
    def size(self) -> int:
        """Return the extent of the largest field."""
        if len(self.low) == 1 and self.low[0] is not None and self.high[0] is not None:
            return self.high[0] - self.low[0] + 1
        return widest(zip(self.low, self.high, strict=True))

    @property
    def sees(self) -> bool:
        """Say whether any unit sees something."""
        return any(edge is not None for edge in self.low)

    def is_alike(self, count: int) -> bool:
        """Say whether so many units all see the same, as a lone one does, and have no place."""
        units = range(min(count, len(self.low) + 1))
        return len({(self.lowest(unit), self.highest(unit)) for unit in units}) == 1


PIXEL = AxisField((0,), (0,), 1)
NOTHING = AxisField((None,), (None,), 0)


def widest(sights: Iterable[Sight]) -> int:
    """Return the extent of the largest interval."""
    sizes = (b - a + 1 for a, b in sights if a is not None and b is not None)
    return max(sizes, default=0)


def around(sights: Iterable[Sight]) -> Sight:
    """Return what is seen through any of several units."""
    every = list(sights)
    return outermost((low for low, _ in every), min), outermost((high for _, high in every), max)


def outermost(pixels: Iterable[Edge], choose: Callable[[Iterable[int]], int]) -> Edge:
    """Return the least or the greatest pixel; None where there is none."""
    found = [pixel for pixel in pixels if pixel is not None]
    return choose(found) if found else None


def taps(window: AxisMap, unit: int) -> range:
    """Return the inputs that a unit behind a window sees, in and out of the map."""
    shift, phase = divmod(unit, len(window.first))
    first, last = window.first[phase], window.last[phase]
    if first is None or last is None:
        return range(0)
    step = window.advance
    return range(first + shift * step, last + shift * step + 1, window.spacing)


def compose(field: AxisField, window: AxisMap, count: int) -> AxisField:
    """Return what the units behind a window see, when the units before it see `field`.

    count: how many units are behind it, in the network's own map.
    """
    before, behind, step = len(field.low), len(window.first), window.advance
    if before == behind == 1 and field.repeats:  # all units alike: there is no pattern to follow
        return _alike(field, window)
    rises = _rises(field)
    looks = 1 if rises else before
    advance: int | Fraction
    if not field.repeats:
        units, advance = count, field.jump * step / behind * count
        if units * looks > MOST_LOOKS:
            raise TooManyPhases(f"{units:,} units, each of which sees something else")
    elif step == 0:  # every unit sees the same inputs
        units, advance = behind, 0
    else:
        rounds = before // gcd(before, step)
        units, advance = rounds * behind, rounds * step // before * int(field.advance)
    if field.repeats and (units > LONGEST_PERIOD or units * looks > MOST_LOOKS):
        raise TooManyPhases(f"{units:,} different units in a row")
    low: list[Edge] = []
    high: list[Edge] = []
    for unit in range(units):
        seen = taps(window, unit)
        # A unit one period on sees the same pattern further on: it is not the outermost.
        lows = map(field.lowest, seen[:before] if field.repeats else seen)
        highs = map(field.highest, seen[::-1][:before] if field.repeats else seen[::-1])
        low.append(_edge(lows, rises, min))
        high.append(_edge(highs, rises, max))
    return AxisField(tuple(low), tuple(high), advance, field.repeats)


def _alike(field: AxisField, window: AxisMap) -> AxisField:
    """Return what the units behind a window see where all of them are alike, and all before it."""
    (low,), (high,), advance = field.low, field.high, int(field.advance)
    (first,), (last,) = window.first, window.last
    if low is None or high is None or first is None or last is None:
        return AxisField((None,), (None,), window.advance * advance)
    last -= (last - first) % window.spacing
    return AxisField((low + first * advance,), (high + last * advance,), window.advance * advance)


def union(one: AxisField, other: AxisField, count: int) -> tuple[AxisField, bool]:
    """Return what units see through either of two fields, and whether these are aligned.

    Aligned are fields of equal jumps whose units look at the same place: their centres are less
    than a unit's step apart on the average over the phases (behind up-sampling by 2, say, units
    stand half a pixel to the left and to the right in turns), or they share an edge, as a causal
    convolution does with what it is added to.
    count: how many units there are; each is for itself where the fields have different jumps.
    """
    if not one.sees or not other.sees:
        return (one if one.sees else other), True
    is_regular = one.has_jump_of(other)
    if one.repeats and other.repeats and is_regular:
        units = lcm(len(one.low), len(other.low))
        if units > LONGEST_PERIOD:
            raise TooManyPhases(f"{units:,} different units in a row")
        repeats, advance = True, units // len(one.low) * one.advance
    else:
        units, repeats, advance = count, False, one.jump * count
        if units > MOST_LOOKS:
            raise TooManyPhases(f"{units:,} units, each of which sees something else")
    shift, same_left, same_right = 0, True, True
    low: list[Edge] = []
    high: list[Edge] = []
    for unit in range(units):
        a, b = one.lowest(unit), other.lowest(unit)
        c, d = one.highest(unit), other.highest(unit)
        low.append(a if b is None else b if a is None else min(a, b))
        high.append(c if d is None else d if c is None else max(c, d))
        if a is not None and b is not None and c is not None and d is not None:
            shift += a + c - b - d
            same_left, same_right = same_left and a == b, same_right and c == d
    # Twice the shift of centres, summed over the units; the step of one is advance / units.
    is_near = abs(shift) < 2 * max(advance, 1) or same_left or same_right
    fits = is_regular and (is_near or not repeats)
    is_aligned = fits or one.is_alike(count) or other.is_alike(count)
    return AxisField(tuple(low), tuple(high), advance, repeats), is_aligned


def _edge(pixels: Iterable[Edge], rises: bool, choose: Callable[[Iterable[int]], int]) -> Edge:
    """Return the outermost of some units' pixels; the first, if edges rise from unit to unit."""
    if rises:
        return next((pixel for pixel in pixels if pixel is not None), None)
    return outermost(pixels, choose)


def _rises(field: AxisField) -> bool:
    """Say whether edges never fall from unit to unit.

    Behind a dilated transposed convolution they may: with kernel 2, stride 2 and dilation 3, the
    units see inputs 0, -1, 1, 0, 2, 1, …
    """
    return all(_never_falls(edges, field) for edges in (field.low, field.high))


def _never_falls(edges: tuple[Edge, ...], field: AxisField) -> bool:
    pixels = [pixel for pixel in edges if pixel is not None]
    if field.repeats:
        pixels += [pixel + int(field.advance) for pixel in pixels[:1]]
    return all(a <= b for a, b in pairwise(pixels))
