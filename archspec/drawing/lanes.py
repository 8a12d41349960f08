"""Lines that run beside a column, around the items between their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.drawing.sizes import LANE
from archspec.drawing.skips import Skip
from archspec.drawing.tile import Line, PlacedBox, Tile

LEAVES, ENTERS, ENTERS_LAST = 0.72, 0.22, 0.58
"""Where lines meet the side of a box, as shares of its height: they come in above, go out below."""


def place_lanes(skips: Sequence[Skip], tiles: Sequence[Tile]) -> tuple[float, ...]:
    """Return the x of each line: close to what it goes around, and beside other lines.

    tiles: the items of the column; lines on the left have a negative x.
    """
    found: dict[Skip, float] = {}
    # The short ones first, so that one around a part of another's items is the inner one.
    for skip in sorted(skips, key=lambda skip: (skip.last - skip.first, skip.first)):
        around = tiles[skip.first : skip.last + 1]
        reach = max(tile.left if skip.side == "left" else tile.right for tile in around)
        for other, x in found.items():
            is_beside = skip.first < other.last and other.first < skip.last
            # Lines of one source run together, until one of them turns off.
            if other.side == skip.side and is_beside:
                reach = max(reach, abs(x))
        found[skip] = (reach + LANE) * (-1 if skip.side == "left" else 1)
    return tuple(found[skip] for skip in skips)


def lane_lines(
    skips: Sequence[Skip], lanes: Sequence[float], places: Mapping[str, PlacedBox]
) -> list[Line]:
    """Return the lines: out of the side of a box, along a lane, into the side of another one."""
    coming: dict[tuple[str, bool], list[float]] = {}
    for skip, lane in zip(skips, lanes, strict=True):
        coming.setdefault((skip.edge.target, lane < 0), []).append(abs(lane))
    lines = []
    for skip, lane in zip(skips, lanes, strict=True):
        source, target = places[skip.edge.source], places[skip.edge.target]
        there = sorted(coming[skip.edge.target, lane < 0])
        # The inner line turns first, so that the outer one does not cross it.
        step = (ENTERS_LAST - ENTERS) / (len(there) + 1)
        share = ENTERS + step * (there.index(abs(lane)) + 1)
        leaves = source.y + LEAVES * source.height
        enters = target.y + share * target.height
        points = (
            (_side_of(source, lane), leaves),
            (lane, leaves),
            (lane, enters),
            (_side_of(target, lane), enters),
        )
        lines.append(Line(skip.edge.source, skip.edge.target, points))
    return lines


def _side_of(placed: PlacedBox, lane: float) -> float:
    return placed.x if lane < placed.middle else placed.x + placed.width
