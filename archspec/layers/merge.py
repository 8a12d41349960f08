"""Joins: what brings several values of the network together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, TypeVar, final

from archspec.layers.base import (
    PREVIOUS,
    Layer,
    LayerFault,
    Part,
    Shape,
    TorchCall,
    no_buffers,
    no_macs,
    no_param_shapes,
    show,
)
from archspec.layers.fields import Boolean, Integer, ListOf, Text, field
from archspec.layers.window import JOIN, Window
from archspec.values import dataclass

SKIPS = ListOf(Text(), 1)
SKIPS_DOC = "ids of earlier entries; `previous` where the entry before is not to come first"

J = TypeVar("J", bound=Any)


def _references(layer: Any) -> tuple[str, ...]:
    inputs: tuple[str, ...] = layer.inputs
    return inputs if PREVIOUS in inputs else (PREVIOUS, *inputs)


def _without_references(layer: J) -> tuple[Part, ...]:
    """Return the join as the graph has it: what feeds it stands in the graph's edges."""
    return (Part("", replace(layer, inputs=())),)


@final
@dataclass(frozen=True, slots=True)
class Add(Layer):
    """Sum of the value so far and those of earlier entries (He et al. 2015)."""

    kind: ClassVar[str] = "add"
    label: ClassVar[str] = "Add"
    shorthand: ClassVar[str | None] = "inputs"

    inputs: tuple[str, ...] = field(SKIPS, SKIPS_DOC)
    broadcast: bool = field(Boolean(), "spread axes of size 1 over those of the others", False)

    parts, references = _without_references, _references
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the common shape."""
        if not self.broadcast:
            return _equal(self, inputs, "make them equal, or write `broadcast: true`")
        return _broadcast(self, inputs)

    def window(self, input: Shape) -> Window:
        """Say that each unit sees what the units in its place see."""
        return JOIN

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.add of the first two, then of the sum and the next."""
        return TorchCall("torch.add", style="function", passing="pairwise")


@final
@dataclass(frozen=True, slots=True)
class Multiply(Layer):
    """Product of the value so far and those of earlier entries; axes of size 1 are spread."""

    kind: ClassVar[str] = "multiply"
    label: ClassVar[str] = "Multiply"
    shorthand: ClassVar[str | None] = "inputs"

    inputs: tuple[str, ...] = field(SKIPS, SKIPS_DOC)

    parts, references = _without_references, _references
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the common shape; a gate of (C, 1, 1) is spread over the map."""
        return _broadcast(self, inputs)

    def window(self, input: Shape) -> Window:
        """Say that each unit sees what the units in its place see."""
        return JOIN

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.mul of the first two, then of the product and the next."""
        return TorchCall("torch.mul", style="function", passing="pairwise")


@final
@dataclass(frozen=True, slots=True)
class Concat(Layer):
    """The value so far and those of earlier entries one behind the other, by channels."""

    kind: ClassVar[str] = "concat"
    label: ClassVar[str] = "Concat"
    shorthand: ClassVar[str | None] = "inputs"

    inputs: tuple[str, ...] = field(SKIPS, SKIPS_DOC)
    dim: int = field(Integer(1, 4), "the axis that grows; 0 is the batch, 1 the channels", 1)

    parts, references = _without_references, _references
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the shape of the inputs, added up along `dim`; the others must be equal."""
        axis = self.dim - 1
        if axis >= len(inputs[0]):
            raise LayerFault(
                "wrong-axis",
                f"there is no axis {self.dim} in {show(inputs[0])}",
                field="dim",
                help=f"axes are counted from 1 to {len(inputs[0])}; 0 is the batch",
            )
        others = {(len(shape), *shape[:axis], *shape[axis + 1 :]) for shape in inputs}
        if len(others) > 1:
            raise _differing(self, inputs, f"they may differ in axis {self.dim} only")
        first = inputs[0]
        return (*first[:axis], sum(shape[axis] for shape in inputs), *first[axis + 1 :])

    def window(self, input: Shape) -> Window:
        """Say that each unit sees what the units in its place see, but for the axis that grows."""
        return Window("join", dims=(self.dim - 1,))

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.cat."""
        return TorchCall("torch.cat", {"dim": self.dim}, "function", passing="list")


def _equal(layer: Layer, inputs: tuple[Shape, ...], help: str) -> Shape:
    if len(set(inputs)) > 1:
        raise _differing(layer, inputs, help)
    return inputs[0]


def _broadcast(layer: Layer, inputs: tuple[Shape, ...]) -> Shape:
    """Return the shape of all inputs together, where 1 stands for any size."""
    help = "make them equal; only an axis of size 1 is spread"
    if len({len(shape) for shape in inputs}) > 1:
        raise _differing(layer, inputs, help)
    sizes: list[int] = []
    for along in zip(*inputs, strict=True):
        wanted = set(along) - {1} or {1}
        if len(wanted) > 1:
            raise _differing(layer, inputs, help)
        sizes.extend(wanted)
    return tuple(sizes)


def _differing(layer: Layer, inputs: tuple[Shape, ...], help: str) -> LayerFault:
    shown = " and ".join(dict.fromkeys(map(show, inputs)))
    return LayerFault("shapes-differ", f"cannot {layer.kind} {shown}", help=help)
