"""Graph → Analysis: one walk, in which every layer is asked once."""

from __future__ import annotations

from archspec.analysis.model import Analysis, EntryFacts, NodeFacts, Totals
from archspec.analysis.receptive_field import MapField, input_field, through
from archspec.diagnostics import Diagnostic, Related
from archspec.graph import INPUT, EntryNodes, Graph, Node
from archspec.layers import LayerFault, Shape, TooManyPhases, count, show
from archspec.spec import Entry


def analyze(graph: Graph) -> tuple[Analysis | None, tuple[Diagnostic, ...]]:
    """Return shapes, receptive fields, params and MACs of every node, and every fault found.

    The analysis is None when a fault leaves a shape unknown; the faults of layers whose input is
    known are found all the same.
    """
    walk = _Walk(graph)
    entries = [walk.entry(group) for group in graph.entries]
    known = tuple(facts for facts in entries if facts is not None)
    if walk.faults or len(known) < len(entries):
        return None, tuple(walk.faults)
    totals = Totals(
        sum(facts.params for facts in known),
        sum(facts.buffers for facts in known),
        sum(facts.macs for facts in known),
        sum(facts.activation_elements for facts in known),
    )
    return Analysis(graph, known, totals), ()


class _Walk:
    """What is known so far: the shape and field of every node's output, and who made it."""

    def __init__(self, graph: Graph) -> None:
        input = graph.spec.input
        self.graph = graph
        self.faults: list[Diagnostic] = []
        self.shapes: dict[str, Shape] = {INPUT: input}
        self.fields: dict[str, MapField] = {INPUT: input_field(input)}
        self.makers: dict[str, Entry] = {}

    def entry(self, group: EntryNodes) -> EntryFacts | None:
        nodes = []
        for node in group.nodes:
            facts = self.node(node, group.entry)
            if facts is None:
                return None
            nodes.append(facts)
        main, last = nodes[group.main], nodes[-1]
        return EntryFacts(
            group.entry,
            nodes[0].inputs[0],
            last.output,
            main.kernel,
            main.stride,
            last.receptive_field,
            sum(count(facts.params) for facts in nodes),
            sum(count(facts.buffers) for facts in nodes),
            sum(facts.macs for facts in nodes),
            sum(facts.activation_elements for facts in nodes),
            tuple(nodes),
        )

    def node(self, node: Node, entry: Entry) -> NodeFacts | None:
        if node.layer is None or any(name not in self.shapes for name in node.inputs):
            return None
        inputs = tuple(self.shapes[name] for name in node.inputs)
        try:
            output = node.layer.output_shape(*inputs)
            window = node.layer.window(inputs[0])
            field = through(self.fields[node.inputs[0]], window, output)
        except LayerFault as fault:
            self.faults.append(self.located(fault, node, entry, inputs))
            return None
        except TooManyPhases as fault:
            help = "use a size that is a whole multiple of the map's"
            fact = f"the receptive field cannot be followed: {fault}"
            self.faults.append(Diagnostic("irregular-resampling", fact, entry.span, help))
            return None
        self.shapes[node.name], self.fields[node.name] = output, field
        self.makers[node.name] = entry
        return NodeFacts(
            node.name,
            node.layer.kind,
            inputs,
            output,
            window.kernel,
            window.stride,
            field.summary(),
            node.layer.params(inputs[0]),
            node.layer.buffers(inputs[0]),
            node.layer.macs(inputs, output),
        )

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
                related.append(Related(fact, maker.span))
            elif maker is None:
                fact = f"the input is {show(shape)}"
                related.append(Related(fact, self.graph.spec.place("input")))
        span = entry.place(*path)
        return Diagnostic(fault.code, fault.message, span, fault.help, related=tuple(related))
