"""What is known of a network without running it, as frozen values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from archspec.graph import Graph
from archspec.layers import Shape
from archspec.spec import Entry, Spec

BYTES_PER_ELEMENT = 4
"""float32, torch's default."""


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What one unit sees of the input, in pixels, per spatial axis of the input; unclipped.

    size: extent of the field (the largest, where units differ by phase). jump: distance between the
    fields of neighbours. start: left edge of unit 0's field, negative under padding.
    is_global: a layer on the way mixes statistics of all positions (a norm over space, a gate);
    the sizes then are the figures without it.
    """

    size: tuple[int, ...]
    jump: tuple[Fraction, ...]
    start: tuple[int, ...]
    is_global: bool = False


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """One operation of the graph."""

    name: str
    kind: str
    inputs: tuple[Shape, ...]
    output: Shape
    kernel: tuple[int, ...] | None
    stride: tuple[int, ...] | None
    receptive_field: ReceptiveField
    params: Mapping[str, Shape]
    buffers: Mapping[str, Shape]
    macs: int

    @property
    def activation_elements(self) -> int:
        """Scalars in the output of one sample."""
        return math.prod(self.output)


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """One line of the layer list: the sums over its nodes, the shape before and after."""

    entry: Entry
    input: Shape
    output: Shape
    kernel: tuple[int, ...] | None
    stride: tuple[int, ...] | None
    receptive_field: ReceptiveField
    params: int
    buffers: int
    macs: int
    activation_elements: int
    nodes: tuple[NodeFacts, ...]

    @property
    def activation_bytes(self) -> int:
        """Bytes of all node outputs of one sample in float32."""
        return self.activation_elements * BYTES_PER_ELEMENT


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the network, for one sample."""

    params: int
    buffers: int
    macs: int
    activation_elements: int

    @property
    def activation_bytes(self) -> int:
        """Bytes of all node outputs of one sample in float32."""
        return self.activation_elements * BYTES_PER_ELEMENT


@dataclass(frozen=True, slots=True)
class Analysis:
    """The whole network, entry by entry."""

    graph: Graph
    entries: tuple[EntryFacts, ...]
    totals: Totals

    @property
    def spec(self) -> Spec:
        """The spec that was analyzed."""
        return self.graph.spec

    @property
    def nodes(self) -> tuple[NodeFacts, ...]:
        """Every operation, in the order in which it runs."""
        return tuple(node for entry in self.entries for node in entry.nodes)

    @property
    def output(self) -> Shape:
        """Shape of the network's output."""
        return self.entries[-1].output

    @property
    def receptive_field(self) -> ReceptiveField:
        """Receptive field at the network's output."""
        return self.entries[-1].receptive_field

    @property
    def params(self) -> dict[str, Shape]:
        """Every trainable tensor by its `state_dict` name."""
        return {f"{n.name}.{key}": shape for n in self.nodes for key, shape in n.params.items()}

    @property
    def buffers(self) -> dict[str, Shape]:
        """Every buffer by its `state_dict` name."""
        return {f"{n.name}.{key}": shape for n in self.nodes for key, shape in n.buffers.items()}
