"""Receptive fields, exactly: which input pixels every unit of a map can see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import prod
from typing import NamedTuple

from archspec.analysis.model import ReceptiveField
from archspec.analysis.units import Units, in_a_row, pixels, together, unseeing
from archspec.layers import AxisMap, Shape, Window
from archspec.layers.window import JOIN


class HoldsPositions(Exception):
    """A layer that needs features along an axis which holds positions of the map."""


class MapField(NamedTuple):
    """The fields of all units of a map.

    axes: the units along each spatial axis of the network's input. After flatten they still tell
    how many positions lie side by side in the features.
    holds: for each axis of the map's own shape, the axes of the input whose positions lie along it:
    none for channels and features, several where positions were put in one row.
    """

    axes: tuple[Units, ...]
    holds: tuple[tuple[int, ...], ...]
    is_global: bool = False

    def summary(self) -> ReceptiveField:
        """Return size, jump and start of each axis; the clipped size is worked out on demand."""
        sizes: list[int] = []
        jumps: list[Fraction] = []
        starts: list[int] = []
        before: Units | None = None
        for axis in self.axes:
            is_like_the_last = axis is before  # height and width are mostly alike
            sizes.append(sizes[-1] if is_like_the_last else axis.field.size)
            jumps.append(jumps[-1] if is_like_the_last else axis.field.jump)
            starts.append(starts[-1] if is_like_the_last else axis.field.start)
            before = axis
        return ReceptiveField(tuple(sizes), tuple(jumps), tuple(starts), self.is_global, self.axes)

    def spreads(self, dims: Iterable[int]) -> bool:
        """Say whether there is more than one position along some axes of the map."""
        return any(self.axes[axis].count > 1 for dim in dims for axis in self.holds[dim])


def input_field(input: Shape) -> MapField:
    """Return the field of the input itself: each pixel sees itself."""
    holds = ((), *((axis,) for axis in range(len(input) - 1)))
    axes = {size: pixels(size) for size in input[1:]}  # equal axes stay one, and are followed once
    return MapField(tuple(axes[size] for size in input[1:]), holds)


def through(field: MapField, window: Window, input: Shape, output: Shape) -> MapField:
    """Return the field behind a layer.

    Raises TooManyPhases where no exact pattern is kept, HoldsPositions where the layer does not
    take the map.
    """
    every = range(len(field.holds))
    match window.reach:
        case "pointwise":
            return field
        case "local":
            return _slid(field, window, input, output)
        case "global":
            spreads = field.spreads(window.dims or every)
            return field._replace(is_global=field.is_global or spreads)
        case "whole":
            return _reduced(field, every, output)
        case "mean":
            return _reduced(field, window.dims, output)
        case "over":
            if window.features_only and any(field.holds[dim] for dim in window.dims):
                raise HoldsPositions
            return _mixed(field, window.dims, input, output)
        case "moved":
            return _moved(field, window.sources, output)
        case "nothing":
            return field._replace(axes=tuple(unseeing(axis.count) for axis in field.axes))
        case _:  # a join of one input
            return field


def unite(
    fields: Sequence[MapField], inputs: Sequence[Shape], window: Window
) -> tuple[MapField, bool]:
    """Return the field behind a join, and whether its inputs are aligned: equal jump and centres.

    Each unit sees what any of its inputs sees. An input with a single position, spread over a map
    of several (a gate), tells the whole map's story to each unit: the field becomes global, and
    its sizes are those without the gate.
    """
    first = fields[0]
    in_rows: set[int] = set()
    for dim in window.dims:
        in_rows.update(*(field.holds[dim] for field in fields))
    if not in_rows and fields.count(first) == len(fields):
        return first, True
    axes: list[Units] = []
    before: list[Units] = []
    is_aligned = True
    is_global = any(field.is_global for field in fields)
    for axis in range(len(first.axes)):
        if axis in in_rows:
            axes.append(_row(axis, fields, [shape[window.dims[0]] for shape in inputs]))
            before = []
            continue
        each = [field.axes[axis] for field in fields]
        most = max([units.count for units in each])
        alike = [units for units in each if units.count == most]
        is_global = is_global or len(alike) < len(fields)
        is_like_the_last = alike == before  # height and width are mostly alike
        united = axes[-1] if is_like_the_last else alike[0]
        for other in () if is_like_the_last else alike[1:]:
            if other is not united:
                united, fits = together(united, other)
                is_aligned = is_aligned and fits
        before = alike
        axes.append(united)
    # Of maps with as many axes, the one that still knows its positions tells where they lie.
    holds = first.holds
    if any(field.holds != holds for field in fields):
        holds = max((field.holds for field in fields), key=lambda holds: sum(map(len, holds)))
    return MapField(tuple(axes), holds, is_global), is_aligned


def _row(axis: int, fields: Sequence[MapField], sizes: Sequence[int]) -> Units:
    """Return the units along one axis of maps that are put in a row.

    Of values that see nothing, a class token say, the units are only counted where those of the
    others are counted one by one: not in a row of several axes' positions.
    """
    each = [field.axes[axis] for field in fields]
    are_alone = all(
        units.count == size for units, size in zip(each, sizes, strict=True) if units.field.sees
    )
    parts = [
        units if units.field.sees else unseeing(size)
        for units, size in zip(each, sizes, strict=True)
        if units.field.sees or are_alone
    ]
    return in_a_row(parts) if len(parts) > 1 else parts[0]


def told_by_all(fields: Sequence[MapField], window: Window) -> MapField:
    """Return the field of attention: of the queries, which keys and values tell of all they see."""
    query = fields[0]
    spreads = any(field.spreads(window.dims) for field in fields)
    is_global = spreads or any(field.is_global for field in fields)
    counts = {tuple(axis.count for axis in field.axes) for field in fields}
    if len(counts) == 1:
        united, _ = unite(fields, (), JOIN)
        return united._replace(holds=query.holds, is_global=is_global)
    return query._replace(is_global=True)


def _slid(field: MapField, window: Window, input: Shape, output: Shape) -> MapField:
    behind_channels = len(field.holds) - len(window.axes)
    if window.mixes_channels and field.spreads(range(behind_channels)):
        field = _mixed(field, range(behind_channels), input, output)
    if output[behind_channels:] == input[behind_channels:] and all(map(_stays, window.axes)):
        return field
    axes, is_global = list(field.axes), field.is_global
    known: dict[tuple[Units, AxisMap, int], Units] = {}  # height and width are mostly alike
    for dim, seen in enumerate(window.axes, behind_channels):
        held = field.holds[dim]
        spread = [axis for axis in held if axes[axis].count > 1] or held
        if len(spread) == 1 and axes[spread[0]].count == input[dim]:
            key = axes[spread[0]], seen, output[dim]
            if key not in known:
                known[key] = axes[spread[0]].behind(seen, output[dim])
            axes[spread[0]] = known[key]
        elif output[dim] == 1 and seen == AxisMap((0,), (input[dim] - 1,), seen.advance):
            for axis in spread:
                axes[axis] = _whole(axes[axis])
        elif seen.first != seen.last:
            # Neighbours in a row of several axes' positions are no neighbours on the map.
            is_global = is_global or field.spreads((dim,))
    return MapField(tuple(axes), field.holds, is_global)


def _stays(window: AxisMap) -> bool:
    """Say whether each unit sees just the one in its own place, as in a 1x1 convolution."""
    return window.advance == 1 and window.first == window.last == (0,)


def _whole(units: Units) -> Units:
    """Return the one unit that sees the whole extent of an axis."""
    return units.behind(AxisMap((0,), (units.count - 1,), 1), 1)


def _reduced(field: MapField, dims: Iterable[int], output: Shape) -> MapField:
    """Return the field of units that see the whole extent of some axes."""
    axes = list(field.axes)
    for dim in dims:
        for axis in field.holds[dim]:
            axes[axis] = _whole(axes[axis])
    holds = field.holds
    if len(output) != len(holds):
        gone = set(dims)
        kept = tuple(held for dim, held in enumerate(holds) if dim not in gone)
        holds = kept if len(kept) == len(output) else ((),) * len(output)
    return MapField(tuple(axes), holds, field.is_global)


def _mixed(field: MapField, dims: Iterable[int], input: Shape, output: Shape) -> MapField:
    """Return the field where all units along some axes see the same whole extent."""
    axes = list(field.axes)
    for dim in dims:
        for axis in field.holds[dim]:
            count = axes[axis].count
            is_alone = count == input[dim]
            window = AxisMap((0,), (count - 1,), 0)
            axes[axis] = axes[axis].behind(window, output[dim] if is_alone else count)
    return field._replace(axes=tuple(axes))


def _moved(field: MapField, sources: tuple[tuple[int, ...], ...], output: Shape) -> MapField:
    """Return the field where axes were put elsewhere; one that is cut in pieces makes it global."""
    holds: list[tuple[int, ...]] = [()] * len(output)
    kept, is_global = set[int](), field.is_global
    for source in set(sources) - {()}:
        dims = [dim for dim, each in enumerate(sources) if each == source]
        held = [axis for dim in source for axis in field.holds[dim]]
        counts = [field.axes[axis].count for axis in held]
        dealt = _dealt(held, counts, [output[dim] for dim in dims])
        is_global = is_global or (dealt is None and any(count > 1 for count in counts))
        for dim, part in zip(dims, dealt or [tuple(held)], strict=False):
            holds[dim] = part
            kept.update(a for a in part if output[dim] > 1 or field.axes[a].count == 1)
    axes = tuple(each if axis in kept else each.first() for axis, each in enumerate(field.axes))
    return MapField(axes, tuple(holds), is_global)


def _dealt(
    held: Sequence[int], counts: Sequence[int], sizes: Sequence[int]
) -> list[tuple[int, ...]] | None:
    """Deal axes of some counts, one inside the other, out to new axes of some sizes.

    None where one would be cut, or where channels lie between them.
    """
    if len(sizes) == 1:
        return [tuple(held)]
    if prod(counts) != prod(sizes):
        return None
    dealt, waiting = [], list(zip(held, counts, strict=True))
    for size in sizes:
        axes, have = list[int](), 1
        while have < size and waiting:
            axis, count = waiting.pop(0)
            axes.append(axis)
            have *= count
        if have != size:
            return None
        dealt.append(tuple(axes))
    return dealt
