from __future__ import annotations

import pytest

from tests.support.linting import chain, codes, lines, message

CODE = "large-receptive-field"


def conv(kernel: int) -> str:
    """Return a convolution that keeps the size of the map."""
    return f"conv: {{out_channels: 4, kernel_size: {kernel}, padding: same}}"


def padded(first: int, size: int = 8) -> str:
    """Return two convolutions; the second one's inputs see as many pixels as the first's kernel."""
    return chain(conv(first), conv(3), input=f"[4, {size}, {size}]")


@pytest.mark.parametrize(("first", "expected"), [(15, []), (16 + 1, [CODE]), (19, [CODE])])
def test_inputs_may_see_twice_what_there_is(first: int, expected: list[str]) -> None:
    assert codes(padded(first)) == expected


@pytest.mark.parametrize(("kernel", "is_found"), [(16, False), (18, True)])
def test_exactly_twice_is_not_far_above(kernel: int, is_found: bool) -> None:
    assert (CODE in codes(padded(kernel))) == is_found  # even kernels get a warning of their own


def test_fields_add_up() -> None:
    layers = [conv(3), conv(15), conv(3)]  # 3, then 17

    assert codes(chain(*layers, input="[4, 9, 9]")) == []
    assert codes(chain(*layers, input="[4, 8, 8]")) == [CODE]


def test_the_first_such_layer_is_shown_and_the_others_are_counted() -> None:
    text = chain(conv(17), conv(3), conv(1), conv(3), conv(3), input="[4, 8, 8]")

    assert lines(text, CODE) == [2]
    assert message(text, CODE) == (
        "Conv2 looks for patterns beyond the input: its units see 17 x 17 pixels before it, "
        "of 8 x 8, and 2 more behind it"
    )


def test_a_skip_keeps_the_field_small() -> None:
    body = f"[{{{conv(9)}}}, {{{conv(9)}}}]"
    layers = [f"residual: {body}"] * 3

    assert codes(chain(*layers, input="[4, 8, 8]")) == []
    deep = [conv(9)] * 6
    assert codes(chain(*deep, input="[4, 8, 8]")) == [CODE]


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param([conv(17), conv(1)], id="1x1 looks for no pattern"),
        pytest.param([conv(17), "max_pool: 2"], id="pooling"),
        pytest.param([conv(17), "gap"], id="a mean"),
        pytest.param([conv(17), "upsample: 2", conv(3)], id="behind up-sampling nothing is said"),
    ],
)
def test_other_layers_are_fine(layers: list[str]) -> None:
    assert codes(chain(*layers, input="[4, 8, 8]")) == []


def test_every_axis_has_to_be_beyond() -> None:
    assert codes(chain(conv(17), conv(3), input="[4, 8, 80]")) == []


def test_it_holds_for_signals_in_time() -> None:
    assert codes(chain(conv(17), conv(3), input="[4, 8]")) == [CODE]
