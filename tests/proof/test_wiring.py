"""Who feeds whom, and what blocks, repeats and expressions come to: literal networks."""

from __future__ import annotations

import pytest

from archspec.analysis import Analysis
from tests.support.ladder import analysis_of, network
from tests.support.proof.against_torch import assert_same_as_torch


def inputs_of(analysis: Analysis) -> dict[str, tuple[str, ...]]:
    """Return the names of what feeds each operation."""
    return {node.name: node.inputs for node in analysis.graph.nodes}


def channels_of(analysis: Analysis) -> list[int]:
    """Return the channels behind each entry."""
    return [entry.output[0] for entry in analysis.entries]


def test_an_id_means_the_nearest_entry_of_that_name() -> None:
    analysis = analysis_of(
        network(
            "[2, 8]",
            "tanh: {id: same}",
            "residual: [{relu: {id: same}}, {sigmoid: {}}, {multiply: [same]}]",
            "multiply: [same]",
        )
    )
    feeds = inputs_of(analysis)

    assert feeds["residual1.multiply1"] == ("residual1.sigmoid1", "residual1.same")
    assert feeds["residual1.add"] == ("residual1.multiply1", "same")
    assert feeds["multiply1"] == ("residual1.add", "same")
    assert_same_as_torch(analysis)


def test_previous_says_where_the_value_so_far_stands() -> None:
    lines = ["tanh: {id: a}", "relu: {id: b}", "concat: [a]", "concat: [b, previous, a]"]
    feeds = inputs_of(analysis_of(network("[2, 8]", *lines)))

    assert feeds["concat1"] == ("b", "a")
    assert feeds["concat2"] == ("b", "concat1", "a")


def test_what_is_shared_has_names_of_its_own_and_the_tensors_of_the_first() -> None:
    body = "[{conv: {out_channels: 2, kernel_size: 1, id: inner}}, tanh, {add: [inner]}]"
    analysis = analysis_of(
        network("[2, 8]", "relu", f"residual: {{body: {body}, id: first}}", "share: first")
    )
    feeds = inputs_of(analysis)

    assert feeds["share1.inner.conv"] == ("first.add",)
    assert feeds["share1.add1"] == ("share1.tanh1", "share1.inner.conv")
    assert feeds["share1.add"] == ("share1.add1", "first.add")
    assert list(analysis.param_shapes) == ["first.inner.conv.weight", "first.inner.conv.bias"]
    assert_same_as_torch(analysis)


def test_tensors_are_in_the_networks_order_however_deep_their_names() -> None:
    conv = "{conv: {out_channels: 2, kernel_size: 1}}"
    deep = f"repeat: {{times: 1, layers: [{{residual: [{conv}, prelu]}}, prelu]}}"
    analysis = analysis_of(network("[2, 8]", "prelu", deep, conv[1:-1], "prelu"))

    assert list(analysis.param_shapes) == [
        "prelu1.weight",
        *("repeat1.0.residual1.conv1.conv.weight", "repeat1.0.residual1.conv1.conv.bias"),
        *("repeat1.0.residual1.prelu1.weight", "repeat1.0.prelu1.weight"),
        *("conv1.conv.weight", "conv1.conv.bias", "prelu2.weight"),
    ]
    assert_same_as_torch(analysis)


def test_a_path_may_begin_at_an_earlier_entry() -> None:
    paths = "{a: [relu], b: {from: early, layers: [tanh]}, c: {from: input}}"
    analysis = analysis_of(
        network("[2, 8]", "sigmoid: {id: early}", "elu", f"branches: {{join: add, paths: {paths}}}")
    )
    feeds = inputs_of(analysis)

    assert feeds["branches1.a.relu1"] == ("elu1",)
    assert feeds["branches1.b.tanh1"] == ("early",)
    assert feeds["branches1.add"] == ("branches1.a.relu1", "branches1.b.tanh1", "input")
    assert_same_as_torch(analysis)


def test_rounds_are_numbered_from_0() -> None:
    conv = '{conv: {out_channels: "${index * 2 + 1}", kernel_size: 1}}'
    analysis = analysis_of(network("[9, 8]", f"repeat: {{times: 3, layers: [{conv}]}}"))

    assert channels_of(analysis) == [1, 3, 5]
    assert [entry.entry.id for entry in analysis.entries] == ["0.conv1", "1.conv1", "2.conv1"]
    assert_same_as_torch(analysis)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 // 2", 3),
        ("8 + -7 // 2", 4),  # Python's //, which rounds down
        ("11 % 4", 3),
        ("2 + 3 * 4", 14),
        ("9 - 2 - 1", 6),
        ("max(2, 5) - min(2, 5)", 3),
        ("1 + (2 > 1) + (2 >= 3) + (2 != 2)", 2),
        ("width", 6),
        ("width // 4 * 3", 3),
    ],
)
def test_an_expression_has_its_value(expression: str, value: int) -> None:
    conv = f'conv: {{out_channels: "${{{expression}}}", kernel_size: "${{width - 5}}"}}'
    analysis = analysis_of(
        network("[2, 8]", conv).replace("layers:", "parameters: {width: 6}\nlayers:")
    )

    assert channels_of(analysis) == [value]


@pytest.mark.parametrize(("width", "kind"), [(6, "relu"), (2, "tanh")])
def test_a_condition_chooses_what_stands_there(width: int, kind: str) -> None:
    when = 'when: {condition: "${width > 4}", layers: [relu], otherwise: [tanh]}'
    text = network("[2, 8]", when).replace("layers:", f"parameters: {{width: {width}}}\nlayers:", 1)

    assert [node.kind for node in analysis_of(text).nodes] == [kind]


def test_a_block_knows_its_own_parameters_and_those_of_the_file() -> None:
    block = """\
parameters: {width: 3, other: 4}
blocks:
  Wide:
    parameters: {width: 5, more: "${width + other}"}
    layers:
      - conv: {out_channels: $width, kernel_size: 1}
      - conv: {out_channels: $more, kernel_size: 1}
layers:
"""
    lines = ["conv: {out_channels: $width, kernel_size: 1}", "Wide", "Wide: {width: $width}"]
    analysis = analysis_of(network("[2, 8]", *lines).replace("layers:\n", block))

    assert channels_of(analysis) == [3, 5, 9, 3, 7]
    assert_same_as_torch(analysis)


@pytest.mark.parametrize(
    ("lines", "shape"),
    [
        (["tanh: {id: a}", "gap", "multiply: [a]"], (3, 4, 5)),
        (["tanh: {id: a}", "gap", "add: {inputs: [a], broadcast: true}"], (3, 4, 5)),
        (
            [
                "tanh: {id: a}",
                *(
                    "mean: {dim: 2, keepdim: true, id: b}",
                    "share: a",
                    "mean: {dim: 3, keepdim: true}",
                ),
                "multiply: [b, a]",
            ],
            (3, 4, 5),
        ),
        (["tanh: {id: a}", "conv: {out_channels: 2, kernel_size: 1}", "concat: [a]"], (5, 4, 5)),
        (["tanh: {id: a}", "crop: [0, 0, 0, 1]", "concat: {inputs: [a], dim: 2}"], (3, 7, 5)),
    ],
)
def test_a_join_has_its_shape(lines: list[str], shape: tuple[int, ...]) -> None:
    analysis = analysis_of(network("[3, 4, 5]", *lines))

    assert analysis.output == shape
    assert_same_as_torch(analysis)
