from __future__ import annotations

import pytest

from tests.support.linting import chain, codes, lines, message

CODE = "pool-before-output"
BODY = ["conv: {out_channels: 16, kernel_size: 5}", "conv: {out_channels: 16, kernel_size: 15}"]
"""Ends in 16 maps of 14x14, each unit of which sees 19 of 32 pixels."""


@pytest.mark.parametrize(
    ("layers", "behind"),
    [
        pytest.param(["max_pool: 2", "flatten", "linear: 10"], "only Linear1 comes", id="linear"),
        pytest.param(["avg_pool: 2", "flatten", "linear: 10"], "only Linear1 comes", id="mean"),
        pytest.param(
            ["max_pool: 2", "conv: {out_channels: 10, kernel_size: 1}", "gap", "flatten"],
            "only Conv3 comes",
            id="1x1",
        ),
        pytest.param(
            ["max_pool: 2", "conv: {out_channels: 10, kernel_size: 7}", "flatten"],
            "only Conv3 comes",
            id="a kernel as large as the map",
        ),
        pytest.param(
            ["max_pool: 2", "relu", "dropout: 0.5", "flatten", "linear: 10"],
            "only Linear1 comes",
            id="what changes no place between",
        ),
        pytest.param(["max_pool: 2", "gap", "flatten"], "no layer comes", id="two poolings"),
    ],
)
def test_pooling_with_the_classifier_alone_behind_it_is_found(
    layers: list[str], behind: str
) -> None:
    text = chain(*BODY, *layers)

    assert codes(text) == [CODE]
    assert lines(text, CODE) == [3]
    assert message(text, CODE).endswith(f"shrinks the map, and {behind} behind it")


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param(["gap", "flatten", "linear: 10"], id="global"),
        pytest.param(["max_pool: 14", "flatten", "linear: 10"], id="max over the whole map"),
        pytest.param(["max_pool: 2", "flatten", "linear: 32", "linear: 10"], id="two layers"),
        pytest.param(
            ["max_pool: 2", "conv: {out_channels: 10, kernel_size: 3}", "gap", "flatten"],
            id="a convolution looks at it",
        ),
        pytest.param(
            ["max_pool: {kernel_size: 3, stride: 1}", "flatten", "linear: 10"], id="stride 1"
        ),
        pytest.param(["max_pool: 2"], id="the front part of a network"),
        pytest.param(
            ["max_pool: 2", "residual: [{conv: {out_channels: 16, kernel_size: 1}}]", "gap"],
            id="a block behind it",
        ),
    ],
)
def test_other_ends_are_fine(layers: list[str]) -> None:
    assert CODE not in codes(chain(*BODY, *layers))
