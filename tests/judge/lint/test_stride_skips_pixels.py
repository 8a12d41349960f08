from __future__ import annotations

import pytest

from tests.support.linting import chain, codes, found, lines, message

CODE = "stride-skips-pixels"
LOOKS = "conv: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1}"
SKIPS = "conv: {out_channels: 8, kernel_size: 1, stride: 2}"


@pytest.mark.parametrize(
    "layer",
    [
        pytest.param(SKIPS, id="1x1 of stride 2"),
        pytest.param("conv: {out_channels: 8, kernel_size: 3, stride: 4}", id="3x3 of stride 4"),
        pytest.param("conv: {out_channels: 8, kernel_size: [3, 1], stride: 2}", id="one axis"),
        pytest.param(
            "conv: {out_channels: 8, kernel_size: 3, stride: 2, dilation: 2}", id="dilated"
        ),
        pytest.param("max_pool: {kernel_size: 2, stride: 3}", id="max pooling"),
        pytest.param("avg_pool: {kernel_size: 1, stride: 2}", id="mean pooling"),
    ],
)
def test_a_window_that_steps_over_pixels_is_found(layer: str) -> None:
    assert codes(chain(layer)) == [CODE]


@pytest.mark.parametrize(
    "layer",
    [
        pytest.param("conv: {out_channels: 8, kernel_size: 2, stride: 2}", id="side by side"),
        pytest.param("conv: {out_channels: 8, kernel_size: 3, stride: 2}", id="overlapping"),
        pytest.param("conv: {out_channels: 8, kernel_size: 1}", id="1x1"),
        pytest.param(
            "conv: {out_channels: 8, kernel_size: 3, stride: 2, dilation: 3}", id="in turn"
        ),
        pytest.param("max_pool: 2", id="max pooling"),
        pytest.param(
            "conv_transpose: {out_channels: 8, kernel_size: 4, stride: 4}", id="transposed"
        ),
    ],
)
def test_a_window_that_sees_every_pixel_is_fine(layer: str) -> None:
    assert codes(chain(layer)) == []


def test_one_pixel_leaves_none_out() -> None:
    assert codes(chain(SKIPS, input="[3, 1, 1]")) == []


def test_the_shortcut_beside_a_body_that_looks_is_how_a_resnet_is_built() -> None:
    assert codes(chain(f"residual: {{body: [{{{LOOKS}}}], shortcut: [{{{SKIPS}}}]}}")) == []


def test_the_first_resnet_steps_over_pixels_in_both_paths() -> None:
    body = f"[{{{SKIPS}}}, {{conv: {{out_channels: 8, kernel_size: 3, padding: 1}}}}]"
    text = chain(
        f"residual:\n      body: {body}\n      shortcut: [{{{SKIPS}}}]",
        "conv: {out_channels: 8, kernel_size: 3}",
    )

    assert lines(text, CODE) == [2, 3]


def test_the_message_shows_stride_and_kernel() -> None:
    assert message(chain(SKIPS), CODE) == (
        "Conv1 steps 2x2 pixels with a 1x1 kernel: what lies between is never read"
    )


def test_a_dilated_stride_names_the_dilation() -> None:
    text = chain("conv: {out_channels: 4, kernel_size: 3, stride: 2, dilation: 2}", "gap")
    (said,) = [d for d in found(text) if d.code == "stride-skips-pixels"]

    assert "3x3 kernel whose taps lie 2 apart" in said.message
    assert "dilation" in (said.help or "")


def test_a_default_that_is_faulty_is_told_once() -> None:
    more = "defaults: {conv: {kernel_size: 1, stride: 2}}\n"
    text = chain(*["conv: 4"] * 3, "gap", "flatten", input="[3, 64, 64]", more=more)
    (said,) = [d for d in found(text) if d.code == "stride-skips-pixels"]

    assert said.message.endswith("and 2 more like it")
    assert said.span is not None
    assert said.span.source.line(said.span.line).startswith("defaults")
