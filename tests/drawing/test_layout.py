from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given

from archspec.drawing import Picture, make_picture
from archspec.drawing.folding import Depth
from archspec.drawing.layout import lay_out
from archspec.drawing.model import boxes_in
from archspec.drawing.paths import path_data, plain_corners
from archspec.drawing.sizes import HEADING
from archspec.drawing.tile import PlacedBox, PlacedFrame, Point, Tile
from archspec.network import study
from tests.support.drawn_networks import (
    ALL,
    BESIDE,
    BRANCHES,
    HEADS,
    UNET,
    any_networks,
    nested_networks,
)
from tests.support.drawn_networks import picture_of as picture

ROOT = Path(__file__).parents[2]
SPECS = sorted(ROOT.glob("specs/zoo/*.yaml"))
NEAR = 0.1
"""Pixels."""


def overlap(a: PlacedBox | PlacedFrame, b: PlacedBox | PlacedFrame) -> bool:
    """Say whether two rectangles have a common area."""
    return (
        a.x < b.x + b.width - NEAR
        and b.x < a.x + a.width - NEAR
        and a.y < b.y + b.height - NEAR
        and b.y < a.y + a.height - NEAR
    )


def holds(frame: PlacedFrame, inner: PlacedBox | PlacedFrame) -> bool:
    """Say whether a rectangle lies in a frame, below its name."""
    return (
        frame.x < inner.x
        and inner.x + inner.width < frame.x + frame.width
        and frame.y + HEADING - NEAR < inner.y
        and inner.y + inner.height < frame.y + frame.height
    )


def is_on_edge(point: Point, box: PlacedBox) -> bool:
    """Say whether a point lies on the outline of a box."""
    x, y = point
    inside = (
        box.x - NEAR <= x <= box.x + box.width + NEAR and box.y - NEAR <= y <= box.bottom + NEAR
    )
    sides = (abs(x - box.x), abs(x - box.x - box.width), abs(y - box.y), abs(y - box.bottom))
    return inside and min(sides) < NEAR


def crossings(tile: Tile) -> Iterator[str]:
    """Yield the boxes that a line runs behind."""
    for line in tile.lines:
        for (x0, y0), (x1, y1) in pairwise(plain_corners(line.points)):
            for box in tile.boxes:
                across = min(x0, x1) < box.x + box.width - NEAR and max(x0, x1) > box.x + NEAR
                down = min(y0, y1) < box.bottom - NEAR and max(y0, y1) > box.y + NEAR
                if across and down:
                    yield f"{line.source} > {line.target} runs behind {box.box.id}"


def assert_sound(picture: Picture) -> Tile:
    """Assert what holds of every drawing; return it."""
    tile, _ = lay_out(picture)
    boxes = {placed.box.key: placed for placed in tile.boxes}
    assert list(boxes) == [box.key for box in picture.boxes] or set(boxes) == {
        box.key for box in picture.boxes
    }
    assert len(tile.boxes) == len(picture.boxes)
    assert [(a.box.id, b.box.id) for a, b in combinations(tile.boxes, 2) if overlap(a, b)] == []
    for frame in tile.frames:
        keys = {box.key for box in boxes_in(frame.frame.column)}
        for key, placed in boxes.items():
            assert holds(frame, placed) if key in keys else not overlap(frame, placed)
    for a, b in combinations(tile.frames, 2):
        assert holds(a, b) or holds(b, a) or not overlap(a, b)
    drawn = sorted((line.source, line.target) for line in tile.lines)
    assert drawn == sorted((edge.source, edge.target) for edge in picture.edges)
    for line in tile.lines:
        assert is_on_edge(line.points[0], boxes[line.source])
        assert is_on_edge(line.points[-1], boxes[line.target])
        for (x0, y0), (x1, y1) in pairwise(line.points):
            assert abs(x0 - x1) < NEAR or abs(y0 - y1) < NEAR
            assert -tile.left - NEAR <= min(x0, x1) <= max(x0, x1) <= tile.right + NEAR
            assert -NEAR <= min(y0, y1) <= max(y0, y1) <= tile.height + NEAR
    return tile


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("depth", ["auto", 1])
def test_nothing_overlaps_and_no_line_runs_behind_a_box(name: str, depth: Depth) -> None:
    assert list(crossings(assert_sound(picture(ALL[name], depth)))) == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_zoo_is_drawn_without_a_crossing(path: Path) -> None:
    _, analysis, _ = study(path)
    assert analysis is not None

    assert list(crossings(assert_sound(make_picture(analysis)))) == []


@given(nested_networks)
def test_whatever_is_nested_is_drawn_without_a_crossing(text: str) -> None:
    assert list(crossings(assert_sound(picture(text, "all")))) == []


@given(any_networks)
def test_whatever_feeds_whatever_has_its_line(text: str) -> None:
    assert_sound(picture(text, "all"))
    assert_sound(picture(text, 1))


def places(text: str) -> dict[str, PlacedBox]:
    tile, _ = lay_out(picture(text))
    return {placed.box.id: placed for placed in tile.boxes}


def test_paths_begin_at_one_height_and_their_join_is_below_them_all() -> None:
    found = places(BRANCHES)

    assert found["mixed.one.conv1"].y == found["mixed.two.conv1"].y
    assert found["mixed.one.conv1"].x < found["mixed.two.conv1"].x
    assert found["mixed.concat"].y > found["mixed.two.conv3"].bottom
    assert found["conv1"].middle == found["mixed.concat"].middle == found["relu1"].middle


def test_skips_run_beside_what_they_skip_the_outer_one_around_the_inner_one() -> None:
    tile, _ = lay_out(picture(UNET))
    ids = {placed.box.key: placed.box.id for placed in tile.boxes}
    reach = {
        ids[line.source]: max(x for x, _ in line.points)
        for line in tile.lines
        if len(plain_corners(line.points)) > 2
    }

    edge = max(placed.x + placed.width for placed in tile.boxes)
    assert list(reach) == ["down2.conv2", "down1.conv2"]
    assert edge < reach["down2.conv2"] < reach["down1.conv2"]


@pytest.mark.parametrize(("path", "target"), [("left", "add1"), ("right", "add2")])
def test_a_skip_leaves_a_fork_on_the_side_of_its_path(path: str, target: str) -> None:
    tile, _ = lay_out(picture(BESIDE))
    keys = {placed.box.id: placed.box.key for placed in tile.boxes}
    ends = (keys[f"fork.{path}.outer"], keys[target])
    (line,) = (line for line in tile.lines if (line.source, line.target) == ends)

    if path == "left":
        assert min(x for x, _ in line.points) < min(placed.x for placed in tile.boxes)
    else:
        assert max(x for x, _ in line.points) > max(p.x + p.width for p in tile.boxes)


def test_a_head_stands_right_of_the_network() -> None:
    found = places(HEADS)

    assert found["early.gap"].x > found["conv1"].x + found["conv1"].width
    assert found["early.gap"].y < found["linear1"].y


def test_corners_are_rounded_and_points_on_the_way_are_left_out() -> None:
    points = [(0.0, 0.0), (0.0, 10.0), (0.0, 20.0), (30.0, 20.0)]

    assert path_data(points) == "M0,0L0,13Q0,20 7,20L30,20"


def test_a_short_line_between_corners_has_smaller_ones() -> None:
    points = [(0.0, 0.0), (0.0, 20.0), (4.0, 20.0), (4.0, 40.0)]

    assert path_data(points) == "M0,0L0,18Q0,20 2,20L2,20Q4,20 4,22L4,40"
