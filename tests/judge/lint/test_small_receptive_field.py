from __future__ import annotations

import pytest

from tests.support.linting import chain, codes, lines, message

CODE = "small-receptive-field"


def averaged(kernel: int, size: int = 28, mean: str = "gap") -> str:
    """Return a network whose mean takes units that see as many pixels as the kernel."""
    conv = f"conv: {{out_channels: 10, kernel_size: {kernel}}}"
    return chain(conv, mean, "flatten", input=f"[1, {size}, {size}]")


@pytest.mark.parametrize(("kernel", "expected"), [(13, [CODE]), (14, []), (15, [])])
def test_units_must_see_half_of_the_input(kernel: int, expected: list[str]) -> None:
    found = codes(averaged(kernel))

    assert [code for code in found if code == CODE] == expected


@pytest.mark.parametrize(
    "mean", ["gap", "adaptive_avg_pool: 1", "avg_pool: 24", "mean: {dim: [2, 3]}"]
)
def test_any_mean_over_the_whole_map_is_a_global_one(mean: str) -> None:
    text = averaged(5, mean=mean)

    assert lines(text, CODE) == [2]
    assert message(text, CODE).endswith(
        " averages units that see 5 x 5 pixels of an input of 28 x 28"
    )


def test_the_mean_is_found_in_front_of_the_classifier() -> None:
    layers = ["conv: {out_channels: 8, kernel_size: 5}", "gap", "flatten", "relu", "linear: 10"]

    assert lines(chain(*layers), CODE) == [2]


def test_a_strided_network_without_a_mean_is_judged_at_its_output() -> None:
    layers = ["conv: {out_channels: 8, kernel_size: 5, stride: 28}", "flatten", "linear: 10"]
    text = chain(*layers, input="[1, 28, 28]")

    assert message(text, CODE) == "the output sees 5 x 5 pixels of an input of 28 x 28"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            chain("conv: {out_channels: 4, kernel_size: 3}", "flatten", "linear: 10"),
            id="linear looks at every position",
        ),
        pytest.param(
            chain("conv: {out_channels: 4, kernel_size: 3}", "gap", input="[1, 800]"),
            id="a signal in time",
        ),
        pytest.param(
            chain("conv: {out_channels: 4, kernel_size: 5}", "gap", input="[1, 8, 400]"),
            id="one axis is seen",
        ),
        pytest.param(
            chain(
                "conv: {out_channels: 4, kernel_size: 3}", "conv: {out_channels: 2, kernel_size: 1}"
            ),
            id="a map of classes",
        ),
        pytest.param(
            chain(
                "conv: {out_channels: 4, kernel_size: 3}",
                "SqueezeExcitation: {input_channels: 4, squeeze_channels: 2}",
                "gap",
                "flatten",
                "linear: 10",
            ),
            id="a gate sees everything",
        ),
        pytest.param(chain("gap", "flatten", "linear: 10"), id="nothing before it"),
        pytest.param(chain("linear: 10", input="[784]"), id="features"),
    ],
)
def test_what_sees_enough_or_need_not_is_fine(text: str) -> None:
    assert CODE not in codes(text)
