"""Auxiliary heads: beside the column from which they take a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archspec.drawing.lanes import LEAVES
from archspec.drawing.sizes import BETWEEN, GAP
from archspec.drawing.tile import Line, PlacedBox, Point, Tile


def place_heads(
    asides: Iterable[tuple[Tile, Tile, float]], right: float
) -> Iterator[tuple[Tile, list[Line], Point]]:
    """Yield auxiliary heads right of a column, the lines that feed them, and how far they reach.

    asides: each head with the item of the column that stands before it, and where that ends.
    """
    done: list[tuple[float, float]] = []
    for tile, before, bottom in asides:
        source = before.exit
        top, corners = _way_out(before, source, bottom) if source is not None else (0.0, ())
        edge = max([right, *(end for end, low in done if low + GAP > top)])
        x = edge + BETWEEN + tile.left
        moved = tile.shifted(x, top)
        done.append((x + tile.right, top + tile.height))
        lines = []
        if source is not None:
            way = (*corners, (x, corners[-1][1]))
            lines = [Line(source.box.key, e.target, (*way, *e.points)) for e in moved.entrances]
        yield moved, lines, done[-1]


def _way_out(tile: Tile, source: PlacedBox, bottom: float) -> tuple[float, tuple[Point, ...]]:
    """Return where a head beside a tile begins, and the corners from its source to the right."""
    y = source.y + LEAVES * source.height
    if not any(box.x > source.x and box.y <= y <= box.bottom for box in tile.boxes):
        return source.bottom, ((source.x + source.width, y),)
    y = bottom + GAP / 2
    return bottom + GAP, ((source.middle, source.bottom), (source.middle, y))
