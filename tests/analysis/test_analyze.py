"""Faults of networks that do not fit: where they are, what they point at, and what stays silent."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archspec.analysis import Analysis, analyze
from archspec.diagnostics import Diagnostic
from archspec.graph import make_graph
from archspec.language import read_text
from tests.support.ladder import analysis_of, network


def faults_of(text: str) -> tuple[Diagnostic, ...]:
    """Return the faults of a network whose layers can be read one by one."""
    reading = read_text(text)
    assert reading.spec is not None
    graph, graph_faults = make_graph(reading.spec)
    analysis, faults = analyze(graph)
    assert analysis is None
    return (*reading.diagnostics, *graph_faults, *faults)


def only_fault(text: str) -> Diagnostic:
    """Return the one fault of a network."""
    (fault,) = faults_of(text)
    return fault


def lines(fault: Diagnostic) -> list[int]:
    """Return the line of a fault, and those of the places that it points at."""
    assert fault.span is not None
    return [fault.span.line, *(related.span.line for related in fault.related)]


def text_at(fault: Diagnostic) -> str:
    """Return what stands at the place of a fault."""
    span = fault.span
    assert span is not None
    assert span.line == span.end_line
    return span.source.line(span.line)[span.column - 1 : span.end_column - 1]


# In network(): line 2 is the input, line 4 the first layer.


@pytest.mark.parametrize(
    ("input", "layers", "code", "at", "where"),
    [
        pytest.param("[1, 4, 4]", ["conv: {out_channels: 2, kernel_size: 7}"],
                     "kernel-does-not-fit", "7", [4, 2], id="kernel"),
        pytest.param("[1, 4, 4]", ["max_pool: 2", "max_pool: 3"],
                     "kernel-does-not-fit", "3", [5, 4], id="shorthand"),
        pytest.param("[3, 4, 4]", ["conv: {out_channels: 4, kernel_size: 1, groups: 2}"],
                     "groups-do-not-divide", "2", [4, 2], id="groups"),
        pytest.param("[3, 4, 4]", ["conv: {out_channels: 4, kernel_size: 1, norm: {group: 3}}"],
                     "groups-do-not-divide", "3", [4], id="norm-inside-an-entry"),
        pytest.param("[3, 4, 4]", ["relu", "linear: 10"],
                     "not-flattened", "linear", [5, 4], id="linear-on-a-map"),
        pytest.param("[3, 4, 4]", ["flatten", "max_pool: 2"],
                     "wrong-rank", "max_pool", [5, 4], id="pool-on-features"),
        pytest.param("[3, 4, 4]", ["max_pool: [2, 2, 2]"],
                     "wrong-length", "max_pool", [4, 2], id="three-numbers-for-two-axes"),
        pytest.param("[3, 4, 4]",
                     ["conv: {out_channels: 4, kernel_size: 3, stride: 2, padding: same}"],
                     "same-needs-stride-1", "same", [4, 2], id="same-with-stride"),
        pytest.param("[3, 4]", ["upsample: {scale_factor: 2, size: 8}"],
                     "one-of-two", "upsample", [4, 2], id="factor-and-size"),
        pytest.param("[3, 4]", ["upsample: {scale_factor: 2, mode: bilinear}"],
                     "wrong-rank", "bilinear", [4, 2], id="mode-of-another-rank"),
        pytest.param("[3, 4]", ["crop: 2"], "nothing-left", "2", [4, 2], id="crop"),
        pytest.param("[3, 4, 4]", ["gap", "instance_norm"],
                     "nothing-to-normalize", "instance_norm", [5, 4], id="norm-of-one-value"),
        pytest.param("[4, 4, 4]", ["gap", "group_norm: 4"],
                     "nothing-to-normalize", "4", [5, 4], id="groups-of-one-value"),
        pytest.param("[3, 4]",
                     ["conv_transpose: {out_channels: 1, kernel_size: 2, output_padding: 1}"],
                     "output-padding-too-large", "1", [4, 2], id="output-padding"),
        pytest.param("[3, 4]", ["conv_transpose: {out_channels: 1, kernel_size: 1, padding: 2}"],
                     "padding-too-large", "2", [4, 2], id="everything-cut-off"),
        pytest.param("[3, 8]", ["max_pool: {kernel_size: 3, padding: 2}"],
                     "padding-too-large", "2", [4, 2], id="pool-padding"),
        pytest.param("[3, 3]",
                     ["conv: {out_channels: 1, kernel_size: 3, padding: 3, padding_mode: reflect}"],
                     "padding-too-large", "3", [4, 2], id="reflection"),
    ],
)  # fmt: skip
def test_a_fault_has_its_place_and_the_layer_that_made_the_shape(
    input: str, layers: list[str], code: str, at: str, where: list[int]
) -> None:
    fault = only_fault(network(input, *layers))

    assert fault.code == code
    assert lines(fault) == where
    assert text_at(fault) == at
    assert fault.help


def test_a_layer_behind_an_unknown_shape_is_silent() -> None:
    text = network(
        *("[1, 8, 8]", "max_pool: 9", "max_pool: 9", "conv: {out_channels: 2, kernel_size: 50}")
    )

    assert [lines(fault)[0] for fault in faults_of(text)] == [4]


def test_a_fault_of_a_field_does_not_hide_another_entrys() -> None:
    text = network(
        "[1, 8, 8]",
        "max_pool: 9",  # a size that does not fit: silences what comes behind
        "conv: {out_channels: 0, kernel_size: 3}",  # a value out of range: found all the same
        "wobble: 3",
    )

    assert sorted(lines(fault)[0] for fault in faults_of(text)) == [4, 5, 6]


def test_an_order_that_leaves_a_part_out_is_a_fault_at_the_order() -> None:
    fault = only_fault(
        network(
            "[1, 8, 8]",
            "conv: {out_channels: 2, kernel_size: 3, norm: batch, order: [conv, activation]}",
        )
    )

    assert fault.code == "incomplete-order"
    assert lines(fault) == [4]


def test_a_pattern_without_end_is_a_fault_and_no_hang() -> None:
    fault = only_fault(network("[1, 10007]", "upsample: {size: 10009}"))

    assert fault.code == "irregular-resampling"


def test_the_parts_of_an_entry_are_nodes_with_the_entrys_sums() -> None:
    analysis = analysis_of(
        network(
            "[3, 6]",
            "conv: {out_channels: 4, kernel_size: 3, norm: batch, activation: relu, dropout: 0.1}",
        )
    )
    (entry,) = analysis.entries

    assert [node.name for node in entry.nodes] == [
        *("conv1.conv", "conv1.norm", "conv1.activation", "conv1.dropout")
    ]
    assert entry.params == 4 * 3 * 3 + 4 + 2 * 4
    assert entry.buffers == 2 * 4 + 1
    assert entry.macs == 4 * 4 * 3 * 3
    assert entry.activation_elements == 4 * (4 * 4)
    assert (entry.inputs, entry.output) == (((3, 6),), (4, 4))
    assert (entry.kernel, entry.stride) == ((3,), (1,))


def test_totals_are_the_sums_of_the_entries() -> None:
    analysis: Analysis = analysis_of(network("[2, 5]", "linear: 3", "relu", "flatten", "linear: 4"))

    # Rows: 2 · 3 · 5 products; then 6 features to 4.
    assert analysis.totals.macs == 2 * 3 * 5 + 6 * 4
    assert analysis.totals.params == (5 * 3 + 3) + (6 * 4 + 4)
    assert analysis.totals.activation_elements == 6 + 6 + 6 + 4
    assert analysis.totals.activation_bytes == 4 * 22


def test_the_input_sees_itself() -> None:
    field = analysis_of(network("[1, 5, 6]", "identity")).receptive_field

    assert (field.size, field.jump, field.start) == ((1, 1), (Fraction(1), Fraction(1)), (0, 0))
