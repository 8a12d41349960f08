"""Which edges go from one item to the next, and which have to go around what lies between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from archspec.drawing.model import Aside, Box, Chain, Edge, Fork, Frame, Item, Picture

Address: TypeAlias = tuple[int, ...]
"""Where an item stands: its number in a column, then in a fork or column inside it, and so on."""


@dataclass(frozen=True, slots=True)
class Skip:
    """An edge around the items `first` to `last` of a column, on one side of them."""

    edge: Edge
    first: int
    last: int
    side: Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Wiring:
    """The edges that are not from one item to the next.

    skips: by the address of the column that they run beside. across: from one path of a fork to
    another one.
    """

    skips: dict[Address, tuple[Skip, ...]]
    across: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class _Atlas:
    """Where boxes stand.

    forks: for each path of a fork, whether there are boxes on it. heads: the auxiliary heads;
    beset: the columns that have such heads on their right.
    """

    places: dict[str, Address] = field(default_factory=dict)
    forks: dict[Address, list[bool]] = field(default_factory=dict)
    heads: set[Address] = field(default_factory=set)
    beset: set[Address] = field(default_factory=set)


def find_skips(picture: Picture) -> Wiring:
    """Return the edges that have to go around other boxes."""
    atlas = _Atlas()
    _number(picture.column, (), atlas)
    flowing = Counter(_flow(picture.column, None))
    skips: dict[Address, list[Skip]] = {}
    across = []
    for edge in picture.edges:
        pair = (edge.source, edge.target)
        if flowing[pair]:
            flowing[pair] -= 1
            continue
        source, target = atlas.places[edge.source], atlas.places[edge.target]
        length = next(i for i, (a, b) in enumerate(zip(source, target, strict=False)) if a != b)
        column = source[:length]
        if column in atlas.forks:
            across.append(edge)
            continue
        side = _side(atlas, length, source, target)
        found = Skip(edge, source[length], target[length], side)
        skips.setdefault(column, []).append(found)
    return Wiring({address: tuple(found) for address, found in skips.items()}, tuple(across))


def _number(item: Item | Chain, place: Address, atlas: _Atlas) -> None:
    match item:
        case Box():
            atlas.places[item.key] = place
        case Chain(items=items):
            for index, inner in enumerate(items):
                if isinstance(inner, Aside):
                    atlas.heads.add((*place, index))
                    atlas.beset.add(place)
                _number(inner, (*place, index), atlas)
        case Fork(paths=paths, join=join):
            atlas.forks[place] = [bool(path.column.items) for path in paths]
            for index, path in enumerate(paths):
                _number(path.column, (*place, index), atlas)
            atlas.places[join.key] = (*place, len(paths))
        case Frame(column=column) | Aside(column=column):
            _number(column, place, atlas)


def heads(item: Item | Chain) -> Iterator[str]:
    """Yield the boxes that take what comes into an item, a join once for each empty path."""
    match item:
        case Box():
            yield item.key
        case Chain(items=items):
            first = next((inner for inner in items if not isinstance(inner, Aside)), None)
            if first is not None:
                yield from heads(first)
        case Fork(paths=paths, join=join):
            for path in paths:
                if path.is_fed_here:
                    yield from heads(path.column) if path.column.items else (join.key,)
        case Frame(column=column) | Aside(column=column):
            yield from heads(column)


def tail(item: Item | Chain) -> str | None:
    """Return the box that gives an item's output; None where what comes in goes out again."""
    match item:
        case Box():
            return item.key
        case Chain(items=items):
            ends = (tail(inner) for inner in reversed(items) if not isinstance(inner, Aside))
            return next(ends, None)
        case Fork(join=join):
            return join.key
        case Frame(column=column) | Aside(column=column):
            return tail(column)


def _flow(item: Item | Chain, before: str | None) -> Iterator[tuple[str, str]]:
    """Yield the pairs of boxes that a drawing joins by a line without a detour."""
    match item:
        case Chain(items=items):
            for inner in items:
                if before is not None:
                    yield from ((before, head) for head in heads(inner))
                yield from _flow(inner, None)
                before = before if isinstance(inner, Aside) else tail(inner)
        case Fork(paths=paths, join=join):
            for path in paths:
                yield from _flow(path.column, None)
                end = tail(path.column)
                if end is not None:
                    yield end, join.key
        case Frame(column=column) | Aside(column=column):
            yield from _flow(column, None)
        case Box():
            return


def _side(atlas: _Atlas, length: int, source: Address, target: Address) -> Literal["left", "right"]:
    """Return the side on which less stands in the way; heads stand on the right."""
    left = right = 0
    for place in (source, target):
        for end in range(length + 1, len(place)):
            around, step = place[:end], place[end]
            paths = atlas.forks.get(around, [])
            if step < len(paths):
                left += any(paths[:step])
                right += any(paths[step + 1 :])
            if around in atlas.beset:
                is_head = (*around, step) in atlas.heads
                left += is_head
                right += not is_head
    return "left" if left < right else "right"
