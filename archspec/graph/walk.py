"""Spec → Graph: every operation with its name and its inputs, in the order in which it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archspec.diagnostics import Diagnostic, Related, Span, did_you_mean
from archspec.graph.model import INPUT, EntryNodes, Graph, GroupNodes, Head, Node
from archspec.language import Entry, Group, Item, Spec, tree
from archspec.language.entries import MOST_ENTRIES, MOST_LEVELS
from archspec.language.faults import used, without_echoes
from archspec.layers import PREVIOUS, LayerFault, Part
from archspec.layers.fields import shorten
from archspec.values import dataclass


def make_graph(spec: Spec) -> tuple[Graph, tuple[Diagnostic, ...]]:
    """Return the graph of a spec, and the faults of entries whose parts do not fit together."""
    walk = _Walk(spec)
    try:
        output = walk.chain(spec.layers, INPUT)
    except _TooManyEntries as stop:
        walk.entries, walk.groups, walk.heads = [], [], []  # nobody need look at them all
        output = walk.unknown("", "", stop.span, INPUT)
    if output == INPUT and spec.layers:
        span, fact = spec.place("layers"), "no layer is left between input and output"
        walk.faults.append(Diagnostic("no-layers", fact, span, "let `when` or `repeat` leave one"))
        output = walk.unknown("", "", span, INPUT)
    graph = Graph(spec, tuple(walk.entries), output, tuple(walk.groups), tuple(walk.heads))
    return graph, without_echoes(walk.faults)


class _TooManyEntries(Exception):
    """The walk stops here; the fault is reported already."""

    def __init__(self, span: Span) -> None:
        super().__init__()
        self.span = span


@dataclass(frozen=True, slots=True)
class _Again:
    """How names change where an entry is used once more with its weights."""

    old: str
    new: str
    uses: tuple[Span, ...]
    """Where it is shared, and the blocks around that."""
    levels: int

    def name(self, name: str) -> str:
        """Return the new name of what stands inside the shared entry."""
        return self.new + name.removeprefix(self.old)


class _Walk:
    """What is known so far: who may be mentioned, and by which node its output is made."""

    def __init__(self, spec: Spec) -> None:
        self.faults: list[Diagnostic] = []
        self.entries: list[EntryNodes] = []
        self.groups: list[GroupNodes] = []
        self.heads: list[Head] = []
        self.head: str | None = None
        self.parts: dict[int, tuple[Part, ...]] = {}
        """Of each layer, by identity: entries that say the same share one."""
        self.head_span: Span | None = None
        self.done: dict[str, tuple[Item | None, str]] = {INPUT: (None, INPUT)}
        """id → the item, and the node that gives its output."""
        self.shared: dict[str, Item] = {}
        """id of a share → what it repeats."""
        self.again = 0
        self.auxiliary_nodes: set[str] = set()
        self.all: dict[str, Span] = dict(_every_id(spec.layers))

    def chain(self, items: Iterable[Item], previous: str, again: _Again | None = None) -> str:
        """Add items one behind the other; return the node that gives the last one's output."""
        for item in items:
            if again is not None:
                self.shared_again(again)
            if isinstance(item, Group):
                output = self.group(item, previous, again)
            else:
                output = self.entry(item, previous, again)
            if again is None and (isinstance(item, Entry) or item.own_name):
                self.done[item.id] = (item, output)
            if not (isinstance(item, Group) and item.kind == "auxiliary"):
                previous = output
        return previous

    def shared_again(self, again: _Again) -> None:
        """Count one more entry or group of those shared; a group of shares may hold any number."""
        self.again += 1
        if self.again > MOST_ENTRIES:
            fact = f"more than {MOST_ENTRIES:,} entries and groups are shared"
            help = "share fewer groups that hold shared ones"
            self.fault("too-many-entries", fact, again.uses[0], help, again.uses[1:])
            raise _TooManyEntries(again.uses[0])

    def group(self, group: Group, previous: str, again: _Again | None) -> str:
        first = len(self.entries)
        if group.kind == "share" and group.of is not None:
            output = self.share(group, previous, again)
        elif not group.paths:  # its faults were reported already
            return self.unknown(group.id, group.label, group.span, previous)
        elif group.kind == "auxiliary":
            output = self.auxiliary(group, previous, again)
        else:
            ends = []
            for way in group.paths:
                source = previous
                if way.source is not None and way.source_span is not None:
                    found = self.resolve(
                        way.source, group.scopes, way.source_span, again, group.uses
                    )
                    source = found if found is not None else previous
                    if found is None:
                        ends.append(self.unknown(group.id, group.label, group.span, previous))
                        continue
                ends.append(self.chain(way.items, source, again))
            output = ends[0]
            if group.join is not None:
                output = self.entry(group.join, previous, again, fed_by=tuple(ends))
        shown = group if again is None else replace(group, id=again.name(group.id))
        self.groups.append(GroupNodes(shown, first, len(self.entries)))
        return output

    def auxiliary(self, group: Group, previous: str, again: _Again | None) -> str:
        if self.head is not None:
            fact, help = "an auxiliary head inside another one", "put it beside the other one"
            around = Related("the other one", self.head_span or group.span)
            self.fault("nested-auxiliary", fact, group.span, help, group.uses, around)
            return previous
        self.head_span = group.span
        self.head = again.name(group.id) if again is not None else group.id
        output = self.chain(group.paths[0].items, previous, again)
        self.heads.append(Head(self.head, output, group.weight, group.span, group.uses))
        self.head = None
        return output

    def share(self, group: Group, previous: str, again: _Again | None) -> str:
        assert group.of is not None
        assert group.of_span is not None
        levels = again.levels + 1 if again is not None else 1
        found = self.find(group.of, group.scopes, group.of_span, group.uses)
        item = self.done[found][0] if found is not None else None
        if found is None or item is None or levels > MOST_LEVELS:
            if found is not None and item is None:
                fact, help = f"`{group.of}` has no weights to share", "name an earlier layer"
                self.fault("unknown-id", fact, group.of_span, help, group.uses)
            elif found is not None:
                fact = f"more than {MOST_LEVELS} levels of shared groups inside each other"
                help = "share the innermost one itself"
                self.fault("too-deep", fact, group.of_span, help, group.uses)
            return self.unknown(group.id, group.label, group.span, previous)
        item = self.shared.get(item.id, item)
        self.shared[group.id] = item
        new = again.name(group.id) if again is not None else group.id
        uses = (group.span, *group.uses, *(again.uses if again is not None else ()))
        return self.chain([item], previous, _Again(item.id, new, uses, levels))

    def entry(
        self,
        entry: Entry,
        previous: str,
        again: _Again | None,
        fed_by: tuple[str, ...] | None = None,
    ) -> str:
        shown = entry
        if again is not None:
            id = again.name(entry.id)
            head, _, last = id.rpartition(".")
            own_label = entry.label.rpartition(".")[2] if "." in entry.id or not last else last
            label = f"{head}.{own_label}" if head else id
            shown = replace(entry, id=id, label=label, uses=(*again.uses, *entry.uses))
        inputs = fed_by or self.inputs(entry, previous, again)
        nodes = self.nodes(shown, inputs, entry.id if again is not None else None)
        main = next((i for i, n in enumerate(nodes) if type(n.layer) is type(entry.layer)), 0)
        self.entries.append(EntryNodes(shown, nodes, main))
        return nodes[-1].name

    def unknown(self, id: str, label: str, span: Span, previous: str) -> str:
        """Add what stands for an entry with a fault."""
        node = Node(id, None, (previous,), head=self.head)
        entry = Entry("", id, label, None, span, tree.Mapping({}, span))
        self.entries.append(EntryNodes(entry, (node,), 0))
        return id

    def inputs(self, entry: Entry, previous: str, again: _Again | None) -> tuple[str, ...] | None:
        """Return the nodes that feed an entry; None where one is not to be found."""
        if entry.layer is None:
            return (previous,)
        references = entry.layer.references()
        if not references:
            return (previous,)
        found = []
        for reference in references:
            if reference == PREVIOUS:
                found.append(previous)
                continue
            place = _place_of(entry, reference)
            node = self.resolve(reference, entry.scopes, place, again, entry.uses)
            if node is None:
                return None
            found.append(node)
        return tuple(found)

    def resolve(
        self,
        reference: str,
        scopes: tuple[str, ...],
        span: Span,
        again: _Again | None,
        uses: tuple[Span, ...],
    ) -> str | None:
        """Return the node whose output an id means; None, and a fault, where there is none."""
        id = self.find(reference, scopes, span, uses)
        if id is None:
            return None
        node = self.done[id][1]
        if node in self.auxiliary_nodes and self.head is None:
            fact = f"`{reference}` runs in training only, and the network needs it always"
            help = "move what is needed out of the auxiliary head"
            self.fault("auxiliary-reference", fact, span, help, uses)
            return None
        if again is not None and (id == again.old or id.startswith(f"{again.old}.")):
            return again.name(node)
        return node

    def find(
        self, reference: str, scopes: tuple[str, ...], span: Span, uses: tuple[Span, ...]
    ) -> str | None:
        if reference == INPUT:
            return INPUT
        for prefix in scopes:
            if prefix + reference in self.done:
                return prefix + reference
        for prefix in scopes:
            if prefix + reference in self.all:
                fact = f"`{shorten(reference)}` has no output yet: it does not stand before this"
                here = Related("it is here", self.all[prefix + reference])
                self.fault(
                    "later-reference", fact, span, "mention earlier entries only", uses, here
                )
                return None
        known = [id.removeprefix(p) for p in scopes for id in self.done if id.startswith(p)]
        near = did_you_mean(reference, dict.fromkeys(known))
        help = near or "give the entry that is meant an `id:`, and mention that"
        if near is None and uses:
            help = "what stands in a block mentions ids of the block only, or `input`"
        fact = f"no earlier entry is called `{shorten(reference)}`"
        self.fault("unknown-id", fact, span, help, uses)
        return None

    def nodes(
        self, entry: Entry, inputs: tuple[str, ...] | None, weights_of: str | None
    ) -> tuple[Node, ...]:
        unknown = (Node(entry.id, None, inputs or (INPUT,), head=self.head),)
        if entry.layer is None or inputs is None:
            return unknown
        try:
            parts = self.parts.get(id(entry.layer)) or entry.layer.parts()
        except LayerFault as fault:
            span = entry.place(fault.field) if fault.field else entry.span
            self.fault(fault.code, fault.message, span, fault.help, entry.uses)
            return unknown
        self.parts[id(entry.layer)] = parts
        made: dict[str, str] = {}
        nodes: list[Node] = []
        for part in parts:
            name = f"{entry.id}.{part.name}" if part.name else entry.id
            weights = None
            if weights_of is not None:
                weights = f"{weights_of}.{part.name}" if part.name else weights_of
            if part.inputs is not None:
                fed = tuple(n for p in part.inputs for n in (inputs if p == "" else (made[p],)))
            else:
                fed = (nodes[-1].name,) if nodes else inputs
            nodes.append(Node(name, part.layer, fed, weights, self.head))
            made[part.name] = name
        if self.head is not None:
            self.auxiliary_nodes.update(made.values())
        return tuple(nodes)

    def fault(
        self,
        code: str,
        message: str,
        span: Span,
        help: str | None,
        uses: tuple[Span, ...],
        *related: Related,
    ) -> None:
        related = (*related, *used(uses))
        self.faults.append(Diagnostic(code, message, span, help, related=related))


def _place_of(entry: Entry, reference: str) -> Span:
    """Return where an entry mentions an id."""
    for field in ("inputs", "key", "value"):
        node = entry.node.child(field)
        if node is None:
            continue
        if node.plain() == reference:
            return node.place()
        plain = node.plain()
        if isinstance(plain, list) and reference in plain:
            return node.place(plain.index(reference))
    return entry.span


def _every_id(items: Iterable[Item]) -> Iterable[tuple[str, Span]]:
    for item in items:
        if isinstance(item, Entry) or item.own_name:
            yield item.id, item.span
        if isinstance(item, Group):
            for way in item.paths:
                yield from _every_id(way.items)


__all__ = [
    "INPUT",
    "EntryNodes",
    "Graph",
    "GroupNodes",
    "Head",
    "Node",
    "make_graph",
]
