from __future__ import annotations

import pytest

from tests.support.linting import chain, codes, lines, message

CODE = "bias-before-norm"
CONV = "conv: {out_channels: 8, kernel_size: 3}"
END = "conv: {out_channels: 4, kernel_size: 3}"


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param(["conv: {out_channels: 8, kernel_size: 3, norm: batch}"], id="one entry"),
        pytest.param([CONV, "batch_norm"], id="two entries"),
        pytest.param([CONV, "instance_norm"], id="instance norm"),
        pytest.param([CONV, "group_norm: 8"], id="each channel a group"),
        pytest.param([CONV, "identity", "batch_norm"], id="identity between"),
        pytest.param([CONV, "max_pool: 2", "batch_norm"], id="a largest value of shifted ones"),
        pytest.param(
            ["conv_transpose: {out_channels: 8, kernel_size: 2, stride: 2, norm: batch}"],
            id="transposed",
        ),
        pytest.param(
            [CONV, "branches: {join: add, paths: {a: [batch_norm], b: [instance_norm]}}"],
            id="two norms and nothing else",
        ),
        pytest.param(
            ["residual: [{conv: {out_channels: 3, kernel_size: 1}}, batch_norm]"], id="residual"
        ),
    ],
)
def test_a_bias_that_a_norm_cancels_is_found(layers: list[str]) -> None:
    assert codes(chain(*layers, END)) == [CODE]


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param(
            ["conv: {out_channels: 8, kernel_size: 3, bias: false, norm: batch}"], id="none"
        ),
        pytest.param(["conv: {out_channels: 8, kernel_size: 3, norm: {group: 2}}"], id="groups"),
        pytest.param(["conv: {out_channels: 8, kernel_size: 3, norm: layer}"], id="layer norm"),
        pytest.param([CONV, "relu", "batch_norm"], id="activation between"),
        pytest.param(
            [CONV, "avg_pool: {kernel_size: 2, padding: 1}", "batch_norm"], id="padded mean"
        ),
        pytest.param([CONV, "local_response_norm: 2"], id="a norm that subtracts nothing"),
        pytest.param([CONV, "residual: [batch_norm]"], id="a skip brings it past the norm"),
        pytest.param(
            ["conv: {out_channels: 8, kernel_size: 3, norm: batch, order: [norm, conv]}"],
            id="norm first",
        ),
    ],
)
def test_a_bias_that_counts_is_fine(layers: list[str]) -> None:
    assert codes(chain(*layers, END)) == []


def test_a_bias_whose_map_leaves_the_network_counts() -> None:
    stem = "conv: {out_channels: 8, kernel_size: 3, id: stem}"
    head = "auxiliary: {layers: [{identity: {id: as_it_is}}]}"
    around = ["batch_norm", "relu", "conv: {out_channels: 8, kernel_size: 3, padding: 1}"]

    assert codes(chain(stem, *around)) == [CODE]
    assert codes(chain(stem, head, *around)) == []
    assert codes(chain(stem, "auxiliary: {layers: []}", *around)) == []


@pytest.mark.parametrize(
    ("shape", "expected"), [("[6]", [CODE]), ("[5, 6]", [])], ids=["features", "tokens"]
)
def test_the_bias_of_a_linear_layer_lies_along_the_last_axis(
    shape: str, expected: list[str]
) -> None:
    assert codes(chain("linear: 6", "batch_norm", "linear: 2", input=shape)) == expected


def test_a_shared_bias_counts_when_one_use_has_no_norm_behind_it() -> None:
    first = "conv: {out_channels: 3, kernel_size: 3, padding: 1, id: a}"
    shared = [first, "batch_norm", "relu", "share: a"]

    assert codes(chain(*shared, "relu", END)) == []
    assert codes(chain(*shared, "batch_norm", END)) == [CODE]


def test_the_message_counts_what_is_wasted() -> None:
    text = chain("conv: {out_channels: 1000, kernel_size: 3, bias: true, norm: batch}", END)

    assert lines(text, CODE) == [1]
    assert message(text, CODE) == (
        "the bias of Conv1, 1,000 params, does nothing: the batch_norm behind it subtracts the mean"
    )
