"""Graph → Analysis: one walk, in which every layer is asked once."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property, partial
from typing import NamedTuple

from archspec.analysis.memory import peak_elements
from archspec.analysis.model import Analysis, EntryFacts, NodeFacts, Totals
from archspec.analysis.receptive_field import (
    HoldsPositions,
    MapField,
    input_field,
    through,
    told_by_all,
    unite,
)
from archspec.analysis.trail import show_trail, sizes_so_far
from archspec.diagnostics import Diagnostic, Related
from archspec.diagnostics.words import counted
from archspec.graph import INPUT, EntryNodes, Graph, Head, Node
from archspec.language import Entry
from archspec.language.faults import used, without_echoes
from archspec.layers import REGISTRY, Layer, LayerFault, Shape, TooManyPhases, Window, count, show
from archspec.layers.sliding import AXIS_NAMES


def analyze(graph: Graph) -> tuple[Analysis | None, tuple[Diagnostic, ...]]:
    """Return shapes, receptive fields, params and MACs of every node, and every fault found.

    The analysis is None when a fault leaves a shape unknown; the faults of layers whose input is
    known are found all the same. Warnings leave it whole.
    """
    walk = _Known(graph)
    entries = [walk.entry(group) for group in graph.entries]
    known = tuple(facts for facts in entries if facts is not None)
    if len(known) < len(entries):
        return None, without_echoes(walk.faults)
    for head in graph.heads:
        walk.check_head(head)
    if any(fault.severity == "error" for fault in walk.faults):
        return None, without_echoes(walk.faults)
    totals = Totals(
        sum(facts.params for facts in known),
        sum(facts.buffers for facts in known),
        sum(facts.macs for facts in known if not facts.is_auxiliary),
        sum(facts.activation_elements for facts in known if not facts.is_auxiliary),
        partial(peak_elements, graph, walk.shapes),
    )
    return Analysis(graph, known, totals), without_echoes(walk.faults)


class _Answers(NamedTuple):
    """What a layer says of some inputs; the same layer on the same shapes is asked once."""

    output: Shape
    window: Window
    param_shapes: dict[str, Shape]
    buffers: dict[str, Shape]
    macs: int
    elements: int


def _asked(layer: Layer, inputs: tuple[Shape, ...]) -> _Answers:
    """Return what a layer says; LayerFault for what does not fit, or a plug-in that fails."""
    try:
        output, window = layer.output_shape(*inputs), layer.window(inputs[0])
        param_shapes, buffers = layer.param_shapes(*inputs), layer.buffers(inputs[0])
        macs = layer.macs(inputs, output)
        return _Answers(output, window, param_shapes, buffers, macs, math.prod(output))
    except LayerFault:
        raise
    except Exception as error:
        if layer.kind not in REGISTRY.added:
            raise
        shapes = " and ".join(map(show, inputs))
        reason = f"{type(error).__name__}: {error}".split("\n")[0][:200]
        fact = f"{layer.kind} comes from a plug-in, which fails on {shapes} with {reason}"
        raise LayerFault(
            "broken-plugin", fact, help="repair the plug-in; archspec is not at fault"
        ) from None


class _Known:
    """What is known so far: the shape and field of every node's output, and who made it."""

    def __init__(self, graph: Graph) -> None:
        input = graph.spec.input
        self.graph = graph
        self.faults: list[Diagnostic] = []
        self.shapes: dict[str, Shape] = {INPUT: input}
        self.fields: dict[str, MapField] = {INPUT: input_field(input)}
        self.summaries = {INPUT: self.fields[INPUT].summary()}
        self.answers: dict[tuple[int, tuple[Shape, ...]], _Answers] = {}
        self.owners: dict[str, tuple[Layer, tuple[Shape, ...], _Answers]] = {}
        """Who may be shared: the layer, what it is fed, and what it says of that."""

    @cached_property
    def makers(self) -> dict[str, Entry]:
        """The entry of every node, for the places of faults."""
        return {node.name: group.entry for group in self.graph.entries for node in group.nodes}

    def entry(self, group: EntryNodes) -> EntryFacts | None:
        nodes = []
        for node in group.nodes:
            facts = self.node(node, group.entry)
            if facts is None:
                return None
            nodes.append(facts)
        main, last = nodes[group.main], nodes[-1]
        params = buffers = macs = elements = 0
        for facts in nodes:
            params += count(facts.param_shapes) if facts.param_shapes else 0
            buffers += count(facts.buffers) if facts.buffers else 0
            macs += facts.macs
            elements += facts.activation_elements
        return EntryFacts(
            group.entry,
            nodes[0].inputs,
            last.output,
            main.kernel,
            main.stride,
            last.receptive_field,
            params,
            buffers,
            macs,
            elements,
            tuple(nodes),
            group.nodes[0].is_auxiliary,
        )

    def node(self, node: Node, entry: Entry) -> NodeFacts | None:
        try:
            inputs = tuple([self.shapes[name] for name in node.inputs])
        except KeyError:  # the fault of what feeds it was reported
            return None
        if node.layer is None:
            return None
        try:
            answers = self.answers.get((id(node.layer), inputs))
            if answers is None:
                answers = self.answers[id(node.layer), inputs] = _asked(node.layer, inputs)
            output, window, param_shapes, buffers, macs, elements = answers
            field = self.field(node, entry, window, output)
        except LayerFault as fault:
            self.faults.append(self.located(fault, node, entry, inputs))
            return None
        except HoldsPositions:
            size = math.prod(inputs[0])
            refused = LayerFault(
                "not-flattened",
                f"{node.layer.kind} needs features, got a map of {show(inputs[0])}",
                help=f"put `- flatten` before it: {counted(size, 'feature')}",
            )
            self.faults.append(self.located(refused, node, entry, inputs))
            return None
        except TooManyPhases as fault:
            help = "use a size that is a whole multiple of the map's"
            fact = f"the receptive field cannot be followed: {fault}"
            self.faults.append(
                Diagnostic("irregular-resampling", fact, entry.span, help, related=used(entry.uses))
            )
            return None
        self.owners[node.name] = node.layer, inputs, answers
        if node.weights is not None:
            try:
                if not self.fits(node.weights, node.layer, answers, inputs):
                    return None
            except LayerFault as fault:
                found = self.located(fault, node, entry, inputs)
                self.faults.append(self.at_share(found, node.weights, entry))
                return None
            param_shapes, buffers = {}, {}
        self.shapes[node.name], self.fields[node.name] = output, field
        before = node.inputs[0]
        unchanged = field is self.fields[before]
        summary = self.summaries[before] if unchanged else field.summary()
        self.summaries[node.name] = summary
        return NodeFacts(
            node.name,
            node.layer.kind,
            inputs,
            output,
            window.kernel,
            window.stride,
            summary,
            param_shapes,
            buffers,
            macs,
            elements,
        )

    def field(self, node: Node, entry: Entry, window: Window, output: Shape) -> MapField:
        first = self.fields[node.inputs[0]]
        if window.reach == "pointwise":
            return first
        if len(node.inputs) == 1:
            return through(first, window, self.shapes[node.inputs[0]], output)
        fields = [self.fields[name] for name in node.inputs]
        if window.reach == "global":
            return told_by_all(fields, window)
        if window.reach != "join":
            return through(first, window, self.shapes[node.inputs[0]], output)
        united, is_aligned = unite(fields, [self.shapes[name] for name in node.inputs], window)
        if not is_aligned:
            fact = f"{entry.label} joins maps whose units do not lie over each other"
            help = "compare jump and start of what it joins; its field is the union of theirs"
            related = [
                Related(_alignment(self.makers[name], self.fields[name]), self.makers[name].span)
                for name in node.inputs
                if name in self.makers
            ]
            found = Diagnostic(
                "misaligned-join",
                fact,
                entry.span,
                help,
                "warning",
                related=(*related, *used(entry.uses)),
            )
            self.faults.append(found)
        return united

    def fits(self, owner: str, layer: Layer, answers: _Answers, inputs: tuple[Shape, ...]) -> bool:
        """Say whether what another node is made of is known; LayerFault where it does not fit."""
        if owner not in self.owners:
            return False
        other, fed, given = self.owners[owner]
        there, here = ({**each.param_shapes, **each.buffers} for each in (given, answers))
        for name in {**there, **here}:
            if here.get(name) != there.get(name):
                raise LayerFault(
                    "cannot-share",
                    f"`{owner}.{name}` is {_shown(there, name)} and cannot be shared here, "
                    f"where it would be {_shown(here, name)}",
                    help="bring the same number of channels to it",
                )
        if there and fed != inputs:  # what has no tensors is made for each of its inputs
            made, wanted = other.torch_call(*fed), layer.torch_call(*inputs)
            if made.style == "module" and (made.target, made.arguments) != (
                wanted.target,
                wanted.arguments,
            ):
                raise LayerFault(
                    "cannot-share",
                    f"`{owner}` is made for {show(fed[0])} and cannot be shared here, "
                    f"where it is fed {show(inputs[0])}",
                    help="bring the same number of axes to it",
                )
        return True

    def at_share(self, found: Diagnostic, owner: str, entry: Entry) -> Diagnostic:
        """Return a fault of what cannot be shared at the share, and the other one beside it."""
        share = entry.uses[0]
        made = Related(f"`{owner}` is made here", entry.span)
        related = (made, *(r for r in found.related if r.span != share))
        return replace(found, span=share, related=related)

    def check_head(self, head: Head) -> None:
        """Report an auxiliary head whose output is not like the network's."""
        wanted, got = self.shapes[self.graph.output], self.shapes[head.output]
        if wanted != got:
            fact = f"the auxiliary head gives {show(got)}, the network {show(wanted)}"
            help = "let both give the same shape: they are trained on the same classes"
            ends = (head.output, self.graph.output)
            made = [(self.makers[name], self.shapes[name]) for name in ends if name in self.makers]
            related = [Related(f"{maker.label} gives {show(s)}", maker.span) for maker, s in made]
            related += used(head.uses)
            found = Diagnostic("head-differs", fact, head.span, help, related=tuple(related))
            self.faults.append(found)

    def located(
        self, fault: LayerFault, node: Node, entry: Entry, inputs: tuple[Shape, ...]
    ) -> Diagnostic:
        """Add the place: the field at fault, and the layer that made the shape."""
        part = node.name.removeprefix(f"{entry.id}").removeprefix(".")
        steps = [step for step in (part, fault.field) if step]
        path = next((tuple(steps[i:]) for i in range(len(steps)) if entry.node.child(steps[i])), ())
        related = []
        for name, shape in zip(node.inputs, inputs, strict=True):
            maker = self.makers.get(name)
            if maker is not None and maker is not entry:
                fact = f"{maker.label} gives {show(shape)}"
                if fault.axis is not None and name == node.inputs[0]:
                    fact += self.way_of(name, fault.axis)
                related.append(Related(fact, maker.span))
            elif maker is None:
                fact = f"the input is {show(shape)}"
                related.append(Related(fact, self.graph.spec.place("input")))
        span = entry.place(*path)
        related += used(entry.uses)
        once, help = tuple(dict.fromkeys(related)), fault.help
        if fault.code == "shapes-differ" and entry.kind == "add" and not entry.node.plain():
            help = "let all paths end in one shape, with a layer where one is empty"
        return Diagnostic(fault.code, fault.message, span, help, related=once)

    def way_of(self, name: str, axis: int) -> str:
        """Return `; height so far: 28 → 26 → 2`, or "" where an axis never changed."""
        sizes = sizes_so_far(self.graph, self.shapes, name, axis)
        if len(sizes) == 1:
            return ""
        axis_name = AXIS_NAMES[len(self.shapes[name]) - 1][axis - 1]
        return f"; {axis_name} so far: {show_trail(sizes)}"


def _shown(tensors: dict[str, Shape], name: str) -> str:
    return show(tensors[name]) if name in tensors else "missing"


def _alignment(maker: Entry, field: MapField) -> str:
    found = field.summary()
    jump = " x ".join(dict.fromkeys(map(str, found.jump)))
    start = " x ".join(dict.fromkeys(map(str, found.start)))
    size = " x ".join(dict.fromkeys(map(str, found.size)))
    return f"{maker.label} has jump {jump}, start {start}, size {size}"


__all__ = ["analyze"]
