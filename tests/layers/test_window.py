"""What one unit sees, axis by axis, with numbers that can be counted on a drawing."""

from __future__ import annotations

import pytest

from archspec.layers import AxisMap, TooManyPhases
from archspec.layers.window import LONGEST_PERIOD, adaptive, resampled, sliding, transposed


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation", "axis"),
    [
        pytest.param(3, 1, 0, 1, AxisMap((0,), (2,), 1), id="3"),
        pytest.param(3, 2, 1, 1, AxisMap((-1,), (1,), 2), id="3/2-padded"),
        pytest.param(3, 1, 2, 2, AxisMap((-2,), (2,), 1, 2), id="3-dilated"),
        pytest.param(1, 3, 0, 1, AxisMap((0,), (0,), 3), id="1/3"),
    ],
)
def test_a_sliding_window_begins_before_unit_0_by_the_padding(
    kernel: int, stride: int, padding: int, dilation: int, axis: AxisMap
) -> None:
    window = sliding((kernel,), (stride,), (padding,), (dilation,))

    assert window.axes == (axis,)
    assert (window.kernel, window.stride) == ((kernel,), (stride,))


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation", "axis"),
    [
        # Input i writes outputs 2i and 2i + 1.
        pytest.param(2, 2, 0, 1, AxisMap((0, 0), (0, 0), 1), id="2/2"),
        # Input i writes outputs 2i - 1 to 2i + 2: outputs 0 and 1 are written by -1, 0 and 0, 1.
        pytest.param(4, 2, 1, 1, AxisMap((-1, 0), (0, 1), 1), id="4/2/1"),
        # Input i writes outputs 3i and 3i + 1: nobody writes 3i + 2.
        pytest.param(2, 3, 0, 1, AxisMap((0, 0, None), (0, 0, None), 1), id="2/3-with-holes"),
        # Input i writes outputs i to i + 2: output 0 is written by -2, -1 and 0.
        pytest.param(3, 1, 0, 1, AxisMap((-2,), (0,), 1), id="3/1"),
        # Input i writes outputs 2i and 2i + 3: output 1 is written by -1 only.
        pytest.param(2, 2, 0, 3, AxisMap((0, -1), (0, -1), 1, 3), id="2/2-dilated-by-3"),
        # Input i writes outputs i and i + 2: output 0 is written by -2 and 0, and not by -1.
        pytest.param(2, 1, 0, 2, AxisMap((-2,), (0,), 1, 2), id="2/1-dilated-by-2"),
    ],
)
def test_a_transposed_window_has_a_phase_for_each_place_of_the_stride(
    kernel: int, stride: int, padding: int, dilation: int, axis: AxisMap
) -> None:
    assert transposed((kernel,), (stride,), (padding,), (dilation,)).axes == (axis,)


@pytest.mark.parametrize(
    ("before", "after", "linear", "axis"),
    [
        pytest.param(4, 8, False, AxisMap((0, 0), (0, 0), 1), id="nearest-2"),
        # Outputs 0, 1, 2 take inputs 0, 2/3, 4/3, rounded down.
        pytest.param(4, 6, False, AxisMap((0, 0, 1), (0, 0, 1), 2), id="nearest-3/2"),
        # Outputs 0, 1 stand at -1/4 and 1/4.
        pytest.param(4, 8, True, AxisMap((-1, 0), (0, 1), 1), id="linear-2"),
        # Outputs 0, 1, 2 stand at -1/3, 0, 1/3: the middle one on an input.
        pytest.param(2, 6, True, AxisMap((-1, 0, 0), (0, 0, 1), 1), id="linear-3"),
        # Outputs stand at 1/2, 5/2, …
        pytest.param(8, 4, True, AxisMap((0,), (1,), 2), id="linear-half"),
        pytest.param(5, 5, True, AxisMap((0,), (0,), 1), id="linear-1"),
    ],
)
def test_resampling_reads_the_units_beside_its_centre(
    before: int, after: int, linear: bool, axis: AxisMap
) -> None:
    assert resampled((before,), (after,), linear=linear).axes == (axis,)


@pytest.mark.parametrize(
    ("before", "after", "axis"),
    [
        pytest.param(8, 4, AxisMap((0,), (1,), 2), id="8-to-4"),
        # Units 0, 1, 2 pool 0-1, 1-3, 3-4 of 5: ⌊5i/3⌋ to ⌈5(i+1)/3⌉ - 1.
        pytest.param(5, 3, AxisMap((0, 1, 3), (1, 3, 4), 5), id="5-to-3"),
        pytest.param(7, 1, AxisMap((0,), (6,), 1), id="7-to-1"),
        # Units 0 to 2 pool 0, 0-1, 1 of 2.
        pytest.param(2, 3, AxisMap((0, 0, 1), (0, 1, 1), 2), id="2-to-3"),
    ],
)
def test_adaptive_pooling_spreads_its_windows_over_the_map(
    before: int, after: int, axis: AxisMap
) -> None:
    assert adaptive((before,), (after,)).axes == (axis,)


def test_a_pattern_that_is_too_long_is_refused() -> None:
    size = LONGEST_PERIOD + 1

    with pytest.raises(TooManyPhases):
        resampled((size - 1,), (size,), linear=False)


@pytest.mark.parametrize("dilation", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("stride", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("padding", [0, 1, 4])
def test_a_transposed_window_is_what_trying_every_tap_gives(
    kernel: int, stride: int, padding: int, dilation: int
) -> None:
    """Input i writes output i · stride - padding + dilation · tap (torch's ConvTranspose1d)."""
    writers = [
        [
            (output + padding - dilation * tap) // stride
            for tap in range(kernel)
            if (output + padding - dilation * tap) % stride == 0
        ]
        for output in range(stride)
    ]
    (axis,) = transposed((kernel,), (stride,), (padding,), (dilation,)).axes

    assert axis.first == tuple(min(seen, default=None) for seen in writers)
    assert axis.last == tuple(max(seen, default=None) for seen in writers)
