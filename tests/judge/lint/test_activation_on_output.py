from __future__ import annotations

import pytest

from tests.support.linting import TRAIN, chain, codes, lines

CODE = "activation-on-output"
BODY = "conv: {out_channels: 16, kernel_size: 5, activation: relu}"
SCORES = "conv: {out_channels: 10, kernel_size: 28}"


@pytest.mark.parametrize("activation", ["relu", "gelu", "prelu", "hardswish"])
def test_an_activation_behind_the_scores_is_found(activation: str) -> None:
    assert codes(chain(BODY, SCORES, "flatten", activation)) == [CODE]


def test_one_in_the_entry_of_the_scores_is_found_there() -> None:
    entry = "conv: {out_channels: 10, kernel_size: 28, activation: relu}"

    assert lines(chain(BODY, entry, "flatten"), CODE) == [2]


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "hardsigmoid", "softplus"])
def test_a_range_is_meant_where_no_loss_says_otherwise(activation: str) -> None:
    assert codes(chain(BODY, SCORES, "flatten", activation)) == []
    assert codes(chain(BODY, SCORES, "flatten", activation, more=TRAIN)) == [CODE]


@pytest.mark.parametrize("activation", ["softmax", "log_softmax"])
@pytest.mark.parametrize("more", ["", TRAIN])
def test_softmax_is_left_to_the_rules_on_losses(activation: str, more: str) -> None:
    assert CODE not in codes(chain(BODY, SCORES, "flatten", activation, more=more))


def test_an_activation_in_front_of_the_scores_is_fine() -> None:
    assert codes(chain(BODY, "relu", SCORES, "flatten", more=TRAIN)) == []


def test_the_front_part_of_a_network_may_end_in_an_activation() -> None:
    layers = ["conv: {out_channels: 16, kernel_size: 17, activation: relu}", "gap", "flatten"]

    assert codes(chain(*layers)) == []
    assert codes(chain(*layers, more=TRAIN)) == [CODE]
