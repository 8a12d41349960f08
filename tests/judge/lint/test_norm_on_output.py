from __future__ import annotations

import pytest

from tests.support.linting import TRAIN, chain, codes, lines, message

CODE = "norm-on-output"
BODY = "conv: {out_channels: 16, kernel_size: 5, bias: false}"
SCORES = "conv: {out_channels: 10, kernel_size: 28, bias: false}"


@pytest.mark.parametrize("norm", ["batch_norm", "group_norm: 2", "layer_norm"])
def test_a_norm_behind_the_scores_is_found(norm: str) -> None:
    assert codes(chain(BODY, SCORES, "flatten", norm)) == [CODE]


@pytest.mark.parametrize("more", ["", TRAIN])
def test_a_norm_in_the_entry_of_the_scores_is_found_there(more: str) -> None:
    entry = "conv: {out_channels: 10, kernel_size: 28, bias: false, norm: batch}"
    text = chain(BODY, entry, "flatten", more=more)

    assert lines(text, CODE) == [2]
    assert message(text, CODE) == "batch_norm changes the scores that Conv2 makes"


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param([BODY, "batch_norm", "relu", SCORES, "flatten"], id="in front of them"),
        pytest.param([BODY, "batch_norm", "gap", "flatten", "linear: 10"], id="in front of linear"),
        pytest.param(
            [BODY, SCORES, "batch_norm", "residual: [relu]", "flatten"], id="behind a join"
        ),
        pytest.param(["flatten", "batch_norm"], id="no layer with weights"),
    ],
)
def test_a_norm_elsewhere_is_fine(layers: list[str]) -> None:
    assert CODE not in codes(chain(*layers, more=TRAIN))


def test_pooled_scores_are_scores_when_the_spec_trains_classes() -> None:
    layers = [
        "conv: {out_channels: 10, kernel_size: 17, bias: false, norm: batch}",
        "gap",
        "flatten",
    ]

    assert codes(chain(*layers, more=TRAIN)) == [CODE]
    assert codes(chain(*layers)) == []  # it may be the front part of another network


def test_a_network_that_is_trained_for_other_things_has_no_scores() -> None:
    more = TRAIN.replace("}}}", "}}, loss: MSELoss}")

    assert codes(chain(BODY, SCORES, "flatten", "batch_norm", more=more)) == []


def test_maps_are_scores_when_the_spec_trains_classes() -> None:
    layers = [BODY, "conv: {out_channels: 10, kernel_size: 1, bias: false, norm: batch}"]

    assert codes(chain(*layers, more=TRAIN)) == [CODE]
    assert codes(chain(*layers)) == []


def test_a_norm_behind_the_scores_of_an_auxiliary_head_is_found() -> None:
    head = "auxiliary: {layers: [{conv: {out_channels: 10, kernel_size: 28}}, flatten, batch_norm]}"

    assert codes(chain(BODY, head, SCORES, "flatten")) == [CODE]
