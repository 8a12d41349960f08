"""Layers that trade, pick, scale or drop: their rules by numbers, and what does not fit them."""

from __future__ import annotations

from typing import Any

import pytest

from archspec.layers import REGISTRY, AxisMap, Layer, LayerFault, Shape
from archspec.layers.dropout import StochasticDepth
from archspec.layers.fields import read_fields
from archspec.layers.pick import Narrow, Select, Split
from archspec.layers.response_norm import LocalResponseNorm
from archspec.layers.scale import LayerScale
from archspec.layers.shuffle import ChannelShuffle, PixelShuffle, PixelUnshuffle
from archspec.layers.tokens import ClassToken


def layer_of(kind: str, fields: dict[str, Any]) -> Layer:
    """Return a layer of fields without a fault."""
    read, faults = read_fields(REGISTRY[kind], fields)
    assert not faults
    return REGISTRY[kind](**read)


def test_pixels_come_out_of_channels_and_go_back() -> None:
    """Shi et al. 2016: (C · r², H, W) and (C, r · H, r · W) are the same values."""
    small, large = (3 * 16, 5, 7), (3, 20, 28)

    assert PixelShuffle(4).output_shape(small) == large
    assert PixelUnshuffle(4).output_shape(large) == small


def test_a_shuffled_pixel_comes_from_one_place_and_a_place_from_a_square() -> None:
    assert PixelShuffle(3).window((9, 4, 4)).axes == (AxisMap((0, 0, 0), (0, 0, 0), 1),) * 2
    assert PixelUnshuffle(3).window((1, 6, 6)).axes == (AxisMap((0,), (2,), 3),) * 2


def test_channels_are_dealt_out_to_all_groups() -> None:
    """Two groups of three: the new order is 0, 3, 1, 4, 2, 5 (Zhang et al. 2017, figure 1)."""
    channels, *space = ChannelShuffle(2).window((6, 5, 5)).axes

    assert channels == AxisMap((0, 3), (0, 3), 1)
    assert space == [AxisMap((0,), (0,), 1)] * 2


@pytest.mark.parametrize(("size", "first", "last"), [(1, 0, 0), (2, -1, 0), (3, -1, 1), (5, -2, 2)])
def test_a_response_is_normalized_by_the_channels_beside_it(
    size: int, first: int, last: int
) -> None:
    assert LocalResponseNorm(size).window((9, 4, 4)).axes[0] == AxisMap((first,), (last,), 1)


def test_a_part_of_the_channels_begins_where_the_parts_before_it_end() -> None:
    layer = Split(3, 2)

    assert layer.output_shape((6, 5, 5)) == (2, 5, 5)
    assert layer.window((6, 5, 5)).axes[0] == AxisMap((4,), (4,), 1)
    assert layer.torch_call((6, 5, 5)).arguments == {"dim": 1, "start": 4, "length": 2}


def test_a_selected_index_is_what_is_seen_and_its_axis_goes() -> None:
    narrow, select = (part.layer for part in Select(-1, -2).parts())

    assert (narrow, select) == (Narrow(-1, -2), Select(-1, 0))
    assert narrow.window((4, 9, 11)).axes[2] == AxisMap((9,), (9,), 1)
    assert select.window((4, 9, 1)).sources == ((0,), (1,))
    assert select.output_shape((4, 9, 1)) == (4, 9)


@pytest.mark.parametrize(
    ("dim", "input", "shape"),
    [(1, (8, 5, 5), (8, 1, 1)), (-1, (20, 8), (8,)), (1, (20, 8), (20, 1)), (2, (8, 5, 6), (5, 1))],
)
def test_a_scale_has_a_factor_for_each_index_of_its_axis(
    dim: int, input: Shape, shape: Shape
) -> None:
    assert LayerScale(dim=dim).param_shapes(input) == {"weight": shape}


@pytest.mark.parametrize(("depth", "p"), [(0, 0.0), (1, 0.05), (6, 0.3), (12, 0.6)])
def test_depth_is_dropped_by_the_linear_rule(depth: int, p: float) -> None:
    """Huang et al. 2016: layer l survives with 1 - l / L · (1 - p_L); p_L = 0.4, L = 12."""
    call = StochasticDepth(0.6, depth, 12).torch_call((8, 5, 5))

    assert call.arguments["p"] == pytest.approx(p)
    assert call.arguments["mode"] == "row"


def test_a_class_token_is_one_row_more() -> None:
    narrow, token, concat = ClassToken().parts()
    first = narrow.layer.output_shape((196, 768))

    assert token.layer.output_shape(first) == (1, 768)
    assert token.layer.param_shapes(first) == {"weight": (1, 1, 768)}
    assert concat.inputs == ("token", "")
    assert concat.layer.output_shape(first, (196, 768)) == (197, 768)


@pytest.mark.parametrize(
    ("kind", "fields", "input", "code", "field"),
    [
        ("local_response_norm", {"size": 3}, (6,), "wrong-rank", None),
        ("channel_shuffle", {"groups": 4}, (6, 5, 5), "groups-do-not-divide", "groups"),
        ("channel_shuffle", {"groups": 2}, (6,), "wrong-rank", None),
        ("pixel_shuffle", {"upscale_factor": 2}, (6, 5, 5), "factor-does-not-divide",
         "upscale_factor"),
        ("pixel_shuffle", {"upscale_factor": 2}, (8, 5), "wrong-rank", None),
        ("pixel_unshuffle", {"downscale_factor": 2}, (6, 4, 5), "factor-does-not-divide",
         "downscale_factor"),
        ("pixel_unshuffle", {"downscale_factor": 2}, (6, 4, 4, 4), "wrong-rank", None),
        ("split", {"sections": 4, "index": 0}, (6, 5, 5), "sections-do-not-divide", "sections"),
        ("split", {"sections": 2, "index": 2}, (6, 5, 5), "wrong-index", "index"),
        ("layer_scale", {"dim": 4}, (6, 5, 5), "wrong-axis", "dim"),
        ("layer_scale", {"dim": 0}, (6, 5, 5), "wrong-axis", "dim"),
        ("stochastic_depth", {"p": 0.5, "depth": 3, "of": 2}, (6,), "depth-too-large", "depth"),
        ("softmax", {"dim": 2}, (6,), "wrong-axis", "dim"),
        ("log_softmax", {"dim": 0}, (6,), "wrong-axis", "dim"),
        ("mean", {"dim": [1, -3]}, (6, 5, 5), "wrong-axis", "dim"),
        ("mean", {"dim": [1, 2]}, (6, 5), "nothing-left", "dim"),
        ("layer_norm", {"normalized_dims": 3}, (6, 5), "wrong-rank", "normalized_dims"),
        ("class_token", {}, (6, 5, 5), "wrong-rank", None),
        ("class_token", {}, (6,), "wrong-rank", None),
        ("select", {"dim": 3, "index": 0}, (6, 5), "wrong-axis", "dim"),
        ("select", {"dim": 2, "index": 5}, (6, 5), "wrong-index", "index"),
        ("select", {"dim": 2, "index": -6}, (6, 5), "wrong-index", "index"),
    ],
)  # fmt: skip
def test_an_input_that_does_not_fit_is_a_fault_of_the_field(
    kind: str, fields: dict[str, Any], input: Shape, code: str, field: str | None
) -> None:
    first = layer_of(kind, fields).parts()[0].layer

    with pytest.raises(LayerFault) as caught:
        first.output_shape(input)

    assert (caught.value.code, caught.value.field) == (code, field)
    assert caught.value.help


def test_the_only_axis_cannot_be_left_out() -> None:
    with pytest.raises(LayerFault) as caught:
        Select(1, 0).output_shape((1,))

    assert caught.value.code == "nothing-left"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("split", {"sections": 0, "index": 0}),
        ("split", {"sections": 2, "index": -1}),
        ("stochastic_depth", {"p": 1.1}),
        ("stochastic_depth", {"p": 0.1, "of": 0}),
        ("local_response_norm", {"size": 0}),
        ("layer_scale", {"init_value": float("nan")}),
        ("layer_norm", {"normalized_dims": 0}),
        ("pixel_shuffle", {"upscale_factor": 0}),
        ("multi_head_attention", {"num_heads": 0}),
        ("multi_head_attention", {"num_heads": 2, "dropout": 1.5}),
        ("permute", {"dims": [0, 9]}),
        ("reshape", {"shape": [-2]}),
    ],
)
def test_a_number_that_no_input_could_fit_is_a_fault_of_reading(
    kind: str, fields: dict[str, Any]
) -> None:
    _, faults = read_fields(REGISTRY[kind], fields)

    assert [fault.code for fault in faults] == ["out-of-range"]
