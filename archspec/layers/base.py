"""What a layer is: fields first, then its answers; no framework is imported here."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar, Literal, NamedTuple

from archspec.diagnostics.words import listed, plural
from archspec.layers.window import POINTWISE, Window
from archspec.values import dataclass

Shape = tuple[int, ...]
"""Sizes of one sample, no batch: (features), (C, L), (C, H, W) or (C, D, H, W)."""

PREVIOUS = "previous"
"""What `inputs` of a join calls the value that the entry would be fed by itself."""

JOINS = ("add", "concat", "multiply")
"""The kinds that bring paths together; each is made with `inputs` alone."""

SPATIAL_NAMES = {0: "features", 1: "1-D", 2: "2-D", 3: "3-D"}


class LayerFault(Exception):
    """A short fact about one layer: what does not fit, in which field, and the cure.

    It knows nothing of files; whoever walks the network adds the node and the place. axis: of the
    first input, where its size is at fault; the way on which it came about is then told.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        help: str | None = None,
        axis: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.field, self.help = code, message, field, help
        self.axis = axis


@dataclass(frozen=True, slots=True)
class Init:
    """How a tensor is filled: the name of a torch.nn.init function, and its arguments."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tensor:
    """A trainable tensor that belongs to a function, which has none of its own."""

    shape: Shape
    init: Init


@dataclass(frozen=True, slots=True)
class TorchCall:
    """A call of torch or torchvision as data: its full name and its arguments.

    style: a module is made once with `arguments` and called with the inputs; a function, or a
    method of the first value, takes tensors of its own, then the inputs, then `arguments`.
    passing: inputs one by one, as one `list`, or `pairwise`, the result with the next.
    inputs: which inputs are passed, each once by default. run_arguments: for calling a module.
    item: which item of the result counts. inits: how a module's tensors are filled, by name.
    contiguous: the inputs are laid out in the order of their axes first; torch asks for it.
    """

    target: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    style: Literal["module", "function", "method"] = "module"
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    passing: Literal["one by one", "list", "pairwise"] = "one by one"
    inputs: tuple[int, ...] | None = None
    run_arguments: Mapping[str, Any] = field(default_factory=dict)
    item: int | None = None
    inits: Mapping[str, Init] = field(default_factory=dict)
    contiguous: bool = False


class Part(NamedTuple):
    """One operation of an entry: its name inside the entry ("" when it is the only one).

    inputs: the parts that feed it, "" for what the entry itself is fed; None for the part before.
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...] | None = None


class Layer(ABC):
    """Base of all layers: frozen, final dataclasses whose fields are the YAML fields.

    Every answer is given by every class, if only by naming one of the rules below: there is no
    silent zero.
    """

    __slots__ = ()
    kind: ClassVar[str]
    """The name in YAML, lower_snake."""
    label: ClassVar[str]
    """The name in tables; a number is put behind it."""
    shorthand: ClassVar[str | None] = None
    """The field that a scalar stands for, as in `- conv: 16`."""
    alone_unnumbered: ClassVar[bool] = False
    """True when a lone one carries no number (GAP)."""
    has_row: ClassVar[bool] = True
    """False for reshaping layers, which have no row in a table by default."""
    is_step: ClassVar[bool] = False
    """True for what is only a part of other layers; no layer list can name it."""
    is_view: ClassVar[bool] = False
    """True when its output in inference is its input's memory, seen in another way."""

    @abstractmethod
    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the shape of the output; raise LayerFault when the inputs do not fit."""

    @abstractmethod
    def window(self, input: Shape) -> Window:
        """Return what one output unit sees of the input, along each spatial axis."""

    @abstractmethod
    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return the trainable tensors, by torch's own names."""

    @abstractmethod
    def buffers(self, input: Shape) -> dict[str, Shape]:
        """Return the tensors that are kept but not trained, by torch's own names."""

    @abstractmethod
    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Return the multiply-adds of convolution, linear and matrix products for one sample."""

    @abstractmethod
    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return the torch module or function that computes this layer, with its arguments."""

    def parts(self) -> tuple[Part, ...]:
        """Return the operations that one entry stands for, in the order in which they run."""
        return (Part("", self),)

    def references(self) -> tuple[str, ...]:
        """Return the ids of the entries that feed this one; empty for the entry before it."""
        return ()


# Rules that many layers share; a class names the one it follows.


def same_shape(self: Layer, *inputs: Shape) -> Shape:
    """Return the input's shape."""
    return inputs[0]


def pointwise(self: Layer, input: Shape) -> Window:
    """Say that each unit sees just the unit in its own place."""
    return POINTWISE


def no_param_shapes(self: Layer, *inputs: Shape) -> dict[str, Shape]:
    """Say that nothing is trained."""
    return {}


def no_buffers(self: Layer, input: Shape) -> dict[str, Shape]:
    """Say that nothing is kept."""
    return {}


def no_macs(self: Layer, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Say that nothing is convolved or multiplied as matrices."""
    return 0


def spatial_rank(layer: Layer, input: Shape, allowed: tuple[int, ...] = (1, 2, 3)) -> int:
    """Return the number of spatial axes of a (C, …) input; LayerFault unless it is in `allowed`."""
    rank = len(input) - 1
    if rank not in allowed:
        wanted = listed((SPATIAL_NAMES[r] for r in allowed), "or")
        raise LayerFault(
            "wrong-rank",
            f"{layer.kind} needs a {wanted} input, got {show(input)}",
            help="put it where the map still has its spatial axes"
            if rank == 0
            else f"the input here has {rank} spatial axes",
        )
    return rank


def per_axis(values: tuple[int, ...], rank: int, field: str) -> tuple[int, ...]:
    """Return one value for each of `rank` axes: a single value counts for every axis."""
    if len(values) == 1:
        return values * rank
    if len(values) != rank:
        raise LayerFault(
            "wrong-length",
            f"`{field}` has {len(values)} values, but the input has {rank} spatial "
            f"{plural(rank, 'axis', 'axes')}",
            field=field,
            help="give one number" if rank == 1 else f"give one number, or {rank}",
        )
    return values


def show(shape: Shape) -> str:
    """Return a shape as it stands in messages: `(16, 24, 24)`."""
    return "(" + ", ".join(map(str, shape)) + ")"


def count(shapes: Mapping[str, Shape]) -> int:
    """Return the number of scalars in named tensors."""
    return sum(math.prod(shape) for shape in shapes.values())
