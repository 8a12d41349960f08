"""`blocks:`: layer lists with names and parameters, used like a kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.analysis import analyze
from archspec.diagnostics import Source
from archspec.graph import make_graph
from archspec.language import Spec, read_spec, read_text
from archspec.language.blocks import SHIPPED, block_parameters, shipped_block
from archspec.language.yaml_reader import read_tree
from archspec.layers.activation import ReLU
from archspec.layers.activation_smooth import SiLU, Tanh
from archspec.layers.conv import Conv
from archspec.layers.norm import BatchNorm
from tests.support.items import ids, layers
from tests.support.ladder import analysis_of, spec_of

HEAD = "archspec: 1\ninput: [3, 16, 16]\ndefaults: {conv: {kernel_size: 1}}\n"
BOTTLENECK = """\
  Bottleneck:
    doc: a narrow way and a wide one
    parameters:
      planes: integer
      stride: 1
      expanded: ${planes * factor}
      activation: relu
      is_biased: false
      share: 0.5
      norm: text
    layers:
      - conv: {out_channels: $planes, bias: $is_biased, activation: $activation, norm: $norm}
      - conv: {out_channels: $expanded, stride: $stride, dropout: $share}
"""
WITH_BLOCK = f"{HEAD}parameters: {{factor: 4}}\nblocks:\n{BOTTLENECK}"


def convs(spec: Spec) -> list[Conv]:
    """Return the convolutions of a spec that has nothing else."""
    found = [layer for layer in layers(spec) if isinstance(layer, Conv)]
    assert len(found) == len(layers(spec))
    return found


def used(use: str) -> tuple[Conv, Conv]:
    """Return the two layers of the block above where it is used in one way."""
    first, second = convs(spec_of(f"{WITH_BLOCK}layers:\n  - Bottleneck: {use}\n"))
    return first, second


def test_defaults_stand_where_nothing_is_given() -> None:
    first, second = used("{planes: 8, norm: none}")

    assert first == Conv(8, (1,), bias=False, activation=ReLU())
    assert (second.out_channels, second.stride, getattr(second.dropout, "p", None)) == (
        32,
        (1,),
        0.5,
    )


def test_what_is_given_comes_over_defaults_and_what_is_computed_from_them() -> None:
    use = "{planes: 8, stride: 2, expanded: 5, activation: tanh, is_biased: true, norm: batch}"
    first, second = used(use)

    assert first == Conv(8, (1,), bias=True, activation=Tanh(), norm=BatchNorm())
    assert (second.out_channels, second.stride) == (5, (2,))


def test_a_number_parameter_takes_a_whole_number() -> None:
    _, second = used("{planes: 8, norm: none, share: 0}")

    assert second.dropout is None


def test_a_given_value_may_be_an_expression_of_where_the_block_is_used() -> None:
    layers = "layers: [{repeat: {times: 2, layers: [{Wide: {planes: '${8 + index * 8}'}}]}}]\n"
    block = "blocks: {Wide: {parameters: {planes: integer}, layers: [{conv: $planes}]}}\n"

    assert [conv.out_channels for conv in convs(spec_of(HEAD + block + layers))] == [8, 16]


@pytest.mark.parametrize("use", ["Wide: 8", "Wide: {planes: 8}", "Wide: {planes: 8, id: one}"])
def test_a_scalar_stands_for_the_first_parameter(use: str) -> None:
    block = "blocks: {Wide: {parameters: {planes: integer, rest: 1}, layers: [{conv: $planes}]}}\n"

    assert [c.out_channels for c in convs(spec_of(f"{HEAD}{block}layers: [{{{use}}}]\n"))] == [8]


@pytest.mark.parametrize("use", ["Plain", "{Plain: }", "{Plain: {}}", "{Plain: {id: one}}"])
def test_a_block_without_parameters_may_be_a_bare_word(use: str) -> None:
    block = "blocks: {Plain: {layers: [{conv: 8}]}}\n"

    assert [c.out_channels for c in convs(spec_of(f"{HEAD}{block}layers: [{use}]\n"))] == [8]


def test_blocks_hold_blocks_whose_names_are_their_own() -> None:
    text = f"""{HEAD}
blocks:
  Stage:
    parameters: {{width: integer, times: 2}}
    layers:
      - repeat: {{times: $times, layers: [{{Pair: "${{width + index}}"}}]}}
  Pair:
    parameters: {{width: integer}}
    layers: [{{conv: $width}}, {{conv: "${{width * 2}}"}}]
layers:
  - Stage: 4
  - Stage: {{width: 6, times: 1}}
"""
    assert [conv.out_channels for conv in convs(spec_of(text))] == [4, 8, 5, 10, 6, 12]


def test_only_its_own_parameters_and_those_of_the_spec_are_known_inside() -> None:
    text = f"""{HEAD}
parameters: {{width: 4}}
blocks:
  Outer: {{parameters: {{deep: 3}}, layers: [{{conv: $deep}}, Inner]}}
  Inner: {{layers: [{{conv: $width}}, {{conv: $deep}}]}}
layers: [Outer]
"""
    (fault,) = read_text(text).diagnostics

    assert (fault.code, fault.message) == (
        "unknown-parameter",
        "no parameter is called `deep`",
    )


def test_a_parameter_of_a_block_stands_before_one_of_the_spec() -> None:
    text = f"""{HEAD}
parameters: {{width: 4}}
blocks:
  One: {{parameters: {{width: 8, half: "${{width // 2}}"}}, layers: [{{conv: $half}}]}}
layers: [One, {{conv: $width}}]
"""
    assert [conv.out_channels for conv in convs(spec_of(text))] == [4, 4]


def test_a_block_may_have_no_layers() -> None:
    text = f"{HEAD}blocks: {{Nothing: {{layers: []}}}}\nlayers: [{{conv: 8}}, Nothing, gap]\n"

    assert ids(analysis_of(text)) == ["conv1", "gap"]


def test_a_block_of_a_block_lies_in_both_their_names() -> None:
    text = f"""{HEAD}
blocks:
  Outer: {{layers: [{{conv: 3}}, Inner, {{Inner: {{id: second}}}}]}}
  Inner: {{layers: [{{conv: 3}}, {{conv: 3}}]}}
layers: [{{Outer: {{id: stem}}}}, {{conv: 3}}]
"""
    assert ids(analysis_of(text)) == [
        "stem.conv1",
        "stem.inner1.conv1",
        "stem.inner1.conv2",
        "stem.second.conv1",
        "stem.second.conv2",
        "conv1",
    ]


@pytest.mark.parametrize(
    ("child", "channels"),
    [
        pytest.param("blocks: {One: {layers: [{conv: 9}]}}", [9, 2], id="layers"),
        pytest.param("blocks: {One: {parameters: {width: 9}}}", [9, 2], id="one parameter"),
        pytest.param("blocks: {Three: {layers: [relu]}}", [1, 2], id="another block"),
        pytest.param(
            "blocks: {Two: null}\nedit: {remove: [two1]}", [1], id="a block is taken away"
        ),
        pytest.param(
            "blocks: {New: {layers: [{conv: 7}]}}\nedit: {after: {one1: [New]}}",
            [1, 7, 2],
            id="a block of its own in an edit",
        ),
    ],
)
def test_blocks_of_a_child_are_merged_by_their_names(
    tmp_path: Path, child: str, channels: list[int]
) -> None:
    blocks = "blocks: {One: {parameters: {width: 1}, layers: [{conv: $width}]}, "
    parent = f"{HEAD}{blocks}Two: {{layers: [{{conv: 2}}]}}}}\nlayers: [One, Two]\n"
    (tmp_path / "parent.yaml").write_text(parent, encoding="utf-8")
    path = tmp_path / "child.yaml"
    path.write_text(f"archspec: 1\nextends: parent.yaml\n{child}\n", encoding="utf-8")

    reading = read_spec(path)

    assert reading.diagnostics == ()
    assert reading.spec is not None
    assert [conv.out_channels for conv in convs(reading.spec)] == channels


def test_an_override_sets_the_default_of_a_block(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    block = "blocks: {One: {parameters: {width: 1}, layers: [{conv: $width}]}}\n"
    path.write_text(f"{HEAD}{block}layers: [One]\n", encoding="utf-8")

    spec = read_spec(path, ["blocks.One.parameters.width=5"]).spec

    assert spec is not None
    assert [conv.out_channels for conv in convs(spec)] == [5]


def test_a_fault_in_a_block_that_is_used_ten_times_is_told_once() -> None:
    uses = "  - One\n" * 9
    text = f"{HEAD}blocks:\n  One:\n    layers: [{{conv: {{out_channels: 8, strid: 1}}}}]\n"
    (fault,) = read_text(f"{text}layers:\n  - relu\n  - One\n{uses}").diagnostics
    (use,) = fault.related

    assert fault.span is not None
    assert (fault.span.line, fault.code) == (6, "unknown-field")
    assert (use.span.line, use.message) == (9, "One is used here")


def test_a_shape_fault_in_a_block_that_is_used_ten_times_is_told_once() -> None:
    text = f"{HEAD}blocks:\n  One:\n    layers: [{{max_pool: 32}}]\nlayers:\n"
    uses = "  - branches: {join: add, paths: {a: [One], b: [One], c: [One]}}\n" * 3
    spec = spec_of(text + "  - One\n" + uses)
    _, faults = analyze(make_graph(spec)[0])
    (fault,) = faults

    assert fault.span is not None
    assert (fault.span.line, fault.code) == (6, "kernel-does-not-fit")
    assert [related.span.line for related in fault.related if related.message == "used here"] == [8]


@pytest.mark.parametrize("levels", [61, 400, 5000])
def test_blocks_in_blocks_without_end_are_bounded(levels: int) -> None:
    chain = "".join(f"  B{i}: {{layers: [B{i + 1}]}}\n" for i in range(levels))
    text = f"{HEAD}blocks:\n{chain}  B{levels}: {{layers: [relu]}}\nlayers: [B0]\n"
    (fault,) = read_text(text).diagnostics

    assert (fault.code, fault.message) == ("too-deep", "more than 60 levels of groups and blocks")
    assert len(fault.related) <= 5


def test_blocks_in_blocks_go_as_deep_as_the_bound() -> None:
    chain = "".join(f"  B{i}: {{layers: [B{i + 1}]}}\n" for i in range(59))
    text = f"{HEAD}blocks:\n{chain}  B59: {{layers: [relu]}}\nlayers: [B0]\n"

    assert ids(analysis_of(text)) == ["relu1"]


@pytest.mark.parametrize(
    ("layers", "code"),
    [
        ("[blurr]", "unknown-kind"),
        ("[{conv: {out_channels: 3, strid: 1}}]", "unknown-field"),
        ("[{conv: {out_channels: 0}}]", "out-of-range"),
        ("[{residual: [{linear: {}}]}]", "missing-field"),
        ("[{branches: {join: sum, paths: {a: []}}}]", "unknown-word"),
        ("[{branches: {join: add, paths: {a: [reluu]}}}]", "unknown-kind"),
        ("[{repeat: {times: $n, layers: [{conv: [3]}]}}]", "wrong-type"),
    ],
)
def test_a_block_that_is_not_used_is_looked_over(layers: str, code: str) -> None:
    block = f"blocks: {{Draft: {{parameters: {{n: integer}}, layers: {layers}}}}}\n"
    (fault,) = read_text(f"{HEAD}{block}layers: [relu]\n").diagnostics

    assert (fault.code, fault.related) == (code, ())


@pytest.mark.parametrize(
    "layers",
    [
        "[{conv: $n}]",
        "[{conv: {out_channels: '${n // 0}'}}]",
        "[{conv: {out_channels: $m, activation: $act, norm: {batch: {eps: $e}}}}]",
        "[{conv: 3}, {add: [conv9]}]",
        "[{repeat: {times: $n, layers: [{linear: $index}]}}]",
        "[Draft]",
        "[{Other: }]",
    ],
)
def test_what_depends_on_values_is_no_fault_of_a_block_that_is_not_used(layers: str) -> None:
    block = f"blocks: {{Draft: {{parameters: {{n: integer}}, layers: {layers}}}, "
    text = f"{HEAD}{block}Other: {{layers: []}}}}\nlayers: [relu]\n"

    assert read_text(text).diagnostics == ()


@pytest.mark.parametrize("name", SHIPPED)
def test_the_parameters_of_a_shipped_block_are_known_without_reading_its_file(name: str) -> None:
    assert block_parameters(None)[name] == tuple(shipped_block(name).parameters)


def test_every_shipped_block_is_known() -> None:
    assert set(block_parameters(None)) == set(SHIPPED)


def test_squeeze_excitation_scales_each_channel() -> None:
    """Hu et al. 2017: pool to (C, 1, 1), C → C/4 → C by 1×1 convolutions, times the input."""
    use = "SqueezeExcitation: {input_channels: 16, squeeze_channels: 4, activation: silu}"
    text = f"archspec: 1\ninput: [16, 8, 8]\nlayers:\n  - {use}\n  - relu\n"
    analysis = analysis_of(text)

    assert analysis.output == (16, 8, 8)
    assert analysis.totals.params == (16 * 4 + 4) + (4 * 16 + 16)
    assert SiLU() in [node.layer for node in analysis.graph.nodes]


def test_a_block_of_the_file_stands_before_a_shipped_one() -> None:
    block = "blocks: {SqueezeExcitation: {layers: [{conv: 5}]}}\n"
    text = f"{HEAD}{block}layers: [SqueezeExcitation]\n"

    assert [conv.out_channels for conv in convs(spec_of(text))] == [5]


def test_the_places_of_a_block_are_in_the_block_and_at_its_use() -> None:
    spec = spec_of(f"{HEAD}blocks:\n  One:\n    layers:\n      - conv: 8\nlayers:\n  - One\n")
    analysis, _ = analyze(make_graph(spec)[0])
    assert analysis is not None
    (facts,) = analysis.entries

    assert facts.entry.span.line == 7
    assert [use.line for use in facts.entry.uses] == [9]


def test_a_block_in_a_list_of_aliases_is_used_each_time() -> None:
    text = f"{HEAD}blocks: {{One: {{layers: [{{conv: 3}}]}}}}\nlayers: [&x {{One: }}, *x, *x]\n"

    assert ids(analysis_of(text)) == ["one1.conv1", "one2.conv1", "one3.conv1"]


def test_a_shipped_block_is_sound() -> None:
    for_all = [shipped_block(name) for name in SHIPPED]

    assert all(block.is_sound for block in for_all)
    folder = Path(__file__).parents[2] / "archspec" / "language" / "shipped"
    for path in sorted(folder.iterdir()):
        _, faults = read_tree(Source(path.name, path.read_text("utf-8")))
        assert faults == []
    assert sorted(path.name for path in folder.iterdir()) == sorted(SHIPPED.values())


@pytest.mark.parametrize(
    "defaults", ["", "defaults: {conv: {bias: false, order: [activation, conv], norm: batch}}\n"]
)
def test_a_shipped_block_is_the_same_whatever_the_defaults_say(defaults: str) -> None:
    gate = "SqueezeExcitation: {input_channels: 4, squeeze_channels: 2}"
    reading = read_text(f"archspec: 1\ninput: [4, 8, 8]\n{defaults}layers:\n  - {gate}\n")
    assert reading.spec is not None
    analysis, faults = analyze(make_graph(reading.spec)[0])

    assert analysis is not None, faults
    # Two 1x1 convolutions with their biases: 4 · 2 + 2 and 2 · 4 + 4.
    assert analysis.totals.params == 22
