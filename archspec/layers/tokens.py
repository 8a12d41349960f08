"""What transformers put to their tokens (L, D): a token of the class, and a place for each."""

from __future__ import annotations

from typing import ClassVar, final

from archspec.layers.base import (
    Init,
    Layer,
    LayerFault,
    Part,
    Shape,
    Tensor,
    TorchCall,
    no_buffers,
    no_macs,
    no_param_shapes,
    pointwise,
    show,
)
from archspec.layers.init import Inits, checked, init_field, inits_of
from archspec.layers.merge import Concat
from archspec.layers.window import Window
from archspec.values import dataclass


@final
@dataclass(frozen=True, slots=True)
class FirstToken(Layer):
    """The first step of `class_token`: a token of the input, which shows the batch and D."""

    kind: ClassVar[str] = "first_token"
    label: ClassVar[str] = "FirstToken"
    is_step: ClassVar[bool] = True
    is_view: ClassVar[bool] = True

    # Nothing comes of its values: where it lies on the map is of no account.
    window = pointwise
    param_shapes, buffers, macs = no_param_shapes, no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (1, D)."""
        check_tokens(ClassToken(), inputs[0])
        return (1, inputs[0][1])

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.narrow to one token."""
        return TorchCall("torch.narrow", {"dim": 1, "start": 0, "length": 1}, "function")


@final
@dataclass(frozen=True, slots=True)
class ClassToken(Layer):
    """Puts one trainable token in front of the tokens (L, D) (Dosovitskiy et al. 2020)."""

    kind: ClassVar[str] = "class_token"
    label: ClassVar[str] = "ClassToken"
    is_view: ClassVar[bool] = True
    """It is the parameter's memory, for every sample."""

    init: Inits | None = init_field()

    buffers, macs = no_buffers, no_macs

    def parts(self) -> tuple[Part, ...]:
        """Return the token, once for each sample, and the tokens behind it."""
        return (
            Part("narrow", FirstToken()),
            Part("token", self),
            Part("concat", Concat(()), ("token", "")),
        )

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (1, D), the token alone; with the tokens behind it an entry gives (L + 1, D)."""
        return inputs[0]

    def window(self, input: Shape) -> Window:
        """Say that the token sees nothing of the input."""
        return Window("nothing")

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return the token, (1, 1, D), as torchvision's vision transformer has it."""
        return checked(self, {"weight": (1, *inputs[0])})

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.Tensor.expand_as of the token; zeros at the start, as in torchvision."""
        tensors = own_tensor(self, self.param_shapes(*inputs), Init("zeros_"))
        return TorchCall("expand_as", style="method", tensors=tensors)


@final
@dataclass(frozen=True, slots=True)
class PositionalEmbedding(Layer):
    """Adds a trainable value for each place and feature (Dosovitskiy et al. 2020)."""

    kind: ClassVar[str] = "positional_embedding"
    label: ClassVar[str] = "PositionalEmbedding"

    init: Inits | None = init_field()

    window = pointwise
    buffers, macs = no_buffers, no_macs

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the input's shape."""
        return inputs[0]

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return what is added: the input's shape, with 1 for the batch."""
        return checked(self, {"weight": (1, *inputs[0])})

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.add; a normal distribution of 0.02 at the start, as in torchvision."""
        tensors = own_tensor(self, self.param_shapes(*inputs), Init("normal_", {"std": 0.02}))
        return TorchCall("torch.add", style="function", tensors=tensors)


def own_tensor(
    layer: ClassToken | PositionalEmbedding, params: dict[str, Shape], otherwise: Init
) -> dict[str, Tensor]:
    """Return the tensors of a function, filled as `init` says or as usual."""
    given = inits_of(layer, params)
    return {name: Tensor(shape, given.get(name, otherwise)) for name, shape in params.items()}


def check_tokens(layer: Layer, input: Shape) -> None:
    """Raise LayerFault unless the input is tokens (L, D)."""
    if len(input) != 2:
        cure = "make tokens of the map: `- flatten: {start_dim: 2}`, then `- permute: [0, 2, 1]`"
        raise LayerFault(
            "wrong-rank",
            f"{layer.kind} needs tokens (L, D), got {show(input)}",
            help=cure if len(input) > 2 else "put it where tokens and features are two axes",
        )
