"""Cases where other tools are wrong: the literal figure, and the gradient's extent beside it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.support.ladder import analysis_of, network
from tests.support.proof.against_torch import assert_same_as_torch
from tests.support.proof.gradient_field import assert_receptive_field
from tests.support.proof.lines import BODY, PATHS, concat, conv, residual

TRANSPOSED = "conv_transpose: {out_channels: 2, kernel_size: 4, stride: 2, padding: 1}"
CASES = [
    pytest.param(
        [conv(3), conv(3, dilation=2), conv(3, dilation=4)], (15, 15), id="dilation-1-2-4"
    ),
    pytest.param([conv("[3, 7]"), conv(3)], (5, 9), id="3x7-then-3"),
    pytest.param([conv(3, stride="[2, 1]"), conv(3)], (7, 5), id="stride-2x1-then-3"),
    pytest.param([conv(3, dilation="[1, 3]"), conv(3)], (5, 9), id="dilation-1x3-then-3"),
    pytest.param(
        [conv(3), "max_pool: {kernel_size: 3, stride: 2, ceil_mode: true}", conv(3)],
        (9, 9),
        id="3-max-pool-3/2-ceil-3",
    ),
    pytest.param(
        [conv(3), "max_pool: {kernel_size: 3, stride: 1, dilation: 2}"],
        (7, 7),
        id="3-max-pool-3/1-dilation-2",
    ),
    pytest.param([conv(1, stride=2), conv(3)], (5, 5), id="1x1-stride-2-then-3"),
    pytest.param(
        [conv(3, stride=2), TRANSPOSED, conv(3)], (7, 7), id="stride-2-3-transposed-4/2/1-3"
    ),
    pytest.param([conv(3, stride=2), "upsample: 2", conv(3)], (5, 5), id="stride-2-3-nearest-2-3"),
    pytest.param([*BODY, "gap"], (69, 69), id="padded-3/2-3-global-pool-on-64"),
    # The body sees 7 pixels at jump 2, the shortcut one; a 3×3 behind them adds 2 · 2.
    pytest.param(
        [residual(BODY, [conv(1, stride=2)]), conv(3, padding=1)], (11, 11), id="strided-residual"
    ),
    pytest.param(
        [concat(*([path] for path in PATHS)), conv(1)], (5, 5), id="concat-of-5-3-1-then-1"
    ),
    # Skips by id: what is seen on the long way and on the short one.
    pytest.param(
        [
            conv(3, padding=1, id="early"),
            "max_pool: 2",
            conv(3, padding=1),
            "upsample: 2",
            "concat: [early]",
        ],
        (8, 8),
        id="u-shape",
    ),
    pytest.param(
        [
            "conv: {out_channels: 1, kernel_size: 3, padding: 1}",
            *("add: [input]", "share: conv1", "share: conv1"),
        ],
        (7, 7),
        id="shared-three-times",
    ),
]


@pytest.mark.parametrize(("layers", "size"), CASES)
def test_a_known_case_has_its_size(layers: list[str], size: tuple[int, int]) -> None:
    analysis = analysis_of(network("[1, 64, 64]", *layers))

    assert analysis.receptive_field.size == size
    assert_same_as_torch(analysis)
    assert_receptive_field(analysis)


@pytest.mark.parametrize(
    ("layers", "size", "clipped"),
    [
        pytest.param([*BODY, "gap"], 69, 64, id="padded-then-global-pool"),
        # What lies on the input of unit 0: pixels 0 to 3 of -3 to 3.
        pytest.param([conv(7, padding=3, stride=64)], 7, 4, id="unit-in-the-corner"),
        # 21 windows of 3: the last pixel is left out.
        pytest.param(["max_pool: 3", "gap"], 63, 63, id="pixels-left-out"),
        # The padding of the second one hides nothing of the input, but units of the first one.
        pytest.param(["crop: 3", conv(3, padding=1), "gap"], 60, 58, id="padding-behind-a-crop"),
        # Taps 40 apart: those of a unit never lie on the input together but for a few.
        pytest.param([conv(2, dilation=63)], 64, 64, id="taps-at-both-ends"),
        pytest.param([conv(3, dilation=63, padding=63)], 127, 64, id="taps-beyond-both-ends"),
        pytest.param([conv(2, dilation=70, padding=8)], 71, 1, id="one-tap-of-two"),
    ],
)
def test_a_known_case_has_its_size_on_the_input(layers: list[str], size: int, clipped: int) -> None:
    analysis = analysis_of(network("[1, 64, 64]", *layers))

    assert analysis.receptive_field.size == (size, size)
    assert analysis.receptive_field.clipped == (clipped, clipped)
    assert_receptive_field(analysis)


@pytest.mark.parametrize(
    ("layers", "jump", "start"),
    [
        pytest.param([conv(3, stride=2, padding=1)], 2, -1, id="padded-stride-2"),
        # Each start is -1 pixel units before: -1, then -1 - 2, for jumps 1 and 2.
        pytest.param([conv(3, stride=2, padding=1), conv(3, padding=1)], 2, -3, id="padded-twice"),
        pytest.param(["upsample: 2"], Fraction(1, 2), 0, id="nearest"),
        pytest.param(
            ["upsample: {scale_factor: 2, mode: bilinear}"], Fraction(1, 2), -1, id="linear"
        ),
        # The centre of output 0 stands at 1/2 · 3/4 - 1/2 < 0, between pixels -1 and 0.
        pytest.param(
            ["upsample: {size: 48, mode: bilinear}"], Fraction(3, 4), -1, id="linear-by-4/3"
        ),
        pytest.param(["conv_transpose: {out_channels: 1, kernel_size: 2, stride: 2}"],
                     Fraction(1, 2), 0, id="transposed-2/2"),
        pytest.param(["zero_pad: [2, 2, 2, 2]"], 1, -2, id="zero-pad"),
        pytest.param(["crop: 3", conv(3)], 1, 3, id="crop"),
        pytest.param(["max_pool: {kernel_size: 3, stride: 2, padding: 1}"], 2, -1, id="max-pool"),
        # An even kernel's 3 pixels are 1 in front and 2 behind.
        pytest.param([conv(4, padding="same")], 1, -1, id="same-even-kernel"),
        pytest.param(["adaptive_avg_pool: 9"], 4, 0, id="adaptive-36-to-9"),
        pytest.param(["gap"], 1, 0, id="gap"),
        pytest.param([residual(BODY, [conv(1, stride=2)])], 2, -3, id="strided-residual"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_a_known_case_has_its_jump_and_start(layers: list[str], jump: Fraction, start: int) -> None:
    analysis = analysis_of(network("[1, 36, 36]", *layers))

    assert analysis.receptive_field.jump == (jump, jump)
    assert analysis.receptive_field.start == (start, start)
    assert_receptive_field(analysis)


@pytest.mark.parametrize(
    ("layers", "size"),
    [
        # Phases 0 and 1 see one or two units before: 2 rows of 4 taps fall on 2 inputs.
        pytest.param([TRANSPOSED], 2, id="transposed-4/2/1"),
        # Behind a stride beyond the kernel, one unit in three sees nothing; the others one pixel.
        pytest.param(
            ["conv_transpose: {out_channels: 1, kernel_size: 2, stride: 3}"], 1, id="holes"
        ),
        # A dilated kernel puts a unit's later neighbour further back: 0, -1, 1, 0, 2, 1, ...
        pytest.param(
            [
                "conv_transpose: {out_channels: 1, kernel_size: 2, stride: 2, dilation: 3}",
                "max_pool: {kernel_size: 2, stride: 1}",
            ],
            3,
            id="transposed-out-of-order",
        ),
        # Every second unit sees a pixel; of two taps 3 apart one does, whatever lies between.
        pytest.param(
            [
                "conv_transpose: {out_channels: 1, kernel_size: 1, stride: 2}",
                "max_pool: {kernel_size: 2, stride: 1, dilation: 3}",
            ],
            1,
            id="taps-across-holes",
        ),
        # Units 0 to 5 take pixels 0, 0, 1, 2, 2, 3: neighbours span at most 2.
        pytest.param(
            ["upsample: {size: 12}", "conv: {out_channels: 1, kernel_size: 2}"],
            2,
            id="nearest-8-to-12-then-2",
        ),
        # 5 units out of 8 pixels: windows of 2 or 3 pixels (⌊8i/5⌋ to ⌈8(i+1)/5⌉).
        pytest.param(["adaptive_max_pool: 5"], 3, id="adaptive-8-to-5"),
    ],
)
def test_where_units_differ_the_largest_field_counts(layers: list[str], size: int) -> None:
    analysis = analysis_of(network("[1, 8]", *layers))

    assert analysis.receptive_field.size == (size,)
    assert_receptive_field(analysis)


def test_units_that_only_read_holes_see_nothing() -> None:
    """Pixels stand at every third unit; padded by 1 and read in steps of 3, none is ever read."""
    analysis = analysis_of(
        network(
            "[1, 6]",
            "conv_transpose: {out_channels: 1, kernel_size: 1, stride: 3}",
            conv(1, padding=1, stride=3),
        )
    )

    assert analysis.receptive_field.size == (0,)
    assert_receptive_field(analysis)


@pytest.mark.parametrize("norm", ["group: 2", "layer: {}", "instance: {}"])
def test_a_norm_over_space_is_global_with_the_figure_without_it_beside(norm: str) -> None:
    analysis = analysis_of(network("[1, 16, 16]", conv(3, norm=f"{{{norm}}}"), conv(3)))

    assert analysis.receptive_field.is_global
    assert analysis.receptive_field.size == (5, 5)
    assert_receptive_field(analysis)
