"""Attention: figures of published transformers, who feeds it, and what does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from archspec.layers import PREVIOUS, LayerFault, Shape, count
from archspec.layers.attention import MultiHeadAttention, ScaledDotProduct


def test_the_attention_of_vit_b_16_has_its_published_size() -> None:
    """D = 768, 197 tokens: 4 · 768 · (768 + 1) weights, and 4·L·D² + 2·L²·D products."""
    layer, tokens = MultiHeadAttention(12), (197, 768)

    assert count(layer.param_shapes(tokens)) == 2_362_368
    assert layer.macs((tokens,), tokens) == 4 * 197 * 768**2 + 2 * 197**2 * 768


@pytest.mark.parametrize(
    ("fields", "references"),
    [
        ({}, ()),
        ({"key": "memory", "value": "memory"}, (PREVIOUS, "memory", "memory")),
        ({"key": "memory"}, (PREVIOUS, "memory", "memory")),
        ({"value": "memory"}, (PREVIOUS, PREVIOUS, "memory")),
        ({"key": "a", "value": PREVIOUS}, (PREVIOUS, "a", PREVIOUS)),
    ],
)
def test_queries_keys_and_values_come_from_the_entries_named(
    fields: dict[str, Any], references: tuple[str, ...]
) -> None:
    layer = MultiHeadAttention(2, **fields)

    assert layer.references() == references
    assert [part.layer for part in layer.parts()] == [MultiHeadAttention(2)]


def test_one_input_is_queries_keys_and_values_at_once() -> None:
    assert MultiHeadAttention(2).torch_call((5, 4)).inputs == (0, 0, 0)
    assert MultiHeadAttention(2).torch_call((5, 4), (7, 4), (7, 4)).inputs is None


def test_keys_and_values_of_other_sizes_have_projections_of_their_own() -> None:
    layer = MultiHeadAttention(2, bias=False)
    inputs = (5, 4), (7, 3), (7, 6)

    assert layer.param_shapes(*inputs) == {
        "q_proj_weight": (4, 4),
        "k_proj_weight": (4, 3),
        "v_proj_weight": (4, 6),
        "out_proj.weight": (4, 4),
    }
    # Queries and output 5·4·4 each, keys 7·3·4, values 7·6·4, and twice 5·7·4.
    assert layer.macs(inputs, (5, 4)) == 2 * 80 + 84 + 168 + 280


@pytest.mark.parametrize(
    ("heads", "inputs", "code", "field"),
    [
        (2, ((8, 7, 7),), "wrong-rank", None),
        (2, ((8,),), "wrong-rank", None),
        (3, ((5, 4),), "heads-do-not-divide", "num_heads"),
        (2, ((5, 4), (7, 4), (6, 4)), "shapes-differ", "value"),
        (2, ((5, 4), (4, 7, 7), (7, 4)), "wrong-rank", None),
    ],
)
def test_inputs_that_are_no_tokens_are_a_fault(
    heads: int, inputs: tuple[Shape, ...], code: str, field: str | None
) -> None:
    with pytest.raises(LayerFault) as caught:
        MultiHeadAttention(heads).output_shape(*inputs)

    assert (caught.value.code, caught.value.field) == (code, field)


def test_the_bare_product_keeps_the_heads_and_takes_the_features_of_the_values() -> None:
    layer = ScaledDotProduct("k", "v")
    inputs = (3, 5, 8), (3, 7, 8), (3, 7, 6)

    assert layer.references() == (PREVIOUS, "k", "v")
    assert layer.output_shape(*inputs) == (3, 5, 6)
    assert layer.macs(inputs, (3, 5, 6)) == 3 * 5 * 7 * (8 + 6)


@pytest.mark.parametrize(
    ("inputs", "code", "field"),
    [
        (((8,), (8,), (8,)), "wrong-rank", None),
        (((5, 8), (7, 6), (7, 8)), "shapes-differ", "key"),
        (((5, 8), (7, 8), (6, 8)), "shapes-differ", "value"),
        (((3, 5, 8), (2, 7, 8), (2, 7, 8)), "shapes-differ", "key"),
        (((3, 5, 8), (7, 8), (7, 8)), "shapes-differ", "key"),
    ],
)
def test_queries_keys_and_values_that_do_not_fit_are_a_fault(
    inputs: tuple[Shape, ...], code: str, field: str | None
) -> None:
    with pytest.raises(LayerFault) as caught:
        ScaledDotProduct("k", "v").output_shape(*inputs)

    assert (caught.value.code, caught.value.field) == (code, field)
