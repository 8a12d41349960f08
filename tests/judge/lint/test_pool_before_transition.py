from __future__ import annotations

import pytest

from tests.support.linting import TRAIN, chain, codes, lines, message

CODE = "pool-before-transition"
WIDE = "conv: {out_channels: 16, kernel_size: 3, bias: false}"
NARROW = "conv: {out_channels: 4, kernel_size: 1}"
NEXT = "conv: {out_channels: 2, kernel_size: 3}"


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param(["max_pool: 2", NARROW], id="max"),
        pytest.param(["avg_pool: 2", NARROW], id="mean"),
        pytest.param(["max_pool: {kernel_size: 3, stride: 2}", NARROW], id="overlapping"),
        pytest.param(["max_pool: 2", "dropout: 0.1", NARROW], id="dropout between"),
        pytest.param(["max_pool: 2", "batch_norm", "relu", NARROW], id="norm first"),
    ],
)
def test_pooling_in_front_of_a_narrowing_1x1_is_found(layers: list[str]) -> None:
    text = chain(WIDE, *layers, NEXT)

    assert codes(text) == [CODE]
    assert lines(text, CODE) == [2]


def test_the_message_names_both_and_the_channels() -> None:
    assert message(chain(WIDE, "max_pool: 2", NARROW, NEXT), CODE) == (
        "MaxPool1 shrinks the map before Conv2 narrows it from 16 to 4 channels"
    )


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param([NARROW, "max_pool: 2", NEXT], id="narrow first"),
        pytest.param(
            ["max_pool: 2", "conv: {out_channels: 16, kernel_size: 1}", NEXT], id="as wide"
        ),
        pytest.param(["max_pool: 2", "conv: {out_channels: 32, kernel_size: 1}", NEXT], id="wider"),
        pytest.param(["max_pool: 2", NEXT], id="3x3"),
        pytest.param(["max_pool: {kernel_size: 3, stride: 1}", NARROW, NEXT], id="stride 1"),
        pytest.param(
            ["max_pool: 2", "conv: {out_channels: 8, kernel_size: 1, groups: 8}", NEXT], id="groups"
        ),
        pytest.param(
            ["max_pool: 2", "conv: {out_channels: 4, kernel_size: 1, stride: 2}", NEXT], id="steps"
        ),
        pytest.param(["gap", NARROW, "flatten"], id="global"),
        pytest.param(["max_pool: 2"], id="nothing behind it"),
    ],
)
def test_other_orders_are_fine(layers: list[str]) -> None:
    assert CODE not in codes(chain(WIDE, *layers))


def test_the_bottleneck_at_the_entrance_of_a_block_is_no_transition() -> None:
    block = f"repeat: {{times: 1, layers: [{{{NARROW}}}, {{{NEXT}}}]}}"

    assert codes(chain(WIDE, "max_pool: 2", block)) == []


def test_a_pooled_map_that_is_needed_elsewhere_is_fine() -> None:
    pool = "max_pool: {kernel_size: 2, id: pooled}"

    assert codes(chain(WIDE, pool, NARROW, NEXT)) == [CODE]
    assert codes(chain(WIDE, pool, NARROW, "concat: [pooled]", NEXT)) == []


def test_a_transition_inside_a_block_is_found() -> None:
    text = chain(WIDE, f"repeat: {{times: 1, layers: [{{max_pool: 2}}, {{{NARROW}}}]}}", NEXT)

    assert codes(text) == [CODE]


@pytest.mark.parametrize("more", ["", TRAIN])
def test_the_1x1_that_makes_the_scores_is_no_transition(more: str) -> None:
    layers = [WIDE, "max_pool: 2", "conv: {out_channels: 10, kernel_size: 1}", "gap", "flatten"]

    assert CODE not in codes(chain(*layers, more=more))
