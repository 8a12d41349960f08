"""Spec → Graph: every operation with its name and its inputs, in the order in which it runs."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.diagnostics import Diagnostic
from archspec.layers import Layer, LayerFault
from archspec.spec import Entry, Spec

INPUT = "input"
"""The name under which nodes refer to the network's input."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation. `layer` is None where the entry's own faults were reported already."""

    name: str
    layer: Layer | None
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryNodes:
    """An entry and the operations that it stands for; `main` is the one that names its kind."""

    entry: Entry
    nodes: tuple[Node, ...]
    main: int


@dataclass(frozen=True, slots=True)
class Graph:
    """A directed acyclic graph in topological order: a node's inputs stand before it."""

    spec: Spec
    entries: tuple[EntryNodes, ...]
    output: str


def make_graph(spec: Spec) -> tuple[Graph, tuple[Diagnostic, ...]]:
    """Return the graph of a spec, and the faults of entries whose parts do not fit together."""
    faults: list[Diagnostic] = []
    entries = []
    previous = INPUT
    for entry in spec.layers:
        nodes = _nodes(entry, previous, faults)
        main = next((i for i, n in enumerate(nodes) if type(n.layer) is type(entry.layer)), 0)
        entries.append(EntryNodes(entry, nodes, main))
        previous = nodes[-1].name
    return Graph(spec, tuple(entries), previous), tuple(faults)


def _nodes(entry: Entry, previous: str, faults: list[Diagnostic]) -> tuple[Node, ...]:
    unknown = (Node(entry.id, None, (previous,)),)
    if entry.layer is None:
        return unknown
    try:
        parts = entry.layer.parts()
    except LayerFault as fault:
        span = entry.place(fault.field) if fault.field else entry.span
        faults.append(Diagnostic(fault.code, fault.message, span, fault.help))
        return unknown
    nodes = []
    for part in parts:
        name = f"{entry.id}.{part.name}" if part.name else entry.id
        nodes.append(Node(name, part.layer, (previous,)))
        previous = name
    return tuple(nodes)
