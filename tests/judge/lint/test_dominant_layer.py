from __future__ import annotations

import pytest

from tests.support.linting import chain, codes, lines, message

CODE = "dominant-layer"
SMALL = [f"conv: {{out_channels: {n}, kernel_size: 1, bias: false}}" for n in (4, 4, 4)]
"""Holds 3 * 4 + 4 * 4 + 4 * 4 = 44 params."""


@pytest.mark.parametrize(("classes", "expected"), [(11, []), (12, [CODE])])
def test_a_layer_may_hold_half_of_the_params(classes: int, expected: list[str]) -> None:
    # 1x1 on a map of 4 channels: 4 * 11 = 44 params are exactly half.
    last = f"conv: {{out_channels: {classes}, kernel_size: 1, bias: false}}"

    assert codes(chain(*SMALL, last)) == expected


def test_the_message_says_how_much() -> None:
    text = chain(*SMALL, "conv: {out_channels: 2, kernel_size: 5, bias: false}", "gap", "relu")

    assert lines(text, CODE) == [4]
    assert message(text, CODE) == "Conv4 holds 82 % of the params: 200 of 244"


def test_norms_of_the_entry_count() -> None:
    last = "conv: {out_channels: 8, kernel_size: 1, bias: false, norm: batch}"  # 32 + 16 = 48

    assert codes(chain(*SMALL, last)) == [CODE]


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param(["conv: 9", "conv: 9", "conv: 9"], id="three layers"),
        pytest.param(["conv: 9", "batch_norm", "conv: 9", "prelu"], id="norms are no layers"),
    ],
)
def test_of_few_layers_one_holds_most(layers: list[str]) -> None:
    text = chain(*layers, "gap").replace("layers:", "defaults: {conv: {kernel_size: 5}}\nlayers:")

    assert CODE not in codes(text)


def test_features_have_no_map_to_narrow() -> None:
    layers = ["linear: 64", "linear: 8", "linear: 8", "linear: 8"]

    assert codes(chain(*layers, input="[784]")) == []
    assert codes(chain("flatten", *layers, input="[1, 28, 28]")) == [CODE]


def test_the_classifier_of_pooled_features_is_as_large_as_the_classes_ask() -> None:
    assert codes(
        chain(*SMALL, "conv: {out_channels: 8, kernel_size: 32}", "flatten", "linear: 100")
    ) == [CODE]  # Conv4 sees a whole map
    small_field = [*SMALL, "gap", "flatten", "linear: 100"]
    assert CODE not in codes(chain(*small_field))
    assert codes(chain(*SMALL, "flatten", "linear: 100")) == [CODE]


def test_auxiliary_heads_do_not_count() -> None:
    head = "auxiliary: {layers: [{conv: {out_channels: 4, kernel_size: 9, padding: 4}}]}"

    assert codes(chain(*SMALL, head, "conv: {out_channels: 4, kernel_size: 1}")) == []


def test_shared_weights_count_once() -> None:
    first = "conv: {out_channels: 3, kernel_size: 3, padding: 1, id: a, bias: false}"  # 81

    others = ["conv: {out_channels: 3, kernel_size: 2, bias: false}"] * 3  # 108
    found = codes(chain(first, "share: a", "share: a", *others))
    assert CODE not in found
