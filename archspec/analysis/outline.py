"""The entries of a network as people nest them: groups inside groups, down to a depth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar, TypeAlias

from archspec.analysis.model import Analysis, EntryFacts, ReceptiveField
from archspec.graph import INPUT, GroupNodes
from archspec.language import Group, Way
from archspec.layers import Shape
from archspec.values import dataclass

DISSOLVED = ("when",)
"""Kinds of groups that say what stands in a network, and are no part of it themselves."""


@dataclass(frozen=True, slots=True)
class Nest:
    """A group that holds entries, and the groups inside it that do.

    entries: all that it holds, those of groups inside it too. children: the same, as they are
    nested. inputs: the shapes that come in from outside, each source once.
    is_level: False for a group whose entries do not have its name, or that is no part of the
    network; what it holds stands where it does.
    """

    group: Group
    entries: tuple[EntryFacts, ...]
    children: tuple[Item, ...]
    inputs: tuple[Shape, ...]
    is_level: bool
    kernel: ClassVar[None] = None
    stride: ClassVar[None] = None

    @property
    def is_auxiliary(self) -> bool:
        """True when all of it runs in training only."""
        return all(facts.is_auxiliary for facts in self.entries)

    @property
    def last(self) -> EntryFacts:
        """The entry whose output is the group's."""
        main = [facts for facts in self.entries if not facts.is_auxiliary]
        return (main or self.entries)[-1]

    @property
    def output(self) -> Shape:
        """Shape of the group's output."""
        return self.last.output

    @property
    def receptive_field(self) -> ReceptiveField:
        """Receptive field at the group's output."""
        return self.last.receptive_field

    @property
    def params(self) -> int:
        """Trainable scalars, those of auxiliary heads too."""
        return sum(facts.params for facts in self.entries)

    @property
    def buffers(self) -> int:
        """Scalars that are kept but not trained."""
        return sum(facts.buffers for facts in self.entries)

    @property
    def macs(self) -> int:
        """Multiply-adds of inference."""
        return sum(facts.macs for facts in self._in_inference)

    @property
    def activation_elements(self) -> int:
        """Scalars in all outputs of inference."""
        return sum(facts.activation_elements for facts in self._in_inference)

    @property
    def _in_inference(self) -> Iterator[EntryFacts]:
        return (facts for facts in self.entries if not facts.is_auxiliary)

    def ways(self) -> tuple[tuple[Way, tuple[Item, ...]], ...]:
        """Return each path with what is on it; one that only passes its input on has nothing."""
        group, children = self.group, self.children
        if group.join is None:
            return tuple((way, children) for way in group.paths)
        prefix = self.last.entry.id.removesuffix(group.join.kind)
        inside = children[:-1]
        if group.kind == "residual":  # its body has no name of its own
            body, around = group.paths
            is_around = [_id_of(item).startswith(f"{prefix}shortcut.") for item in inside]
            split = is_around.index(True) if any(is_around) else len(inside)
            return (body, inside[:split]), (around, inside[split:])
        return tuple(
            (way, tuple(i for i in inside if _id_of(i).startswith(f"{prefix}{way.name}.")))
            for way in group.paths
        )


Item: TypeAlias = EntryFacts | Nest


def outline(analysis: Analysis) -> tuple[Item, ...]:
    """Return the network's entries, nested in their groups; groups that hold none are left out."""
    entries = analysis.entries
    items: list[tuple[int, int, Item]] = []
    taken = 0
    # A group stands behind the groups inside it, and covers what they cover.
    for nodes in analysis.graph.groups:
        if nodes.first == nodes.last:
            continue
        items.extend((i, i + 1, entries[i]) for i in range(taken, nodes.last))
        taken = max(taken, nodes.last)
        split = len(items)
        while split and items[split - 1][0] >= nodes.first:
            split -= 1
        inside = tuple(item for _, _, item in items[split:])
        items[split:] = [(nodes.first, nodes.last, _nest(analysis, nodes, inside))]
    return (*(item for _, _, item in items), *entries[taken:])


def down_to(items: Iterable[Item], depth: int | None) -> Iterator[Item]:
    """Yield entries, and groups in the place of what they hold deeper than `depth`.

    depth: 1 for the entries of the layer list itself, one more for each group with a name around
    an entry; None for every entry.
    """
    for item in items:
        if isinstance(item, EntryFacts) or (item.is_level and depth == 1):
            yield item
        elif item.is_level and depth is not None:
            yield from down_to(item.children, depth - 1)
        else:
            yield from down_to(item.children, depth)


def _nest(analysis: Analysis, nodes: GroupNodes, children: tuple[Item, ...]) -> Nest:
    group = nodes.group
    is_level = group.own_name and group.kind not in DISSOLVED
    if group.kind == "share":  # what is shared stands under its name, and no deeper
        (inside,) = children
        if isinstance(inside, EntryFacts):
            is_level = False
        else:
            children = (replace(inside, is_level=False),)
    held = analysis.entries[nodes.first : nodes.last]
    return Nest(group, held, children, _inputs(analysis, nodes), is_level)


def _id_of(item: Item) -> str:
    return item.entry.id if isinstance(item, EntryFacts) else item.group.id


def _inputs(analysis: Analysis, nodes: GroupNodes) -> tuple[Shape, ...]:
    graph = analysis.graph
    held = [node for entry in graph.entries[nodes.first : nodes.last] for node in entry.nodes]
    inside = {node.name for node in held}
    sources = dict.fromkeys(name for node in held for name in node.inputs if name not in inside)
    return tuple(graph.spec.input if s == INPUT else analysis.node(s).output for s in sources)
