from __future__ import annotations

import pytest

from tests.support.linting import chain, codes, lines

CODE = "dropout-before-norm"
CONV = "conv: {out_channels: 8, kernel_size: 3, bias: false}"
END = "conv: {out_channels: 8, kernel_size: 3}"


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param(["dropout: 0.1", "batch_norm"], id="directly"),
        pytest.param(["spatial_dropout: 0.1", "batch_norm"], id="of channels"),
        pytest.param(["dropout: 0.1", "relu", "batch_norm"], id="activation between"),
        pytest.param(["dropout: 0.1", "max_pool: 2", "batch_norm"], id="pooling between"),
        pytest.param(["dropout: 0.1", "flatten", "batch_norm", "linear: 10"], id="flatten between"),
        pytest.param(
            ["branches: {join: concat, paths: {a: [{dropout: 0.1}], b: []}}", "batch_norm"],
            id="one path of several",
        ),
    ],
)
def test_dropout_whose_values_reach_a_batch_norm_is_found(layers: list[str]) -> None:
    assert codes(chain(CONV, *layers)) == [CODE]


def test_the_order_of_one_entry_counts() -> None:
    entry = "conv: {out_channels: 8, kernel_size: 3, bias: false, norm: batch, dropout: 0.1%s}"
    first = entry % ", order: [conv, dropout, norm]"

    assert lines(chain(first, END), CODE) == [1]
    assert codes(chain(entry % "", END)) == []


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param(["batch_norm", "relu", "dropout: 0.1", END], id="norm first"),
        pytest.param(["dropout: 0.1", CONV, "batch_norm"], id="a convolution between"),
        pytest.param(["dropout: 0", "batch_norm"], id="dropout of nothing"),
        pytest.param(["dropout: 0.1", "group_norm: 2"], id="group norm has no running figures"),
        pytest.param(["dropout: 0.1", "gap", "batch_norm"], id="a mean between"),
        pytest.param(["stochastic_depth: 0.1", "batch_norm"], id="stochastic depth"),
    ],
)
def test_other_orders_are_fine(layers: list[str]) -> None:
    assert CODE not in codes(chain(CONV, *layers))
