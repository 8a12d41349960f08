"""The paths of a fork: where each stands, and how its line comes into the join."""

from __future__ import annotations

from archspec.drawing.model import Fork, Path
from archspec.drawing.sizes import BETWEEN, FAN
from archspec.drawing.tile import PlacedBox, Point, Tile


def side_by_side(tiles: list[Tile]) -> list[float]:
    """Return the middle of each tile, from left to right."""
    middles, edge = [], 0.0
    for tile in tiles:
        middles.append(edge + tile.left)
        edge += tile.left + tile.right + BETWEEN
    return middles


def main_path(fork: Fork, paths: list[Path]) -> int | None:
    """Return the path that stands straight above the join; None where all are alike."""
    fed = [index for index, path in enumerate(paths) if path.is_fed_here]
    full = [index for index in fed if paths[index].column.items]
    if len(full) == 1 or (fork.is_residual and full):
        return full[0]
    return fed[0] if len(fed) == 1 else None


def into_join(join: PlacedBox, x: float, *, is_at_side: bool) -> tuple[Point, ...]:
    """Return the corners from the end of a path down to its join."""
    if is_at_side:
        middle = join.y + join.height / 2
        return (x, middle), (join.x if x < join.middle else join.x + join.width, middle)
    bus = join.y - FAN * 0.6
    return (x, bus), (join.middle, bus), (join.middle, join.y)
