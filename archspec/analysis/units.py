"""The units of the network's own map along one axis: how many, and what each sees of the input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TypeAlias, final

from archspec.analysis.axis_field import (
    MOST_LOOKS,
    NOTHING,
    PIXEL,
    AxisField,
    Sight,
    around,
    compose,
    taps,
    union,
    widest,
)
from archspec.layers import AxisMap, TooManyPhases

Borders: TypeAlias = tuple[range, tuple[Sight, ...]]


@final
class Units:
    """The units along one axis of a map.

    field: what they see when no border cuts anything off. count: how many there are.
    inner: those that see just that. border: what each of the others sees, in their order: padding
    hides some of the field, and not just where it lies beside the input, but on every map between.

    Borders are work that few ask for: they are computed when somebody does, and kept.
    """

    __slots__ = ("_borders", "_find", "_sources", "count", "field")

    def __init__(
        self,
        field: AxisField,
        count: int,
        sources: tuple[Units, ...] = (),
        find: Callable[[], Borders] | None = None,
    ) -> None:
        """Keep what is seen, and how borders are found out of those of `sources`."""
        self.field, self.count = field, count
        self._sources, self._find = sources, find
        self._borders: Borders | None = (range(count), ()) if find is None else None

    @property
    def inner(self) -> range:
        """The units that no border touches."""
        return self._settled()[0]

    @property
    def border(self) -> tuple[Sight, ...]:
        """What each of the other units sees, in their order."""
        return self._settled()[1]

    def _settled(self) -> Borders:
        """Find the borders, those of earlier maps first: networks are too deep to recurse."""
        waiting: list[Units] = [self]
        while waiting:
            units = waiting[-1]
            missing = [source for source in units._sources if source._borders is None]
            if missing:
                waiting.extend(missing)
                continue
            if units._borders is None and units._find is not None:
                units._borders = units._find()
            waiting.pop()
        assert self._borders is not None
        return self._borders

    @property
    def clipped(self) -> int:
        """The largest extent that any unit sees of the input itself."""
        one_of_each = self.inner[: len(self.field.low)]
        return widest(chain(self.border, map(self.sight, one_of_each)))

    def sight(self, unit: int) -> Sight:
        """Return what a unit sees of the input itself."""
        inner, border = self._settled()
        if unit in inner:
            return self.field.lowest(unit), self.field.highest(unit)
        return border[unit if unit < inner.start else unit - len(inner)]

    def behind(self, window: AxisMap, count: int) -> Units:
        """Return the units behind a window."""

        def find() -> Borders:
            inner = self._inner_behind(window, count)
            outer = chain(range(inner.start), range(inner.stop, count))
            return inner, tuple(self._sight_behind(window, unit) for unit in outer)

        return Units(compose(self.field, window, count), count, (self,), find)

    def first(self) -> Units:
        """Return the first unit alone."""

        def find() -> Borders:
            inner = range(min(1, self.inner.start), min(1, self.inner.stop))
            return inner, self.border[: 1 - len(inner)]

        return Units(self.field, 1, (self,), find)

    def _inner_behind(self, window: AxisMap, count: int) -> range:
        """Return the units behind a window that look at inner units only."""
        start, stop, period = 0, count, len(window.first)
        for phase, (first, last) in enumerate(zip(window.first, window.last, strict=True)):
            if first is None or last is None:
                continue
            if window.advance == 0:
                is_inside = self.inner.start <= first and last < self.inner.stop
                stop = stop if is_inside else 0
                continue
            # Of this phase, rounds before `least` and behind `most` look at others.
            least = -((first - self.inner.start) // window.advance)
            most = (self.inner.stop - 1 - last) // window.advance
            start = max(start, (least - 1) * period + phase + 1)
            stop = min(stop, (most + 1) * period + phase)
        start = min(start, count)
        return range(start, max(start, stop))

    def _sight_behind(self, window: AxisMap, unit: int) -> Sight:
        seen, inner = taps(window, unit), self.inner
        inside = _within(seen, inner.start, inner.stop)
        if self.field.repeats:  # of each phase the first is the lowest, and the last the highest
            period = len(self.field.low)
            inside = [*inside[:period], *inside[-period:]]
        before = _within(seen, 0, inner.start)
        behind = _within(seen, inner.stop, self.count)
        return around(self.sight(each) for each in (*before, *inside, *behind))


def _within(units: range, start: int, stop: int) -> Sequence[int]:
    """Return those of some units that stand from start to stop (excluded)."""
    skipped = max(0, -((units.start - start) // units.step))
    return range(units.start + skipped * units.step, min(units.stop, stop), units.step)


def pixels(count: int) -> Units:
    """Return the pixels of the input, each of which sees itself."""
    return Units(PIXEL, count)


def unseeing(count: int) -> Units:
    """Return units that see nothing."""
    return Units(NOTHING, count)


def together(one: Units, other: Units) -> tuple[Units, bool]:
    """Return units that see what either of two sees, and whether the two are aligned."""
    field, is_aligned = union(one.field, other.field, one.count)

    def find() -> Borders:
        start = max(one.inner.start, other.inner.start)
        inner = range(start, max(start, min(one.inner.stop, other.inner.stop)))
        outer = chain(range(inner.start), range(inner.stop, one.count))
        return inner, tuple(around((one.sight(unit), other.sight(unit))) for unit in outer)

    return Units(field, one.count, (one, other), find), is_aligned


def in_a_row(parts: Sequence[Units]) -> Units:
    """Return the units of several maps, one map behind the other."""
    count = sum(part.count for part in parts)
    if count > MOST_LOOKS:
        raise TooManyPhases(f"{count:,} units, each of which sees something else")
    units = [(part, unit) for part in parts for unit in range(part.count)]
    low = tuple(part.field.lowest(unit) for part, unit in units)
    high = tuple(part.field.highest(unit) for part, unit in units)
    seeing = [part.field.jump for part in parts if part.field.sees]
    field = AxisField(low, high, (seeing[0] if seeing else 0) * count, repeats=False)

    def find() -> Borders:
        return range(0), tuple(part.sight(unit) for part, unit in units)

    return Units(field, count, tuple(parts), find)
