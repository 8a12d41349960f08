"""The receptive field as the gradient shows it, in float64: unclipped, and on the real size."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, lcm
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from archspec.analysis import Analysis
from archspec.analysis.model import ReceptiveField
from archspec.runtime.build import build, with_auxiliary
from tests.support.proof.following import BATCH, values_of
from tests.support.proof.linear_network import Known, the_input
from tests.support.proof.operations import known_of

MOST_PIXELS = 1_000_000
"""A larger input than this is a fault of the test: draw smaller networks."""


def assert_receptive_field(analysis: Analysis) -> None:
    """Hold the fields of the network and its auxiliary heads against the gradient's extent."""
    with torch.device("meta"):  # the judge wants shapes alone, and no weights
        module = build(analysis).eval()
        if analysis.graph.heads:
            module = with_auxiliary(module, analysis).eval()
    judge = Judge(analysis, module)
    fields = [analysis.receptive_field]
    fields += [analysis.node(head.output).receptive_field for head in analysis.graph.heads]
    for field, node in zip(fields, judge.outputs, strict=True):
        _assert_field(field, judge, node)


def _assert_field(field: ReceptiveField, judge: Judge, node: torch.fx.Node) -> None:
    assert field.is_global == judge.known[node].is_global
    if judge.known[node].is_unjudged:
        return
    measured = [_Run(judge, node, axis, is_larger=True).measured() for axis in judge.axes]
    clipped = [_Run(judge, node, axis, is_larger=False).measured().size for axis in judge.axes]

    assert field.size == tuple(found.size for found in measured)
    assert field.jump == tuple(found.jump for found in measured)
    assert field.start == tuple(found.start for found in measured)
    assert field.clipped == tuple(clipped)


class Measured(NamedTuple):
    """Size, jump and start along one axis."""

    size: int
    jump: Fraction
    start: int


class Judge:
    """A built network, linear and positive, and its gradients."""

    def __init__(self, analysis: Analysis, module: nn.Module) -> None:
        assert isinstance(module, torch.fx.GraphModule)
        self.input = analysis.spec.input
        self.axes = range(len(self.input) - 1)
        self.known: dict[torch.fx.Node, Known] = {}
        self.outputs: list[torch.fx.Node] = []
        for node, result in values_of(
            module, torch.empty(BATCH, *self.input, device="meta")
        ).items():
            if node.op == "placeholder":
                self.known[node] = the_input(self.input)
            elif node.op == "output":
                found = node.args[0]
                outputs: Any = found if isinstance(found, tuple) else [found]
                self.outputs = list(outputs)
            else:
                value = result.value[0] if isinstance(result.value, tuple) else result.value
                shape = tuple(value.shape[1:])
                self.known[node] = known_of(node, module, self.known, shape)


class _Run:
    """The linear network along one axis, on the network's own size or on a larger input.

    All that is left of torch's operations works axis by axis, so the others decide nothing. On a
    larger input no border hides what a unit sees: the network's own input stands `shift` pixels in,
    and unit 0 of a map is unit `shift · rate` there. Global pooling and linear layers keep the
    extent that they have in the network, resizing and adaptive pooling their ratio. A join counts
    what has as many positions as its result, and no gates.
    """

    def __init__(self, judge: Judge, output: torch.fx.Node, axis: int, *, is_larger: bool) -> None:
        self.judge, self.output, self.axis, self.is_larger = judge, output, axis, is_larger
        needed = _behind(output, judge.known)
        live = [known for known in needed.values() if not known.is_frozen[axis]]
        # After `pattern` pixels, the units of every map have come round.
        self.pattern = lcm(*(known.rate[axis].denominator for known in live))
        reach = max((known.reach[axis] for known in needed.values()), default=Fraction(0))
        self.shift = self.pattern * ceil((reach + 1) / self.pattern) if is_larger else 0
        size = 3 * self.shift + 2 * self.pattern if is_larger else judge.input[1 + axis]
        assert size <= MOST_PIXELS, f"an input of {size} pixels is too large for a test"
        self.input = torch.ones(1, 1, size, dtype=torch.float64, requires_grad=True)
        self.values: dict[torch.fx.Node, Tensor] = {}
        for node, known in judge.known.items():
            if node in needed:
                self.values[node] = self.value(known)

    def measured(self) -> Measured:
        """Return size, jump and start: over one round of the pattern, or over all real units."""
        known, axis = self.judge.known[self.output], self.axis
        if known.is_constant:
            return Measured(0, Fraction(0), 0)
        rate, positions = known.rate[axis], known.places[axis].positions
        repeats = self.is_larger and not known.is_frozen[axis]
        first, units = self.first(known), int(self.pattern * rate) if repeats else positions
        if not self.is_larger and not known.is_fixed[axis]:
            assert self.values[self.output].shape[2] == positions
        edges = [self.edges(first + unit) for unit in range(units)]
        seen = [(unit, *edge) for unit, edge in enumerate(edges) if edge is not None]
        jump = Fraction(0) if known.is_fixed[axis] else 1 / rate
        if not seen:
            return Measured(0, jump, 0)
        unit, left, _ = seen[0]
        if repeats:
            again = self.edges(first + unit + units)
            assert again is not None
            jump = Fraction(again[0] - left, units)
        return Measured(max(high - low + 1 for _, low, high in seen), jump, left - self.shift)

    def first(self, known: Known) -> int:
        """Return where unit 0 of the network's own map is."""
        return 0 if known.is_frozen[self.axis] else int(self.shift * known.rate[self.axis])

    def value(self, known: Known) -> Tensor:
        if not known.feeds:
            return self.input
        feeds = [known.feeds[i] for i in known.counted[self.axis]]
        knowns = [self.judge.known[feed] for feed in feeds]
        tensors = [self.values[feed] for feed in feeds]
        is_one = len(feeds) == 1 and known.is_frozen[self.axis] == knowns[0].is_frozen[self.axis]
        if self.axis in known.offsets:
            value = self.in_a_row(tensors, knowns, known)
        else:
            value = tensors[0] if is_one else self.summed(tensors, knowns, known)
        way = known.ways.get(self.axis)
        return value if way is None else way.run(value, self.first(knowns[0]))

    def summed(self, tensors: list[Tensor], knowns: list[Known], joined: Known) -> Tensor:
        """Add values up, unit 0 to unit 0."""
        if joined.is_frozen[self.axis]:
            size = joined.places[self.axis].positions
            starts = [self.first(known) for known in knowns]
        else:
            size, starts = min(tensor.shape[2] for tensor in tensors), [0] * len(tensors)
        cut = [tensor.narrow(2, at, size) for tensor, at in zip(tensors, starts, strict=True)]
        return torch.stack(cut).sum(0)

    def in_a_row(self, tensors: list[Tensor], knowns: list[Known], joined: Known) -> Tensor:
        """Put values one behind the other, with zeros where constants are among them."""
        total, padded = joined.places[self.axis].positions, []
        for tensor, known, at in zip(tensors, knowns, joined.offsets[self.axis], strict=True):
            count = known.places[self.axis].positions
            own = tensor.narrow(2, self.first(known), count)
            padded.append(F.pad(own, (at, total - at - count)))
        return torch.stack(padded).sum(0)

    def edges(self, unit: int) -> tuple[int, int] | None:
        """Return the first and last pixel that a unit can see."""
        seen = self.values[self.output][0, 0, unit]
        (gradient,) = torch.autograd.grad(seen, self.input, retain_graph=True)
        assert gradient.min() >= 0
        pixels = torch.nonzero(gradient[0, 0]).flatten()
        return (int(pixels[0]), int(pixels[-1])) if len(pixels) else None


def _behind(output: torch.fx.Node, known: dict[torch.fx.Node, Known]) -> dict[torch.fx.Node, Known]:
    """Return what is known of the values that a value is made of, and of itself."""
    found, waiting = dict[torch.fx.Node, Known](), [output]
    while waiting:
        node = waiting.pop()
        if node not in found and not known[node].is_constant:
            found[node] = known[node]
            waiting += known[node].feeds
    return found
