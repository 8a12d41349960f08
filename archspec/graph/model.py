"""A network as data: operations with their names and inputs, and the entries they come from."""

from __future__ import annotations

from typing import NamedTuple

from archspec.diagnostics import Span
from archspec.language import Entry, Group, Spec
from archspec.layers import Layer
from archspec.values import dataclass

INPUT = "input"
"""The name under which nodes refer to the network's input."""


class Node(NamedTuple):
    """One operation. `layer` is None where the entry's own faults were reported already.

    weights: the node whose tensors it uses, if not its own. head: the auxiliary head to which it
    belongs; such nodes run in training only.
    """

    name: str
    layer: Layer | None
    inputs: tuple[str, ...]
    weights: str | None = None
    head: str | None = None

    @property
    def is_auxiliary(self) -> bool:
        """True for a node that runs in training only."""
        return self.head is not None


class EntryNodes(NamedTuple):
    """An entry and the operations that it stands for; `main` is the one that names its kind."""

    entry: Entry
    nodes: tuple[Node, ...]
    main: int


class GroupNodes(NamedTuple):
    """A group and the entries `first` to `last` (excluded) that it holds, groups inside it too."""

    group: Group
    first: int
    last: int


class Head(NamedTuple):
    """An auxiliary head: its name, the node that gives its output, the weight of its loss."""

    name: str
    output: str
    weight: float
    span: Span
    uses: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """A directed acyclic graph in topological order: a node's inputs stand before it."""

    spec: Spec
    entries: tuple[EntryNodes, ...]
    output: str
    groups: tuple[GroupNodes, ...] = ()
    heads: tuple[Head, ...] = ()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every operation, in the order in which it runs."""
        return tuple(node for entry in self.entries for node in entry.nodes)
