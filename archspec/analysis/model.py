"""What is known of a network without running it, as frozen values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from archspec.analysis.units import Units
from archspec.graph import INPUT, Graph
from archspec.language import Entry, Spec
from archspec.layers import Shape
from archspec.values import dataclass

BYTES_PER_ELEMENT = 4
"""float32, torch's default."""


@dataclass(frozen=True)  # no slots: the clipped size is worked out when it is asked for
class ReceptiveField:
    """What one unit sees of the input, in pixels, per spatial axis of the input; unclipped.

    size: extent of the field (the largest, where units differ by phase). jump: distance between the
    fields of neighbours. start: left edge of unit 0's field, negative under padding.
    is_global: a layer on the way mixes statistics of all positions (a norm over space, a gate);
    the sizes then are the figures without it. axes: the units along each axis.
    """

    size: tuple[int, ...]
    jump: tuple[Fraction, ...]
    start: tuple[int, ...]
    is_global: bool
    axes: tuple[Units, ...] = field(compare=False, repr=False)

    @cached_property
    def clipped(self) -> tuple[int, ...]:
        """The largest part of a unit's field that lies on the input itself."""
        return tuple(units.clipped for units in self.axes)


class NodeFacts(NamedTuple):
    """One operation of the graph; one that uses another's tensors has none of its own."""

    name: str
    kind: str
    inputs: tuple[Shape, ...]
    output: Shape
    kernel: tuple[int, ...] | None
    stride: tuple[int, ...] | None
    receptive_field: ReceptiveField
    param_shapes: Mapping[str, Shape]
    buffers: Mapping[str, Shape]
    macs: int
    activation_elements: int
    """Scalars in the output of one sample."""


class EntryFacts(NamedTuple):
    """One line of the layer list: the sums over its nodes, the shapes before and after.

    is_auxiliary: it runs in training only; its MACs are not among the network's.
    """

    entry: Entry
    inputs: tuple[Shape, ...]
    output: Shape
    kernel: tuple[int, ...] | None
    stride: tuple[int, ...] | None
    receptive_field: ReceptiveField
    params: int
    buffers: int
    macs: int
    activation_elements: int
    nodes: tuple[NodeFacts, ...]
    is_auxiliary: bool = False

    @property
    def activation_bytes(self) -> int:
        """Bytes of all node outputs of one sample in float32."""
        return self.activation_elements * BYTES_PER_ELEMENT


@dataclass(frozen=True)  # no slots: the peak is worked out when it is asked for
class Totals:
    """Sums over the network, for one sample in inference.

    params and buffers: those of auxiliary heads too, which do not run in inference.
    """

    params: int
    buffers: int
    macs: int
    activation_elements: int
    find_peak: Callable[[], int] = field(compare=False, repr=False)

    @cached_property
    def peak_elements(self) -> int:
        """The most scalars kept at one time, when each output is given up after its last use."""
        return self.find_peak()

    @property
    def activation_bytes(self) -> int:
        """Bytes of all node outputs of one sample in float32."""
        return self.activation_elements * BYTES_PER_ELEMENT

    @property
    def peak_bytes(self) -> int:
        """Bytes of what is kept at one time at most, of one sample in float32."""
        return self.peak_elements * BYTES_PER_ELEMENT


@dataclass(frozen=True)  # no slots: what is looked up by name is gathered once
class Analysis:
    """The whole network, entry by entry."""

    graph: Graph
    entries: tuple[EntryFacts, ...]
    totals: Totals

    @property
    def spec(self) -> Spec:
        """The spec that was analyzed."""
        return self.graph.spec

    @cached_property
    def nodes(self) -> tuple[NodeFacts, ...]:
        """Every operation, in the order in which it runs."""
        return tuple(node for entry in self.entries for node in entry.nodes)

    @cached_property
    def _by_name(self) -> dict[str, NodeFacts]:
        return {node.name: node for node in self.nodes}

    def node(self, name: str) -> NodeFacts:
        """Return the facts of one operation."""
        return self._by_name[name]

    @property
    def output(self) -> Shape:
        """Shape of the network's output."""
        name = self.graph.output
        return self.spec.input if name == INPUT else self.node(name).output

    @property
    def receptive_field(self) -> ReceptiveField:
        """Receptive field at the network's output."""
        return self.node(self.graph.output).receptive_field

    @property
    def param_shapes(self) -> dict[str, Shape]:
        """Every trainable tensor by its `state_dict` name, shared ones once."""
        return {
            f"{n.name}.{key}": shape for n in self.nodes for key, shape in n.param_shapes.items()
        }

    @property
    def buffers(self) -> dict[str, Shape]:
        """Every buffer by its `state_dict` name."""
        return {f"{n.name}.{key}": shape for n in self.nodes for key, shape in n.buffers.items()}
