from __future__ import annotations

import pytest

from tests.support.linting import TRAIN, chain, codes, lines

CODE = "dropout-on-output"
BODY = "conv: {out_channels: 16, kernel_size: 5, activation: relu}"
SCORES = "conv: {out_channels: 10, kernel_size: 28}"


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param([SCORES, "flatten", "dropout: 0.1"], id="last"),
        pytest.param([SCORES, "spatial_dropout: 0.1", "flatten"], id="of channels"),
        pytest.param([SCORES, "flatten", "dropout", "log_softmax"], id="in front of softmax"),
    ],
)
def test_dropout_behind_the_scores_is_found(layers: list[str]) -> None:
    assert codes(chain(BODY, *layers)) == [CODE]


def test_dropout_by_default_is_found_where_the_scores_are_made() -> None:
    text = chain("conv: {out_channels: 16, kernel_size: 5}", SCORES, "flatten", more=TRAIN).replace(
        "layers:\n", "defaults: {conv: {dropout: 0.1}}\nlayers:\n"
    )

    assert lines(text, CODE) == [2]


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param(["dropout: 0.5", SCORES, "flatten"], id="in front"),
        pytest.param([SCORES, "flatten", "dropout: 0"], id="of nothing"),
        pytest.param(["gap", "flatten", "dropout: 0.5", "linear: 10"], id="in front of linear"),
    ],
)
def test_dropout_elsewhere_is_fine(layers: list[str]) -> None:
    body = "conv: {out_channels: 16, kernel_size: 17, activation: relu}"
    layers = [layer.replace("28", "16") for layer in layers]
    assert codes(chain(body, *layers, more=TRAIN)) == []
