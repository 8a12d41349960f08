"""A built network made linear and positive: what each node of torch's graph does along each axis.

Activations, dropout and batch norm pass values on, channels count together as one. Joins are sums.
What tells every unit of the whole map's statistics (norms over space, attention, gates) makes the
field global and is left out of the sizes. An operation that is not known here is an AssertionError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import torch

from tests.support.proof.along import Along, mixed, padded, whole
from tests.support.proof.places import GONE, Place, Shape, in_order, moved, without


@dataclass(frozen=True)
class Known:
    """What is known of a value before it is computed; tuples have an item for each input axis.

    feeds, counted: the values of which it is the sum, and for each axis those that count along it:
    gates do not. offsets: along an axis where they are put in a row, the position at which each
    begins. ways: what happens to the sum, axis by axis. rate: units in a pixel. reach: bound
    on how far apart the sides of its field can lie, in pixels. is_fixed: all units see the same.
    is_frozen: units of different distance were joined, so that nothing repeats; the value has
    just the positions of the network's own map. is_unjudged: positions were picked or torn apart,
    so that the sizes say nothing. is_constant: it sees nothing, and knows no more.
    """

    shape: Shape
    places: tuple[Place, ...] = ()
    rate: tuple[Fraction, ...] = ()
    reach: tuple[Fraction, ...] = ()
    is_fixed: tuple[bool, ...] = ()
    is_frozen: tuple[bool, ...] = ()
    feeds: tuple[torch.fx.Node, ...] = ()
    counted: tuple[tuple[int, ...], ...] = ()
    ways: dict[int, Along] = field(default_factory=dict)
    offsets: dict[int, tuple[int, ...]] = field(default_factory=dict)
    is_global: bool = False
    is_unjudged: bool = False
    is_constant: bool = False

    def lying(self, dim: int | None) -> list[int]:
        """Return the axes whose positions, be it one, lie along an axis of the value."""
        here = [k for k, place in enumerate(self.places) if place.dim == dim]
        return here if dim is not None else []

    def spreading(self, dims: Sequence[int]) -> list[int]:
        """Return the axes with several positions along some axes of the value."""
        return [k for k, place in enumerate(self.places) if place.dim in dims and place.spreads]


def the_input(shape: Shape) -> Known:
    """Return the network's input: each pixel sees itself."""
    axes = len(shape) - 1
    return Known(
        shape,
        tuple(in_order(1 + axis, shape[1 + axis]) for axis in range(axes)),
        (Fraction(1),) * axes,
        (Fraction(0),) * axes,
        (False,) * axes,
        (False,) * axes,
    )


def constant(shape: Shape) -> Known:
    """Return a tensor of the network's own."""
    return Known(shape, is_constant=True)


def passed_on(node: torch.fx.Node, known: Known, shape: Shape) -> Known:
    """Return a value whose units see what those in their place see."""
    every = ((0,),) * len(known.places)
    return replace(known, shape=shape, feeds=(node,), counted=every, ways={}, offsets={})


def told_globally(known: Known, dims: Sequence[int]) -> Known:
    """Return a value whose units know statistics of all positions along some axes."""
    return replace(known, is_global=known.is_global or bool(known.spreading(dims)))


def rearranged(known: Known, move: Any, before: Shape) -> Known:
    """Return a value that is moved by an operation of torch."""
    places = tuple(moved(place, before, move) for place in known.places)
    if any(place.is_torn for place in places):
        known = replace(known, is_global=True, is_unjudged=True)
    return replace(known, places=places)


def slid(known: Known, dims: dict[int, Along | None], *, mixes: bool) -> Known:
    """Return a value behind windows along some axes; None stands for no change there.

    mixes: whether the first axis, the channels, is mixed; it may hold positions, too.
    """
    before = known
    if mixes:
        known = all_alike(known, known.spreading([0]))
    for dim, way in dims.items():
        size = known.shape[dim]
        held = before.lying(dim)
        spread = [k for k in held if known.places[k].spreads]
        if way is None or not (spread or len(held) == 1):
            known = _resized_rows(known, held, size)
            continue
        (axis,) = spread[:1] or held
        if len(spread) > 1 or not known.places[axis].is_pure:
            known = _row(known, dim, len(known.places[axis].index), way)
        else:
            known = _along(known, axis, way, size)
    return known


def seen_whole(known: Known, axes: Sequence[int], size: int) -> Known:
    """Return a value that sees the whole extent of some axes, of which one position is left.

    size: what is left of the axis of the value along which they lay.
    """
    for axis in axes:
        place = known.places[axis]
        known = _with_way(known, axis, whole(place.positions))
        known = _with_place(known, axis, Place(place.dim, (0,) * size))
    return known


def all_alike(known: Known, axes: Sequence[int]) -> Known:
    """Return a value whose units see the whole extent of some axes, and all of them the same."""
    for axis in axes:
        place = known.places[axis]
        assert place.dim is not None
        size = known.shape[place.dim] if place.is_pure else place.positions
        known = _with_way(known, axis, mixed(place.positions, size))
        kept = in_order(place.dim, size) if place.is_pure else place
        known = _resized_rows(_with_place(known, axis, kept), [axis], known.shape[place.dim])
    return known


def _row(known: Known, dim: int, length: int, way: Along) -> Known:
    """Return a value behind a window along a row of several axes' positions.

    Neighbours there are no neighbours on the map: who sees some of them is told of the whole map.
    """
    size, held = known.shape[dim], known.spreading([dim])
    row = torch.ones(1, 1, length, dtype=torch.float64, requires_grad=True)
    seen = [
        torch.autograd.grad(each, row, retain_graph=True)[0]
        for each in way.run(row, 0)[0, 0].unbind()
    ]
    if size == 1 and bool((seen[0] > 0).all()):
        return seen_whole(known, held, 1)
    if any(int((each > 0).sum()) > 1 for each in seen):
        known = replace(known, is_global=True)
    return replace(_resized_rows(known, held, size), is_unjudged=True)


def picked(known: Known, dim: int, start: int, length: int) -> Known:
    """Return a value of which some units along one axis are left."""
    for axis in known.lying(dim):
        place = known.places[axis]
        kept = place.index[start : start + length]
        if not place.spreads:
            known = _with_place(known, axis, replace(place, index=kept))
        elif place.is_pure and len(known.spreading([dim])) == 1:
            way = padded(-start, start + length - place.positions)
            known = _along(known, axis, way, length)
        elif length < len(place.index):
            known = replace(_with_place(known, axis, Place(dim, kept)), is_unjudged=True)
    return known


def dropped(known: Known, dims: list[int]) -> Known:
    """Return a value without some axes, which had one index each."""
    return replace(known, places=tuple(without(place, dims) for place in known.places))


def joined(
    nodes: Sequence[torch.fx.Node], operands: Sequence[Known], shape: Shape, dim: int | None = None
) -> Known:
    """Return the sum of several values; dim: the axis along which they are put in a row instead."""
    real = [(n, known) for n, known in zip(nodes, operands, strict=True) if not known.is_constant]
    if not real:
        return constant(shape)
    feeds, knowns = zip(*real, strict=True)
    axes = range(len(knowns[0].places))
    in_rows = [k for k in axes if any(k in known.lying(dim) for known in knowns)]
    most = [max(known.places[k].positions for known in knowns) for k in axes]
    counted = tuple(
        tuple(i for i, n in enumerate(knowns) if k in in_rows or n.places[k].positions == most[k])
        for k in axes
    )
    result = replace(
        knowns[0],
        shape=shape,
        feeds=feeds,
        counted=counted,
        ways={},
        offsets={},
        is_global=any(k.is_global for k in knowns) or any(len(c) < len(feeds) for c in counted),
        is_unjudged=any(known.is_unjudged for known in knowns),
    )
    for k in axes:
        alike = [knowns[i] for i in counted[k]]
        if k in in_rows:
            result = _in_a_row(result, k, operands)
            continue
        differ = len({(known.rate[k], known.is_fixed[k]) for known in alike}) > 1
        result = replace(
            _with_place(result, k, _common_place([known.places[k] for known in knowns])),
            rate=_changed(result.rate, k, alike[0].rate[k]),
            reach=_changed(result.reach, k, max(known.reach[k] for known in knowns)),
            is_fixed=_changed(result.is_fixed, k, alike[0].is_fixed[k]),
        )
        if differ or any(known.is_frozen[k] for known in alike):
            result = _frozen(result, k, most[k])
    joined: Known = result
    return joined


def _in_a_row(known: Known, axis: int, operands: Sequence[Known]) -> Known:
    """Return a join whose operands lie one behind the other along an axis.

    Constants among them count as positions where those of the others are neighbours on the map.
    """
    real = [operand for operand in operands if not operand.is_constant]
    are_pure = all(operand.places[axis].is_pure for operand in real)
    dim = next(d for o in real if (d := o.places[axis].dim) is not None)
    offsets, index, at = list[int](), list[int](), 0
    for operand in operands:
        if operand.is_constant:
            size = operand.shape[dim]
            index += range(at, at + size) if are_pure else [max(0, at - 1)] * size
            at += size if are_pure else 0
        else:
            place = operand.places[axis]
            offsets.append(at)
            index += [at + position for position in place.index]
            at += place.positions
    known = _with_place(known, axis, Place(dim, tuple(index)))
    reach = max(operand.reach[axis] for operand in real)
    known = replace(known, reach=_changed(known.reach, axis, reach))
    if len(real) == 1 and not (are_pure and len(operands) > 1):
        return known
    return _frozen(replace(known, offsets={**known.offsets, axis: tuple(offsets)}), axis, at)


def _frozen(known: Known, axis: int, positions: int) -> Known:
    return replace(
        known,
        is_frozen=_changed(known.is_frozen, axis, True),
        reach=_changed(known.reach, axis, known.reach[axis] + positions),
    )


def _common_place(places: Sequence[Place]) -> Place:
    """Return where positions lie in all operands; those that have just one do not say."""
    saying = {place for place in places if place.spreads} or set(places) - {GONE}
    assert len({(place.dim, place.index) for place in saying}) <= 1, "operands lie differently"
    return next(iter(saying), GONE)


def _along(known: Known, axis: int, way: Along, size: int) -> Known:
    dim = known.places[axis].dim
    assert dim is not None
    known = _with_place(known, axis, in_order(dim, size))
    return _resized_rows(_with_way(known, axis, way), known.lying(dim), size)


def _resized_rows(known: Known, axes: Sequence[int], size: int) -> Known:
    """Return a value whose rows, in which axes lie that are not followed further, changed size."""
    for axis in axes:
        place = known.places[axis]
        if len(place.index) != size:
            index = tuple(position % place.positions for position in range(size))
            known = _with_place(known, axis, replace(place, index=index))
    return known


def _with_way(known: Known, axis: int, way: Along) -> Known:
    assert axis not in known.ways or way.is_fixed or known.ways[axis].is_fixed
    if axis in known.ways:
        way = _after(known.ways[axis], way)
    rate = known.rate[axis]
    return replace(
        known,
        ways={**known.ways, axis: way},
        rate=_changed(known.rate, axis, rate * way.rate),
        reach=_changed(known.reach, axis, known.reach[axis] + way.reach / rate),
        is_fixed=_changed(known.is_fixed, axis, known.is_fixed[axis] or way.is_fixed),
    )


def _after(one: Along, other: Along) -> Along:
    """Return one operation after another; the first one keeps every unit's place."""
    assert one.rate == 1

    def run(values: torch.Tensor, first: int) -> torch.Tensor:
        return other.run(one.run(values, first), first)

    return Along(run, other.rate, one.reach + other.reach, is_fixed=True)


def _with_place(known: Known, axis: int, place: Place) -> Known:
    return replace(known, places=_changed(known.places, axis, place))


def _changed(values: tuple[Any, ...], index: int, value: Any) -> tuple[Any, ...]:
    return (*values[:index], value, *values[index + 1 :])
