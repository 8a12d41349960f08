"""Attention: of tokens, with projections of its own, and bare (Vaswani et al. 2017)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar, final

from archspec.layers.base import (
    PREVIOUS,
    Layer,
    LayerFault,
    Part,
    Shape,
    TorchCall,
    no_buffers,
    no_param_shapes,
    show,
)
from archspec.layers.dropout import PROBABILITY
from archspec.layers.fields import Boolean, Integer, Reference, Text, field
from archspec.layers.init import Inits, checked, init_field, inits_of
from archspec.layers.tokens import check_tokens
from archspec.layers.window import Window
from archspec.values import dataclass


@final
@dataclass(frozen=True, slots=True)
class MultiHeadAttention(Layer):
    """Attention of tokens (L, D) to themselves, or to the tokens of earlier entries."""

    kind: ClassVar[str] = "multi_head_attention"
    label: ClassVar[str] = "MultiHeadAttention"
    shorthand: ClassVar[str | None] = "num_heads"

    num_heads: int = field(Integer(), "heads that the features are divided into")
    bias: bool = field(Boolean(), "learn a bias for each projection", True)
    dropout: float = field(PROBABILITY, "probability of an attention weight to be dropped", 0.0)
    key: str | None = field(
        Reference(),
        "id of the earlier entry that gives the keys; the input itself by default",
        None,
    )
    value: str | None = field(
        Reference(),
        "id of the earlier entry that gives the values; that of the keys by default",
        None,
    )
    init: Inits | None = init_field()

    buffers = no_buffers

    def references(self) -> tuple[str, ...]:
        """Return the ids of queries, keys and values; nothing where all are the input."""
        if self.key is None and self.value is None:
            return ()
        key = self.key or PREVIOUS
        return (PREVIOUS, key, self.value or key)

    def parts(self) -> tuple[Part, ...]:
        """Return the layer as the graph has it: what feeds it stands in the graph's edges."""
        return (Part("", replace(self, key=None, value=None)),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the shape of the queries (L, D)."""
        query, key, value = _three(inputs)
        for shape in (query, key, value):
            check_tokens(self, shape)
        if query[1] % self.num_heads:
            raise LayerFault(
                "heads-do-not-divide",
                f"{self.num_heads} heads do not divide {query[1]} features",
                field="num_heads",
                help="use a divisor of the features",
            )
        if key[0] != value[0]:
            raise _differing(self, "keys", key, "values", value, "the same number of tokens")
        return query

    def window(self, input: Shape) -> Window:
        """Say that each token sees all tokens, and each feature all features."""
        return Window("global", dims=(0, 1))

    def param_shapes(self, *inputs: Shape) -> dict[str, Shape]:
        """Return the projections in one, (3D, D); apart where keys or values have other sizes."""
        (_, features), (_, keys), (_, values) = _three(inputs)
        tensors: dict[str, Shape] = {"in_proj_weight": (3 * features, features)}
        if not keys == values == features:
            tensors = {
                "q_proj_weight": (features, features),
                "k_proj_weight": (features, keys),
                "v_proj_weight": (features, values),
            }
        if self.bias:
            tensors["in_proj_bias"] = (3 * features,)
        tensors["out_proj.weight"] = (features, features)
        if self.bias:
            tensors["out_proj.bias"] = (features,)
        return checked(self, tensors)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Return the four projections, and the products Q·Kᵀ and weights·V."""
        (queries, features), (tokens, keys), (_, values) = _three(inputs)
        projections = 2 * queries * features + tokens * (keys + values)
        return features * (projections + 2 * queries * tokens)

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.MultiheadAttention, called with queries, keys and values."""
        query, key, value = _three(inputs)
        arguments = {
            "embed_dim": query[1],
            "num_heads": self.num_heads,
            "dropout": self.dropout,
            "bias": self.bias,
            "batch_first": True,
        }
        if not query[1] == key[1] == value[1]:
            arguments |= {"kdim": key[1], "vdim": value[1]}
        return TorchCall(
            "torch.nn.MultiheadAttention",
            arguments,
            inputs=(0, 0, 0) if len(inputs) == 1 else None,
            run_arguments={"need_weights": False},
            item=0,
            inits=inits_of(self, self.param_shapes(*inputs)),
        )


@final
@dataclass(frozen=True, slots=True)
class ScaledDotProduct(Layer):
    """Attention without projections: softmax(Q·Kᵀ / √E)·V over (…, L, E)."""

    kind: ClassVar[str] = "scaled_dot_product"
    label: ClassVar[str] = "ScaledDotProduct"

    key: str = field(Text(), "id of the earlier entry that gives the keys (…, S, E)")
    value: str = field(Text(), "id of the earlier entry that gives the values (…, S, V)")
    is_causal: bool = field(Boolean(), "let a token see no later ones", False)

    param_shapes, buffers = no_param_shapes, no_buffers

    def references(self) -> tuple[str, ...]:
        """Return the ids of queries, keys and values."""
        return (PREVIOUS, self.key, self.value)

    def parts(self) -> tuple[Part, ...]:
        """Return the layer as the graph has it: what feeds it stands in the graph's edges."""
        return (Part("", replace(self, key="", value="")),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return (…, L, V)."""
        query, key, value = inputs
        if len(query) < 2:
            raise LayerFault(
                "wrong-rank",
                f"{self.kind} needs tokens (…, L, E), got {show(query)}",
                help="put it where tokens and features are two axes",
            )
        if len(query) != len(key) or (*query[:-2], query[-1]) != (*key[:-2], key[-1]):
            raise _differing(self, "queries", query, "keys", key, "all axes but the tokens equal")
        if key[:-1] != value[:-1]:
            raise _differing(self, "keys", key, "values", value, "all axes but the last equal")
        return (*query[:-1], value[-1])

    def window(self, input: Shape) -> Window:
        """Say that each token sees all tokens, with all their features."""
        return Window("global", dims=(len(input) - 2, len(input) - 1))

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Return the products Q·Kᵀ and weights·V, those that a mask hides too."""
        query, key, value = inputs
        return math.prod(query[:-1]) * key[-2] * (query[-1] + value[-1])

    def torch_call(self, *inputs: Shape) -> TorchCall:
        """Return torch.nn.functional.scaled_dot_product_attention."""
        target = "torch.nn.functional.scaled_dot_product_attention"
        return TorchCall(target, {"is_causal": self.is_causal}, "function")


def _three(inputs: tuple[Shape, ...]) -> tuple[Shape, Shape, Shape]:
    """Return the shapes of queries, keys and values, of which one may stand for all."""
    query, key, value = inputs * 3 if len(inputs) == 1 else inputs
    return query, key, value


def _differing(
    layer: Layer, one: str, shape: Shape, other: str, other_shape: Shape, alike: str
) -> LayerFault:
    return LayerFault(
        "shapes-differ",
        f"{one} {show(shape)} and {other} {show(other_shape)} do not go together",
        field=other.removesuffix("s"),
        help=f"let them have {alike}",
    )
