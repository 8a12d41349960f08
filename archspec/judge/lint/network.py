"""An analyzed network as the rules look at it: who feeds whom, and where it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property

from archspec.analysis import Analysis, NodeFacts
from archspec.diagnostics import Related, Span
from archspec.graph import INPUT, Node
from archspec.language import Entry, Spec
from archspec.language.takes.classes import CLASS_LOSSES
from archspec.layers import Layer, Shape
from archspec.layers.composite import ACTIVATIONS, NORMS

WEIGHTED = frozenset({"conv", "conv_transpose", "linear"})
"""Kinds that multiply by a learned matrix or kernel."""

NORM_KINDS = frozenset(NORMS.kinds.values())
ACTIVATION_KINDS = frozenset(ACTIVATIONS.kinds.values())
DROPOUT_KINDS = frozenset({"dropout", "spatial_dropout"})
SLIDING_POOLS = frozenset({"max_pool", "avg_pool"})
MEANS = frozenset({"gap", "adaptive_avg_pool", "avg_pool", "mean"})
"""Kinds that bring positions together by their mean."""

VIEWS = frozenset({"flatten", "identity", "reshape", "permute"})
"""Kinds that move values and change none."""


def is_map(shape: Shape) -> bool:
    """Say whether there is more than one position in a (C, …) shape."""
    return any(size > 1 for size in shape[1:])


class LintedNetwork:
    """One network, with what the rules look up gathered once."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.spec: Spec = analysis.spec
        graph = analysis.graph
        self.nodes: dict[str, Node] = {node.name: node for node in graph.nodes}
        """Every operation by its name, in the order in which it runs."""
        self.outputs: tuple[str, ...] = (graph.output, *(head.output for head in graph.heads))
        """The nodes that give an output, those of auxiliary heads behind the network's own."""
        self.inherited: dict[str, Span] = {}
        """Where `defaults` gives what a rule found at an entry, by the place of the entry."""

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """The entry of every operation, by the operation's name."""
        groups = self.analysis.graph.entries
        return {node.name: group.entry for group in groups for node in group.nodes}

    @cached_property
    def users(self) -> dict[str, tuple[Node, ...]]:
        """The operations that each value feeds, by the name of the one that makes it."""
        found: dict[str, list[Node]] = {name: [] for name in (INPUT, *self.nodes)}
        for node in self.nodes.values():
            for name in dict.fromkeys(node.inputs):
                found[name].append(node)
        return {name: tuple(nodes) for name, nodes in found.items()}

    @property
    def is_classifier(self) -> bool | None:
        """Whether the spec trains it to tell classes apart; None where it says nothing of it."""
        train = self.spec.train
        return None if train is None else train.loss.name in CLASS_LOSSES

    def layer(self, node: Node) -> Layer:
        """Return the layer of an operation; in an analyzed network each has one."""
        assert node.layer is not None
        return node.layer

    def kind(self, node: Node) -> str:
        """Return what an operation is."""
        return self.layer(node).kind

    def drops(self, node: Node) -> bool:
        """Say whether an operation sets values or channels to zero while training."""
        return self.kind(node) in DROPOUT_KINDS and getattr(node.layer, "p", 0) > 0

    def facts(self, node: Node) -> NodeFacts:
        """Return what is known of an operation."""
        return self.analysis.node(node.name)

    def shape(self, name: str) -> Shape:
        """Return the shape of a value: of an operation's output, or of the network's input."""
        return self.spec.input if name == INPUT else self.analysis.node(name).output

    def label(self, node: Node) -> str:
        """Return the label of the entry that an operation belongs to."""
        return self.entries[node.name].label

    def chain(self, name: str) -> Iterator[Node]:
        """Yield the operation that makes a value, and those before it, as long as each is fed once.

        The last one may be a join.
        """
        while name != INPUT:
            node = self.nodes[name]
            yield node
            if len(node.inputs) != 1:
                return
            (name,) = node.inputs

    def ahead(self, node: Node, through: Collection[str]) -> list[Node]:
        """Return the operations that a value reaches first, looking through those of some kinds.

        One that gives an output of the network is not looked through.
        """
        found, seen, waiting = [], {node.name}, [node]
        while waiting:
            for user in self.users[waiting.pop().name]:
                if user.name in seen:
                    continue
                seen.add(user.name)
                if self.kind(user) in through and user.name not in self.outputs:
                    waiting.append(user)
                else:
                    found.append(user)
        return found

    def place(self, node: Node, *field: str) -> Span:
        """Return where an operation, or a field of it, is written.

        It is the entry where `defaults` wrote it, and the use of a block that is not the user's.
        """
        span, origin = self._written(node, field)
        if origin is not None:
            self.inherited[str(span)] = origin
        return span

    def related(self, message: str, node: Node, *field: str) -> Related:
        """Return a second place that helps to understand a finding."""
        return Related(message, self._written(node, field)[0])

    def _written(self, node: Node, field: tuple[str, ...]) -> tuple[Span, Span | None]:
        """Return the place of a field, and the one in `defaults` where those give it."""
        entry, origin = self.entries[node.name], None
        part = node.name.removeprefix(entry.id).removeprefix(".")
        defaults = self.spec.tree.child("defaults")
        given = defaults.child(entry.kind) if defaults else None
        has_part = entry.node.child(part) or (given and given.child(part))
        is_main = entry.kind == self.layer(node).kind or has_part is None
        steps = field if is_main else (part, *field)
        if steps and entry.node.child(steps[0]) is None:
            if given is not None and given.child(steps[0]) is not None:
                origin = given.place(*steps)
            steps = ()
        span = entry.place(*steps)
        return next(filter(self._is_own, (span, *entry.uses)), span), origin

    def _is_own(self, span: Span) -> bool:
        # An argument such as `--set train.epochs=3` is the user's, too.
        return span.source in self.spec.sources or span.source.name.startswith("--")
