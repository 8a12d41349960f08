"""A piece of the drawing with everything in it, around the middle where values come in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from archspec.drawing.model import Box, Frame

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box with its upper left corner and its size, in pixels."""

    box: Box
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """The x of its middle."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class PlacedFrame:
    """A frame with its upper left corner and its size. level: how many frames are around it."""

    frame: Frame
    x: float
    y: float
    width: float
    height: float
    level: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """An edge as corners from its source to its target."""

    source: str
    target: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Entrance:
    """How a box inside a tile is reached from the middle of the tile's upper edge."""

    target: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """Boxes, frames and lines around (0, 0), the middle of the line where values come in.

    left, right: how far it reaches to both sides, both positive. exit: the box that gives its
    output; None where there is none.
    """

    left: float = 0.0
    right: float = 0.0
    height: float = 0.0
    boxes: tuple[PlacedBox, ...] = ()
    frames: tuple[PlacedFrame, ...] = ()
    lines: tuple[Line, ...] = ()
    entrances: tuple[Entrance, ...] = ()
    exit: PlacedBox | None = None

    def shifted(self, x: float, y: float) -> Tile:
        """Return the same tile at another place; its sizes stay those around its own middle."""
        return replace(
            self,
            boxes=tuple(replace(b, x=b.x + x, y=b.y + y) for b in self.boxes),
            frames=tuple(replace(f, x=f.x + x, y=f.y + y) for f in self.frames),
            lines=tuple(replace(n, points=_shifted(n.points, x, y)) for n in self.lines),
            entrances=tuple(replace(e, points=_shifted(e.points, x, y)) for e in self.entrances),
            exit=self.exit and replace(self.exit, x=self.exit.x + x, y=self.exit.y + y),
        )


def _shifted(points: tuple[Point, ...], x: float, y: float) -> tuple[Point, ...]:
    return tuple((px + x, py + y) for px, py in points)
