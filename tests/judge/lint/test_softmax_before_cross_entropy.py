from __future__ import annotations

import pytest

from tests.support.linting import TRAIN, chain, codes, lines

CODE = "softmax-before-cross-entropy"
BODY = ["linear: {out_features: 8, activation: relu}", "linear: 10"]


def train(loss: str) -> str:
    return TRAIN.replace("}}}", f"}}}}, loss: {loss}}}")


@pytest.mark.parametrize("layer", ["softmax", "log_softmax"])
@pytest.mark.parametrize("loss", ["CrossEntropyLoss", "{CrossEntropyLoss: {label_smoothing: 0.1}}"])
def test_softmax_in_front_of_the_loss_that_applies_it_is_found(layer: str, loss: str) -> None:
    assert codes(chain(*BODY, layer, input="[8]", more=train(loss))) == [CODE]


def test_cross_entropy_is_the_loss_of_a_spec_that_names_none() -> None:
    assert codes(chain(*BODY, "softmax", input="[8]", more=TRAIN)) == [CODE]


@pytest.mark.parametrize(
    ("layers", "more"),
    [
        pytest.param([*BODY, "softmax"], "", id="not trained"),
        pytest.param([*BODY, "log_softmax"], train("NLLLoss"), id="a loss that wants it"),
        pytest.param(["softmax", *BODY], TRAIN, id="at the input"),
        pytest.param([*BODY, "softmax", "linear: 10"], TRAIN, id="a layer behind it"),
        pytest.param([*BODY], TRAIN, id="none"),
    ],
)
def test_other_softmax_is_fine(layers: list[str], more: str) -> None:
    assert CODE not in codes(chain(*layers, input="[8]", more=more))


def test_softmax_is_seen_through_what_moves_values_only() -> None:
    layers = ["conv: {out_channels: 10, kernel_size: 8}", "softmax", "flatten"]

    assert lines(chain(*layers, input="[3, 8, 8]", more=TRAIN), CODE) == [2]


def test_the_softmax_of_an_auxiliary_head_is_found() -> None:
    head = "auxiliary: {layers: [{linear: 10}, softmax]}"

    assert codes(chain(BODY[0], head, BODY[1], input="[8]", more=TRAIN)) == [CODE]
