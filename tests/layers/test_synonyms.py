"""What torch, timm, Keras and habit call our kinds and fields."""

from __future__ import annotations

import re

import pytest

from archspec.language.groups import GROUPS
from archspec.layers import REGISTRY
from archspec.layers.fields import field_types
from archspec.layers.synonyms import FIELDS, KINDS, fold, suggest


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("LocalResponseNorm", "local_response_norm"),
        ("lrn", "local_response_norm"),
        ("ChannelShuffle", "channel_shuffle"),
        ("PixelShuffle", "pixel_shuffle"),
        ("depth_to_space", "pixel_shuffle"),
        ("space_to_depth", "pixel_unshuffle"),
        ("PixelUnshuffle", "pixel_unshuffle"),
        ("chunk", "split"),
        ("DropPath", "stochastic_depth"),
        ("drop_path", "stochastic_depth"),
        ("StochasticDepth", "stochastic_depth"),
        ("LayerScale", "layer_scale"),
        ("LayerScale2d", "layer_scale"),
        ("MultiheadAttention", "multi_head_attention"),
        ("MultiHeadSelfAttention", "multi_head_attention"),
        ("self_attention", "multi_head_attention"),
        ("attention", "multi_head_attention"),
        ("scaled_dot_product_attention", "scaled_dot_product"),
        ("cls_token", "class_token"),
        ("pos_embed", "positional_embedding"),
        ("position_embedding", "positional_embedding"),
        ("PositionEmbeddings", "positional_embedding"),
        ("Permute", "permute"),
        ("view", "reshape"),
        ("Unflatten", "reshape"),
        ("LogSoftmax", "log_softmax"),
    ],
)
def test_a_kind_by_another_name_is_meant_for_certain(name: str, kind: str) -> None:
    assert suggest(name, REGISTRY, KINDS).replacement == kind


def test_no_layer_of_torch_is_taken_for_another() -> None:
    torch = pytest.importorskip("torch")
    names = [
        *torch.nn.modules.__all__,
        *(re.sub("(?<=[a-z])(?=[A-Z])", "_", n).lower() for n in torch.nn.modules.__all__),
    ]
    meant = {name: suggest(name, (*REGISTRY, *GROUPS), KINDS).replacement for name in names}
    renamed = {name: kind for name, kind in meant.items() if kind and fold(kind) != fold(name)}

    assert renamed == {"Unflatten": "reshape", "unflatten": "reshape"}


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("kernal_size", ["kernel_size", "padding"], "kernel_size"),
        ("recptive_field", ["receptive_field", "params"], "receptive_field"),
        ("rleu", ["relu", "elu"], "relu"),
        ("\u200bgap", ["gap"], "gap"),
        ("\u0441onv", ["conv"], "conv"),
        ("celu", ["elu", "relu"], None),
        ("rrelu", ["relu", "prelu"], None),
        ("bilinear", ["linear"], None),
        ("conv9", ["conv8"], None),
        ("stage12", ["stage1"], None),
        ("best_test_accuracy", ["test_accuracy"], None),
        ("conv2.receptive_field", ["receptive_field"], None),
    ],
)
def test_only_a_slip_of_the_pen_is_certain(name: str, known: list[str], meant: str | None) -> None:
    assert suggest(name, known).replacement == meant


@pytest.mark.parametrize(
    ("kind", "name", "field"),
    [
        ("multi_head_attention", "heads", "num_heads"),
        ("multi_head_attention", "nhead", "num_heads"),
        ("multi_head_attention", "attn_drop", "dropout"),
        ("multi_head_attention", "memory", "key"),
        ("stochastic_depth", "drop_prob", "p"),
        ("layer_scale", "init_values", "init_value"),
        ("layer_scale", "axis", "dim"),
        ("mean", "axis", "dim"),
        ("mean", "keepdims", "keepdim"),
        ("softmax", "axis", "dim"),
        ("pixel_shuffle", "block_size", "upscale_factor"),
        ("split", "chunks", "sections"),
        ("permute", "perm", "dims"),
        ("reshape", "target_shape", "shape"),
        ("conv", "kernel_initializer", "init"),
        ("scaled_dot_product", "causal", "is_causal"),
    ],
)
def test_a_field_by_another_name_is_meant_for_certain(kind: str, name: str, field: str) -> None:
    assert suggest(name, field_types(REGISTRY[kind]), FIELDS).replacement == field


@pytest.mark.parametrize("names", [KINDS, FIELDS])
def test_a_synonym_is_folded_as_what_is_looked_up(names: dict[str, str]) -> None:
    assert [name for name in names if fold(name) != name] == []


def test_a_synonym_of_a_kind_leads_to_a_kind() -> None:
    assert set(KINDS.values()) <= set(REGISTRY)


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("cnov", ("conv", "gap", "linear"), "conv"),
        ("rleu", ("relu", "relu6", "prelu"), "relu"),
        ("form", ("from", "layers"), "from"),
        ("pa", ("ap", "gap"), None),
        ("abc", ("bca", "cab"), None),
    ],
)
def test_the_same_letters_in_another_order_are_meant_for_certain(
    name: str, known: tuple[str, ...], meant: str | None
) -> None:
    assert suggest(name, known).replacement == meant
