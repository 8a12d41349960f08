"""Activation memory in inference: what must be kept at one time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archspec.graph import INPUT, Graph, Node
from archspec.layers import JOINS, Shape


class Operation(NamedTuple):
    """An operation as torch runs it: what it reads, and how many scalars it makes; 0 for a view."""

    name: str
    inputs: tuple[str, ...]
    made: int


def peak_elements(graph: Graph, shapes: Mapping[str, Shape]) -> int:
    """Return the most scalars of one sample that are kept at one time, the input included.

    Operations run one after the other; an output is given up after its last use, and what is only
    its input's memory seen in another way (flatten, dropout in inference) takes none of its own.
    Not counted is what torch needs while it runs one, such as the copy that flattens permuted axes.
    """
    nodes = [node for node in graph.nodes if not node.is_auxiliary]
    steps = [step for node in nodes for step in _steps(node, shapes)]
    owners, sizes = {INPUT: INPUT}, {INPUT: math.prod(graph.spec.input)}
    last_use: dict[str, int] = {}
    for index, step in enumerate(steps):
        owner = owners[step.name] = step.name if step.made else owners[step.inputs[0]]
        if step.made:
            sizes[owner] = step.made
        last_use[owner] = index
        for name in step.inputs:
            last_use[owners[name]] = index
    last_use[owners[graph.output]] = len(steps)
    given_up = [0] * (len(steps) + 1)
    for owner, index in last_use.items():
        given_up[index] += sizes[owner]
    kept = peak = sizes[INPUT]
    for index, step in enumerate(steps):
        kept += step.made
        peak = max(peak, kept)
        kept -= given_up[index]
    return peak


def _steps(node: Node, shapes: Mapping[str, Shape]) -> Iterator[Operation]:
    """Yield the operations of a node: a sum of several values is made two by two."""
    layer, inputs = node.layer, node.inputs
    assert layer is not None
    is_join = layer.kind in JOINS and layer.torch_call().passing == "pairwise"
    if not is_join or len(inputs) == 2:
        yield Operation(node.name, inputs, 0 if layer.is_view else math.prod(shapes[node.name]))
        return
    so_far, shape = inputs[0], shapes[inputs[0]]
    for number, name in enumerate(inputs[1:-1], 2):
        shape = _spread(shape, shapes[name])
        made = f"{node.name}: {number} of {len(inputs)}"
        yield Operation(made, (so_far, name), math.prod(shape))
        so_far = made
    is_same = len(inputs) == 1
    last = (so_far,) if is_same else (so_far, inputs[-1])
    yield Operation(node.name, last, 0 if is_same else math.prod(shapes[node.name]))


def _spread(one: Shape, other: Shape) -> Shape:
    """Return the shape of two values together, where 1 stands for any size."""
    return tuple(max(pair) for pair in zip(one, other, strict=True))
