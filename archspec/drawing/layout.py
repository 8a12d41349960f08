"""Picture → tiles: boxes below and beside each other, frames around them, lines between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from archspec.drawing.forks import into_join, main_path, side_by_side
from archspec.drawing.heads import place_heads
from archspec.drawing.lanes import LEAVES, lane_lines, place_lanes
from archspec.drawing.lettering import sans_width
from archspec.drawing.model import Aside, Box, Chain, Fork, Frame, Item, Picture
from archspec.drawing.sizes import (
    BETWEEN,
    FAN,
    FIGURES,
    GAP,
    HEADING,
    LANE,
    PADDING,
    Sizes,
    measure,
)
from archspec.drawing.skips import Address, Wiring, find_skips
from archspec.drawing.tile import Entrance, Line, PlacedBox, PlacedFrame, Point, Tile


def lay_out(picture: Picture) -> tuple[Tile, Sizes]:
    """Return the whole drawing as one tile, and the sizes of its boxes."""
    sizes, wiring = measure(picture), find_skips(picture)
    tile = _Layout(sizes, wiring).column(picture.column, ())
    places = {placed.box.key: placed for placed in tile.boxes}
    across = (_across(places[edge.source], places[edge.target]) for edge in wiring.across)
    lines = (*tile.lines, *across)
    wanted = {(edge.source, edge.target) for edge in picture.edges}
    # An entry that names all its inputs may leave out the value that comes to it by itself.
    kept = tuple(line for line in lines if (line.source, line.target) in wanted)
    return replace(tile, lines=kept), sizes


@dataclass(frozen=True, slots=True)
class _Layout:
    sizes: Sizes
    wiring: Wiring

    def item(self, item: Item, place: Address) -> Tile:
        match item:
            case Box():
                return self.box(item)
            case Fork():
                return self.fork(item, place)
            case Frame():
                return self.frame(item, place)
            case Aside(column=column):
                return self.column(column, place)

    def box(self, box: Box) -> Tile:
        width, height = self.sizes.width, self.sizes.height(box)
        placed = PlacedBox(box, -width / 2, 0.0, width, height)
        entrance = Entrance(box.key, ((0.0, 0.0),))
        return Tile(width / 2, width / 2, height, (placed,), (), (), (entrance,), placed)

    def column(self, column: Chain, place: Address) -> Tile:
        """Put items below each other, auxiliary heads to their right, long edges between them."""
        tiles: list[Tile] = []
        asides: list[tuple[Tile, Tile, float]] = []
        lines: list[Line] = []
        entrances: tuple[Entrance, ...] = ()
        before: PlacedBox | None = None
        last = Tile()
        bottom = -GAP
        for index, item in enumerate(column.items):
            made = self.item(item, (*place, index))
            if isinstance(item, Aside):
                asides.append((made, last, bottom))
                tiles.append(Tile())
                continue
            tile = made.shifted(0.0, bottom + GAP)
            bottom += GAP + tile.height
            tiles.append(tile)
            if before is None:
                entrances = tile.entrances
            else:
                lines += _lines(before, (before.middle, before.bottom), tile.entrances)
            before, last = tile.exit or before, tile
        skips = self.wiring.skips.get(place, ())
        lanes = place_lanes(skips, tiles)
        left = max([tile.left for tile in tiles] + [LANE / 2 - x for x in lanes], default=0.0)
        right = max([tile.right for tile in tiles] + [LANE / 2 + x for x in lanes], default=0.0)
        for tile, fed_by, reach in place_heads(asides, right):
            tiles.append(tile)
            lines += fed_by
            right, bottom = max(right, reach[0]), max(bottom, reach[1])
        places = {placed.box.key: placed for tile in tiles for placed in tile.boxes}
        lines += lane_lines(skips, lanes, places)
        spine = Tile(left, right, max(0.0, bottom), (), (), tuple(lines), entrances, before)
        return _together(spine, tiles)

    def fork(self, fork: Fork, place: Address) -> Tile:
        """Put paths side by side, the join below them."""
        tiles = [self.column(p.column, (*place, i)) for i, p in enumerate(fork.paths)]
        shown = [
            (path, tile if path.column.items else Tile(LANE / 2, LANE / 2))
            for path, tile in zip(fork.paths, tiles, strict=True)
            if path.column.items or path.is_fed_here
        ]
        middles = side_by_side([tile for _, tile in shown])
        main = main_path(fork, [path for path, _ in shown])
        centre = (middles[0] + middles[-1]) / 2 if main is None else middles[main]
        fan = FAN if len(shown) > 1 else 0.0
        height = max(tile.height for _, tile in shown)
        join = self.box(fork.join).shifted(0.0, fan + height + (GAP if len(shown) == 1 else FAN))
        (joined,) = join.boxes
        moved, lines, entrances = [], [], []
        for (path, tile), middle in zip(shown, middles, strict=True):
            x = middle - centre
            into = into_join(joined, x, is_at_side=main is not None and x != 0)
            bus = ((0.0, 0.0), (0.0, fan / 2), (x, fan / 2))
            if not path.column.items:
                entrances.append(Entrance(joined.box.key, (*bus, *into)))
                continue
            tile = tile.shifted(x, fan)
            moved.append(tile)
            if path.is_fed_here:
                entrances += (Entrance(e.target, (*bus, *e.points)) for e in tile.entrances)
            if tile.exit is not None:
                start = (tile.exit.middle, tile.exit.bottom)
                lines.append(Line(tile.exit.box.key, joined.box.key, (start, *into)))
        reach = [(middle - centre, tile) for (_, tile), middle in zip(shown, middles, strict=True)]
        left = max(join.left, *(tile.left - x for x, tile in reach))
        right = max(join.right, *(tile.right + x for x, tile in reach))
        whole = Tile(left, right, joined.bottom, (), (), tuple(lines), tuple(entrances), joined)
        return _together(whole, [*moved, join])

    def frame(self, frame: Frame, place: Address) -> Tile:
        """Draw a frame, its name left of the line that comes in, what it is on the right."""
        inner = self.column(frame.column, place).shifted(0.0, HEADING)
        name = sans_width(frame.label, FIGURES) + PADDING
        kind = sans_width(frame.kind, FIGURES) + PADDING
        left, right = max(inner.left + PADDING, name), max(inner.right + PADDING, kind)
        height = HEADING + inner.height + PADDING
        around = PlacedFrame(frame, -left, 0.0, left + right, height)
        deeper = tuple(replace(inside, level=inside.level + 1) for inside in inner.frames)
        entrances = tuple(replace(e, points=((0.0, 0.0), *e.points)) for e in inner.entrances)
        return replace(
            inner,
            left=left,
            right=right,
            height=height,
            frames=(around, *deeper),
            entrances=entrances,
        )


def _lines(source: PlacedBox, start: Point, entrances: Iterable[Entrance]) -> list[Line]:
    return [Line(source.box.key, e.target, (start, *e.points)) for e in entrances]


def _together(tile: Tile, parts: Iterable[Tile]) -> Tile:
    """Return a tile with what its parts hold."""
    parts = tuple(parts)
    return replace(
        tile,
        boxes=tuple(box for part in parts for box in part.boxes),
        frames=tuple(frame for part in parts for frame in part.frames),
        lines=(*(line for part in parts for line in part.lines), *tile.lines),
    )


def _across(source: PlacedBox, target: PlacedBox) -> Line:
    """Return the edge from one path of a fork to another."""
    is_right = source.middle < target.middle
    start = source.x + source.width if is_right else source.x
    end = target.x if is_right else target.x + target.width
    between = end - BETWEEN / 2 if is_right else end + BETWEEN / 2
    leaves, enters = source.y + LEAVES * source.height, target.y + target.height / 2
    points = ((start, leaves), (between, leaves), (between, enters), (end, enters))
    return Line(source.box.key, target.box.key, points)
