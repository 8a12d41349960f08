"""Multiply-adds and parameters by literal figures, and torch's count beside them."""

from __future__ import annotations

import pytest

from tests.support.ladder import analysis_of, network
from tests.support.proof.against_torch import assert_same_as_torch
from tests.support.proof.gradient_field import assert_receptive_field
from tests.support.proof.lines import conv


@pytest.mark.parametrize(
    ("input", "layer", "macs"),
    [
        pytest.param(
            "[8, 16, 16]",
            "conv_transpose: {out_channels: 4, kernel_size: 4, stride: 2, padding: 1}",
            131_072,
            id="transposed",
        ),
        pytest.param(
            "[4, 8, 8]",
            "conv_transpose: {out_channels: 4, kernel_size: 3, stride: 2, groups: 4}",
            2_304,
            id="grouped-transposed",
        ),
        # 6 · 6 outputs · 8 channels · (4 / 4) inputs · 9 taps.
        pytest.param(
            "[4, 8, 8]",
            "conv: {out_channels: 8, kernel_size: 3, groups: 4}",
            2_592,
            id="grouped",
        ),
        # 5 rows · 7 outputs · 6 inputs; a bias is no product.
        pytest.param("[5, 6]", "linear: 7", 210, id="linear-on-rows"),
        # 4 projections of 5 tokens, 6 · 6 each; twice 5 · 5 products of 6.
        pytest.param("[5, 6]", "multi_head_attention: 2", 4 * 5 * 36 + 2 * 25 * 6, id="attention"),
        # The convolution runs three times: 64 · 9 products each.
        pytest.param(
            "[1, 8, 8]",
            "repeat: {times: 3, layers: [{conv: {out_channels: 1, kernel_size: 3, padding: 1}}]}",
            3 * 576,
            id="repeated",
        ),
    ],
)
def test_multiply_adds_are_counted_as_torch_counts_them(input: str, layer: str, macs: int) -> None:
    analysis = analysis_of(network(input, layer))

    assert analysis.totals.macs == macs
    assert_same_as_torch(analysis)


def test_shared_weights_are_counted_once_and_their_products_each_time() -> None:
    once = analysis_of(network("[1, 8, 8]", conv(3, padding=1)))
    layers = ["conv: {out_channels: 2, kernel_size: 3, padding: 1, id: same}", "share: same"]
    thrice = analysis_of(network("[2, 8, 8]", *layers, "share: same"))

    # 2 · 2 · 9 weights and 2 biases; 64 · 2 · 2 · 9 products each time.
    assert thrice.totals.params == 38
    assert thrice.totals.macs == 3 * 2_304
    assert list(thrice.param_shapes) == ["same.conv.weight", "same.conv.bias"]
    assert once.totals.macs == 1_152
    assert_same_as_torch(thrice)


def test_an_auxiliary_head_has_params_and_no_products() -> None:
    head = "auxiliary: {layers: [flatten, {linear: 5}]}"
    analysis = analysis_of(network("[1, 4, 4]", "relu", head, "flatten", "linear: 5"))

    assert analysis.totals.params == 2 * (16 * 5 + 5)
    assert analysis.totals.macs == 16 * 5
    assert analysis.totals.activation_elements == 16 + 16 + 5
    assert_same_as_torch(analysis)
    assert_receptive_field(analysis)
