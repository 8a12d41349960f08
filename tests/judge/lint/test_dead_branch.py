from __future__ import annotations

import pytest

from tests.support.linting import chain, codes, lines, message

CODE = "dead-branch"
CONV = "conv: {out_channels: 4, kernel_size: 1}"
STEM = "conv: {out_channels: 4, kernel_size: 1, id: stem}"
FROM_STEM = (
    "branches: {join: add, paths: {a: {from: stem, layers: []}, b: {from: stem, layers: []}}}"
)


def test_what_is_passed_by_is_found_where_it_ends() -> None:
    text = chain(STEM, CONV, "relu", CONV, FROM_STEM)

    assert codes(text) == [CODE]
    assert lines(text, CODE) == [4]
    assert message(text, CODE) == "nothing uses what Conv3 makes, nor the 2 that only it uses"


def test_a_layer_alone_is_found_without_others() -> None:
    assert message(chain(STEM, CONV, FROM_STEM), CODE) == "nothing uses what Conv2 makes"


def test_the_parts_of_one_entry_are_one_layer() -> None:
    dead = "conv: {out_channels: 4, kernel_size: 1, bias: false, norm: batch, activation: relu}"

    assert message(chain(STEM, dead, FROM_STEM), CODE) == "nothing uses what Conv2 makes"


def test_two_dead_ends_are_two_findings() -> None:
    again = FROM_STEM.replace("add", "multiply")
    text = chain(STEM, CONV, FROM_STEM, CONV, again)

    assert lines(text, CODE) == [2, 4]


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param([STEM, CONV, "add: [stem]"], id="a skip"),
        pytest.param([STEM, CONV, "add: [stem, previous]"], id="a skip that names both"),
        pytest.param([f"residual: [{{{CONV}}}]".replace("4,", "3,")], id="residual"),
        pytest.param([STEM, "auxiliary: {layers: [relu]}"], id="a head"),
        pytest.param([STEM, "share: stem"], id="shared"),
        pytest.param([STEM, "repeat: {times: 0, layers: [relu]}"], id="repeated never"),
    ],
)
def test_what_reaches_an_output_is_fine(layers: list[str]) -> None:
    assert codes(chain(*layers, input="[4, 8, 8]").replace("3, k", "4, k")) == []


def test_a_part_of_a_split_that_nobody_takes_is_found() -> None:
    split = "split: {sections: 4, index: %d}"
    paths = ", ".join(f"p{i}: [{{{split % i}}}]" for i in (0, 2))
    text = chain(CONV, f"branches: {{join: concat, paths: {{{paths}}}}}")

    assert codes(text) == [CODE]
    assert message(text, CODE).endswith("divides the channels into 4, and nothing takes part 1, 3")


@pytest.mark.parametrize(
    "paths",
    [
        pytest.param(
            "a: [{split: {sections: 2, index: 0}}], b: [{split: {sections: 2, index: 1}}]",
            id="both",
        ),
        pytest.param("a: [{split: {sections: 2, index: 0}}], b: []", id="one and the whole"),
        pytest.param(
            "a: [{split: {sections: 2, index: 0}}], b: [{split: {sections: 4, index: 1}}]",
            id="unlike",
        ),
    ],
)
def test_a_split_that_leaves_nothing_is_fine(paths: str) -> None:
    assert codes(chain(CONV, f"branches: {{join: concat, paths: {{{paths}}}}}")) == []


@pytest.mark.parametrize(("weight", "expected"), [("0", [CODE]), ("0.1", [])])
def test_a_head_without_weight_is_trained_by_nobody(weight: str, expected: list[str]) -> None:
    head = f"auxiliary: {{weight: {weight}, layers: [relu]}}"

    assert codes(chain(CONV, head, "relu")) == expected
