"""Corners → the path of a line, its corners rounded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import copysign

from archspec.drawing.tile import Point

RADIUS = 7.0


def shown(number: float) -> str:
    """Return a number of pixels with one decimal at most."""
    return f"{number:.1f}".removesuffix(".0")


def path_data(points: Sequence[Point]) -> str:
    """Return the `d` of an SVG path through corners whose lines run along the axes."""
    corners = plain_corners(points)
    parts = [f"M{_point(corners[0])}"]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        reach = min(RADIUS, _length(before, corner) / 2, _length(corner, after) / 2)
        parts.append(f"L{_point(_toward(corner, before, reach))}")
        parts.append(f"Q{_point(corner)} {_point(_toward(corner, after, reach))}")
    parts.append(f"L{_point(corners[-1])}")
    return "".join(parts)


def plain_corners(points: Iterable[Point]) -> list[Point]:
    """Return the same line without points on the way and points that are there twice."""
    corners: list[Point] = []
    for point in points:
        if corners and _length(corners[-1], point) < 0.05:
            continue
        if len(corners) > 1 and _is_straight(corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
    return corners


def _is_straight(a: Point, b: Point, c: Point) -> bool:
    return abs(a[0] - b[0]) < 0.05 > abs(b[0] - c[0]) or abs(a[1] - b[1]) < 0.05 > abs(b[1] - c[1])


def _length(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _toward(point: Point, other: Point, reach: float) -> Point:
    dx, dy = other[0] - point[0], other[1] - point[1]
    if abs(dx) > abs(dy):
        return point[0] + copysign(reach, dx), point[1]
    return point[0], point[1] + copysign(reach, dy)


def _point(point: Point) -> str:
    return f"{shown(point[0])},{shown(point[1])}"
