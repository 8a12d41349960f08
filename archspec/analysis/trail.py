"""How the size of one axis came about, for the fault of a map that ran out."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.graph import INPUT, Graph
from archspec.layers import Shape

MOST_SHOWN = 9
"""Sizes of a trail that fit a line; of a longer one the ends are shown."""


def sizes_so_far(graph: Graph, shapes: Mapping[str, Shape], name: str, axis: int) -> list[int]:
    """Return the sizes of an axis from the input to a node's output, each change once.

    The way goes along first inputs, and begins where the axes became what they are.
    """
    first_input = {node.name: node.inputs[0] for node in graph.nodes}
    sizes = [shapes[name][axis]]
    seen = set[str]()  # names that were given twice may lead around in a circle, or to no shape
    while name != INPUT and name not in seen:
        seen.add(name)
        rank, name = len(shapes[name]), first_input[name]
        if name not in shapes or len(shapes[name]) != rank:
            break
        if shapes[name][axis] != sizes[-1]:
            sizes.append(shapes[name][axis])
    return sizes[::-1]


def show_trail(sizes: list[int]) -> str:
    """Return sizes as they follow each other, `28 → 26 → 13`; the middle of many is left out."""
    shown = list(map(str, sizes))
    if len(shown) > MOST_SHOWN:
        half = MOST_SHOWN // 2
        shown = [*shown[:half], "…", *shown[-half:]]
    return " → ".join(shown)
