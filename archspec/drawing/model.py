"""What a drawing shows, before anything has a place: boxes, nested as the network is, and edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Look(Enum):
    """What a box stands for, as far as it shows."""

    end = "end"
    """The network's input or output."""
    weights = "weights"
    """It multiplies by weights, or values with each other."""
    size = "size"
    """It changes the size of the map, without weights."""
    join = "join"
    """It brings paths together."""
    other = "other"
    """Activations, norms, dropout, reshaping."""
    group = "group"
    """Several entries in one box."""


@dataclass(frozen=True, slots=True)
class Box:
    """One entry, or one group in the place of its entries, or an end of the network.

    key: unique in the drawing, letters and digits. label: the name, short of what stands around it.
    detail: the kernel, or what a group is. output: the shape, a group's with the one that comes in.
    receptive_field, params: as text, empty where there is none. is_auxiliary: training only.
    entries: how many a group has, as text.
    """

    key: str
    id: str
    label: str
    detail: str
    output: str
    receptive_field: str
    params: str
    look: Look
    is_auxiliary: bool = False
    tooltip: tuple[str, ...] = ()
    entries: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """What runs one behind the other."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """One of several paths. is_fed_here: False where another entry feeds it than the one before."""

    column: Chain
    is_fed_here: bool = True


@dataclass(frozen=True, slots=True)
class Fork:
    """Paths side by side, and the box that joins them; an empty path passes its input on.

    is_residual: the first path is the main one, the other one the way around it.
    """

    paths: tuple[Path, ...]
    join: Box
    is_residual: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A group that is drawn around what it holds."""

    key: str
    id: str
    label: str
    kind: str
    column: Chain
    is_auxiliary: bool = False


@dataclass(frozen=True, slots=True)
class Aside:
    """An auxiliary head: it takes the value that passes, and gives nothing back."""

    column: Chain


Item: TypeAlias = Box | Fork | Frame | Aside


@dataclass(frozen=True, slots=True)
class Edge:
    """A value that goes from one box to another, by their keys."""

    source: str
    target: str
    is_auxiliary: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A network as it is drawn."""

    title: str
    subtitle: str
    words: str
    """How to read a box."""
    column: Chain
    edges: tuple[Edge, ...]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Every box, in the order in which the network runs."""
        return tuple(boxes_in(self.column))


def boxes_in(item: Item | Chain) -> Iterator[Box]:
    """Yield the boxes of an item, in the order in which the network runs."""
    match item:
        case Box():
            yield item
        case Chain(items=items):
            for inner in items:
                yield from boxes_in(inner)
        case Fork(paths=paths, join=join):
            for path in paths:
                yield from boxes_in(path.column)
            yield join
        case Frame(column=column) | Aside(column=column):
            yield from boxes_in(column)


def rows_of(item: Item | Chain) -> int:
    """Return how many boxes stand below each other at most; auxiliary heads stand beside."""
    match item:
        case Box():
            return 1
        case Chain(items=items):
            return sum(map(rows_of, items))
        case Fork(paths=paths):
            return 1 + max(rows_of(path.column) for path in paths)
        case Frame(column=column):
            return rows_of(column)
        case Aside():
            return 0
