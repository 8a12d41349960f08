from __future__ import annotations

import pytest

from tests.support.linting import chain, codes, lines, message

CODE = "even-kernel"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param("kernel_size: 2", id="2x2"),
        pytest.param("kernel_size: 4, padding: 1", id="padded"),
        pytest.param("kernel_size: 4, padding: same", id="same"),
        pytest.param("kernel_size: [3, 2]", id="one axis"),
        pytest.param("kernel_size: 2, stride: [1, 2]", id="a step along the other axis"),
        pytest.param("kernel_size: 4, dilation: 3", id="dilated to 10"),
    ],
)
def test_an_even_kernel_that_steps_by_one_is_found(fields: str) -> None:
    text = chain(f"conv: {{out_channels: 8, {fields}}}")

    assert codes(text) == [CODE]
    assert lines(text, CODE) == [1]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param("kernel_size: 3", id="odd"),
        pytest.param("kernel_size: 2, stride: 2", id="windows side by side"),
        pytest.param("kernel_size: 4, stride: 2, padding: 1", id="windows that overlap evenly"),
        pytest.param("kernel_size: 32", id="the whole map"),
        pytest.param("kernel_size: 2, dilation: 2", id="dilated to 3"),
    ],
)
def test_other_kernels_are_fine(fields: str) -> None:
    assert CODE not in codes(chain(f"conv: {{out_channels: 8, {fields}}}"))


def test_even_kernels_of_pooling_are_usual() -> None:
    assert codes(chain("max_pool: {kernel_size: 2, stride: 1}")) == []


def test_in_time_an_even_kernel_may_look_back() -> None:
    layers = ["zero_pad: [1, 0]", "conv: {out_channels: 4, kernel_size: 2}"]

    assert codes(chain(*layers, input="[4, 100]")) == []


def test_it_holds_in_three_dimensions() -> None:
    assert codes(chain("conv: {out_channels: 4, kernel_size: 2}", input="[1, 8, 8, 8]")) == [CODE]


def test_the_message_shows_the_kernel() -> None:
    assert message(chain("conv: {out_channels: 8, kernel_size: [3, 2]}"), CODE) == (
        "the 3x2 kernel of Conv1 has no centre: its units lie between the pixels"
    )
