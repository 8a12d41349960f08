"""Sizes of sliding windows, with the numbers of Dumoulin and Visin and of torch's documentation.

V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (arXiv 1603.07285):
the captions of chapters 2 and 4 give i, k, s, p (and d) and the output size.
"""

from __future__ import annotations

import pytest

from archspec.layers import LayerFault
from archspec.layers.conv import Conv, ConvTranspose
from archspec.layers.sliding import SlidingSizes, effective_kernel, slide


def slid(
    size: int,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> int:
    """Return the output size along one axis."""
    sizes = SlidingSizes((kernel,), (stride,), (padding,), (padding,), (dilation,))
    (output,) = slide((1, size), sizes, ceil_mode=ceil_mode)
    return output


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "output"),
    [
        pytest.param(4, 3, 1, 0, 2, id="figure-2.1-no-padding"),
        pytest.param(5, 4, 1, 2, 6, id="figure-2.2-arbitrary-padding"),
        pytest.param(5, 3, 1, 1, 5, id="figure-2.3-half-padding"),
        pytest.param(5, 3, 1, 2, 7, id="figure-2.4-full-padding"),
        pytest.param(5, 3, 2, 0, 2, id="figure-2.5-stride"),
        pytest.param(5, 3, 2, 1, 3, id="figure-2.6-padding-and-stride"),
        pytest.param(6, 3, 2, 1, 3, id="figure-2.7-a-pixel-left-over"),
    ],
)
def test_a_convolution_has_the_size_of_the_guide(
    size: int, kernel: int, stride: int, padding: int, output: int
) -> None:
    assert slid(size, kernel, stride, padding) == output
    layer = Conv(1, (kernel,), (stride,), (padding,))
    assert layer.output_shape((1, size, size)) == (1, output, output)


def test_a_dilated_convolution_has_the_size_of_the_guide() -> None:
    assert slid(7, 3, dilation=2) == 3  # figure 5.1


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "extra", "output"),
    [
        pytest.param(2, 3, 1, 0, 0, 4, id="figure-4.1"),
        pytest.param(6, 4, 1, 2, 0, 5, id="figure-4.2"),
        pytest.param(5, 3, 1, 1, 0, 5, id="figure-4.3"),
        pytest.param(7, 3, 1, 2, 0, 5, id="figure-4.4"),
        pytest.param(2, 3, 2, 0, 0, 5, id="figure-4.5"),
        pytest.param(3, 3, 2, 1, 0, 5, id="figure-4.6"),
        pytest.param(3, 3, 2, 1, 1, 6, id="figure-4.7"),
    ],
)
def test_a_transposed_convolution_has_the_size_of_the_guide(
    size: int, kernel: int, stride: int, padding: int, extra: int, output: int
) -> None:
    layer = ConvTranspose(1, (kernel,), (stride,), (padding,), (extra,))

    assert layer.output_shape((1, size, size)) == (1, output, output)


@pytest.mark.parametrize(
    ("kernel", "dilation", "extent"), [(1, 5, 1), (3, 1, 3), (3, 2, 5), (5, 4, 17)]
)
def test_dilation_stretches_a_kernel(kernel: int, dilation: int, extent: int) -> None:
    assert effective_kernel(kernel, dilation) == extent


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "floor", "ceil"),
    [
        pytest.param(6, 3, 2, 0, 2, 3, id="a-pixel-left-over"),
        pytest.param(7, 3, 2, 0, 3, 3, id="nothing-left-over"),
        pytest.param(112, 3, 2, 0, 55, 56, id="googlenet"),
        # The third window would start at pixel 4, behind the 3 + 1 pixels: torch leaves it out.
        pytest.param(3, 2, 2, 1, 2, 2, id="last-window-only-in-the-padding"),
        pytest.param(5, 1, 3, 0, 2, 2, id="last-window-behind-the-map"),
        pytest.param(3, 3, 2, 0, 1, 1, id="one-window-just-filled"),
    ],
)
def test_ceil_mode_counts_a_last_window_that_starts_inside(
    size: int, kernel: int, stride: int, padding: int, floor: int, ceil: int
) -> None:
    assert slid(size, kernel, stride, padding) == floor
    assert slid(size, kernel, stride, padding, ceil_mode=True) == ceil


def test_each_axis_has_its_own_numbers() -> None:
    sizes = SlidingSizes((3, 5), (1, 2), (0, 2), (0, 2), (2, 1))

    # 10 - 5 + 1 rows; (11 + 4 - 5) / 2 + 1 columns.
    assert slide((1, 10, 11), sizes) == (6, 6)


@pytest.mark.parametrize(
    ("size", "kernel", "padding", "dilation"), [(2, 3, 0, 1), (4, 7, 1, 1), (4, 3, 0, 2)]
)
def test_a_kernel_that_does_not_fit_is_a_fault(
    size: int, kernel: int, padding: int, dilation: int
) -> None:
    with pytest.raises(LayerFault) as caught:
        slid(size, kernel, padding=padding, dilation=dilation)

    assert caught.value.code == "kernel-does-not-fit"
    assert caught.value.field == "kernel_size"


@pytest.mark.parametrize(
    ("size", "kernel", "padding", "dilation"), [(3, 3, 0, 1), (5, 7, 1, 1), (5, 3, 0, 2)]
)
def test_a_kernel_that_just_fits_gives_one_unit(
    size: int, kernel: int, padding: int, dilation: int
) -> None:
    assert slid(size, kernel, padding=padding, dilation=dilation) == 1
