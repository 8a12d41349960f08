from __future__ import annotations

import pytest

from tests.support.linting import chain, codes, lines, message

CODE = "checkerboard-upsampling"


def up(fields: str, input: str = "[3, 8, 8]") -> str:
    return chain(f"conv_transpose: {{out_channels: 4, {fields}}}", input=input)


@pytest.mark.parametrize(
    ("fields", "taps"),
    [
        ("kernel_size: 3, stride: 2", "1 or 2 taps"),
        ("kernel_size: 3, stride: 2, padding: 1, output_padding: 1", "1 or 2 taps"),
        ("kernel_size: 5, stride: 3", "1 or 2 taps"),
        ("kernel_size: 5, stride: 2", "2 or 3 taps"),
        ("kernel_size: 2, stride: 3", "0 or 1 taps"),
        ("kernel_size: 4, stride: 2, dilation: 2", "0 or 4 taps"),
    ],
)
def test_unequal_numbers_of_taps_are_found(fields: str, taps: str) -> None:
    assert codes(up(fields)) == [CODE]
    assert taps in message(up(fields), CODE)


@pytest.mark.parametrize(
    "fields",
    [
        "kernel_size: 2, stride: 2",
        "kernel_size: 4, stride: 2, padding: 1",
        "kernel_size: 16, stride: 8",
        "kernel_size: 3, stride: 1",
        "kernel_size: 4, stride: 2, dilation: 3",
    ],
)
def test_equal_numbers_of_taps_are_fine(fields: str) -> None:
    assert codes(up(fields)) == []


def test_one_pixel_alone_overlaps_with_none() -> None:
    assert codes(up("kernel_size: 3, stride: 2", "[3, 1, 1]")) == []
    assert codes(up("kernel_size: 3, stride: 2", "[3, 1, 2]")) == [CODE]


def test_every_axis_is_looked_at() -> None:
    assert codes(up("kernel_size: [4, 3], stride: 2")) == [CODE]
    assert codes(up("kernel_size: [4, 3], stride: [2, 1]")) == []


def test_it_is_shown_at_the_kernel() -> None:
    text = chain(
        "conv_transpose:\n      out_channels: 4\n      stride: 2\n      kernel_size: 3",
        input="[3, 8, 8]",
    )

    assert lines(text, CODE) == [4]
