"""Joins: gates, axes in another order, and units that do not lie over each other."""

from __future__ import annotations

import pytest

from archspec.analysis import analyze
from archspec.graph import make_graph
from tests.support.ladder import analysis_of, network, spec_of
from tests.support.proof.gradient_field import assert_receptive_field
from tests.support.proof.lines import BODY, SQUEEZE, concat, conv, residual


@pytest.mark.parametrize(
    ("layers", "size"),
    [
        pytest.param([conv(3), SQUEEZE, conv(3)], 5, id="squeeze-excitation"),
        pytest.param(
            [conv(3), "branches: {join: add, paths: {a: [], b: [gap, {upsample: {size: 14}}]}}"],
            16,  # spread by a layer, it is a map like any other, whose units see it all
            id="a-pooled-map-spread-by-upsampling",
        ),
        pytest.param([conv(3, padding=1), *("flatten: {start_dim: 2}", "permute: [0, 2, 1]"),
                      *("multi_head_attention: 1", "permute: [0, 2, 1]"),
                      "reshape: [2, 16, 16]", conv(3)], 5, id="attention"),
        # One query, of all that the map sees, and the tokens that tell it of what they see.
        pytest.param([conv(3, padding=1), *("flatten: {start_dim: 2}", "permute: [0, 2, 1]"),
                      *("identity: {id: tokens}", "mean: {dim: 1, keepdim: true}"),
                      "multi_head_attention: {num_heads: 1, key: tokens}"], 18, id="one-query"),
        # Neighbours in a row of all positions are neighbours on the map just along one axis.
        pytest.param([conv(3), "flatten: {start_dim: 2}", conv(3)], 3, id="windows-in-a-row"),
    ],
)  # fmt: skip
def test_a_gate_is_global_with_the_figure_without_it_beside(layers: list[str], size: int) -> None:
    analysis = analysis_of(network("[1, 16, 16]", *layers))

    assert analysis.receptive_field.is_global == ("upsample" not in str(layers))
    assert analysis.receptive_field.size == (size, size)
    assert_receptive_field(analysis)


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param([*("permute: [0, 2, 3, 1]", "layer_norm: {normalized_dims: 1}", "linear: 3",
                        "permute: [0, 3, 1, 2]")], id="channels-last"),
        pytest.param([*("flatten: {start_dim: 2}", "permute: [0, 2, 1]", "linear: 3",
                        "positional_embedding", "permute: [0, 2, 1]", "reshape: [3, 16, 16]")],
                     id="tokens-and-back"),
    ],
)  # fmt: skip
def test_a_layer_over_channels_that_stand_elsewhere_sees_its_own_place(layers: list[str]) -> None:
    analysis = analysis_of(network("[2, 16, 16]", conv(3, padding=1), *layers, conv(3)))

    assert not analysis.receptive_field.is_global
    assert analysis.receptive_field.size == (5, 5)
    assert_receptive_field(analysis)


def test_a_join_sees_what_either_side_sees_be_it_on_two_sides() -> None:
    """One path sees 3 pixels from -2 on, the other one 5 from 0 on."""
    paths = concat(["zero_pad: [2, 0]", conv(3)], ["zero_pad: [0, 4]", conv(5)])
    graph, _ = make_graph(spec_of(network("[1, 17]", paths)))
    analysis, _ = analyze(graph)

    assert analysis is not None
    assert analysis.receptive_field.size == (7,)
    assert analysis.receptive_field.start == (-2,)
    assert_receptive_field(analysis)


def test_maps_that_are_put_in_a_row_are_seen_one_behind_the_other() -> None:
    """Units 0 to 11 see 3 pixels each; 12 to 16 see 7, at a distance of 2."""
    lines = [conv(3, padding=1, id="a"), conv(5, stride=2, padding=1)]
    row = analysis_of(network("[2, 12]", *lines, "concat: {inputs: [a, previous], dim: 2}"))
    pairs = analysis_of(network("[2, 12]", *lines, "concat: {inputs: [a, previous], dim: 2}",
                                "max_pool: {kernel_size: 2, stride: 1}"))  # fmt: skip

    assert row.receptive_field.size == (7,)
    assert row.receptive_field.start == (-1,)
    assert row.receptive_field.clipped == (7,)
    # The last of the one and the first of the other: pixels 10 to 12, and -2 to 4.
    assert pairs.receptive_field.size == (15,)
    assert_receptive_field(row)
    assert_receptive_field(pairs)


def warnings_of(*layers: str) -> list[str]:
    """Return the codes of what a network with these layers is warned of."""
    graph, _ = make_graph(spec_of(network("[2, 17, 17]", *layers)))
    analysis, faults = analyze(graph)
    assert analysis is not None
    assert_receptive_field(analysis)
    return [fault.code for fault in faults]


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param([residual(BODY, ["adaptive_avg_pool: 9"])], id="another-jump"),
        # The body sees pixels 0 to 6 and the shortcut pixel 1, 2 from their centre.
        pytest.param([residual([conv(7)], ["crop: [1, 5, 1, 5]"])], id="another-centre"),
        # A whole step from the centre, behind striding: -3 to 3, and -2.
        pytest.param([residual(BODY, [conv(1, stride=2, padding=2),
                                      "crop: [0, 2, 0, 2]"])], id="a-step-aside"),
        # What is joined once more, or padded, is followed unit by unit, and warned of once.
        pytest.param([residual(BODY, ["adaptive_avg_pool: 9"]), residual([conv(3, padding=1)], []),
                      "gap"], id="once"),
        # Behind the map there is nothing, be it of the first unit's or the last one's field.
        pytest.param([residual(BODY, ["adaptive_avg_pool: 9"]), conv(3, padding=1)], id="padded"),
    ],
)  # fmt: skip
def test_a_join_of_units_that_do_not_lie_over_each_other_is_warned_of(layers: list[str]) -> None:
    assert warnings_of(*layers) == ["misaligned-join"]


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param([residual(BODY, [conv(1, stride=2)])], id="same-centre"),
        pytest.param([residual([conv(3)], ["crop: 1"])], id="cropped-around"),
        pytest.param([residual([conv(2)], ["crop: [0, 1, 0, 1]"])], id="half-a-pixel"),
        pytest.param([residual(["zero_pad: [2, 0, 2, 0]", conv(3)], [])], id="causal"),
        pytest.param([SQUEEZE], id="gate"),
        # Units behind the up-sampling stand half a pixel to the left and to the right in turns.
        pytest.param(["crop: [0, 1, 0, 1]", "identity: {id: early}", "max_pool: 2", "upsample: 2",
                      "concat: [early]"], id="u-shape"),
        # Of pooled maps each has one unit: there is nothing that could lie beside another.
        pytest.param([concat(["gap"], [conv(3, stride=2), "gap"])], id="pooled-at-two-scales"),
        pytest.param(["flatten: {start_dim: 2}", residual(["linear: 289"], [])], id="mixer"),
    ],
)  # fmt: skip
def test_a_join_of_units_in_the_same_place_is_not_warned_of(layers: list[str]) -> None:
    assert warnings_of(*layers) == []
