"""`parameters:` of a spec: what its layers mention, and what a child and `--set` change."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic
from archspec.language import Reading, Spec, read_spec, read_text
from archspec.layers.activation import ReLU
from archspec.layers.activation_smooth import Tanh
from archspec.layers.conv import Conv
from tests.support.items import entries, every_entry, layers
from tests.support.ladder import spec_of

FAMILY = """\
archspec: 1
input: [3, $size, 16]
parameters:
  width: 16
  size: 32
  half: ${width // 2}
  activation: relu
  is_biased: false
  share: 0.25
defaults:
  conv: {kernel_size: 3, activation: $activation, bias: $is_biased, dropout: $share}
layers:
  - conv: $width
  - conv: {out_channels: $half, kernel_size: ["${width % 5}", 1]}
"""


def reading(folder: Path, child: str, overrides: tuple[str, ...] = ()) -> Reading:
    """Read a child of the family above."""
    (folder / "family.yaml").write_text(FAMILY, encoding="utf-8")
    path = folder / "child.yaml"
    path.write_text(f"archspec: 1\nextends: family.yaml\n{child}", encoding="utf-8")
    return read_spec(path, overrides)


def child_of(folder: Path, child: str, overrides: tuple[str, ...] = ()) -> Spec:
    """Return a child of the family that must have no fault."""
    found = reading(folder, child, overrides)
    assert found.diagnostics == ()
    assert found.spec is not None
    return found.spec


def only_fault(folder: Path, child: str, overrides: tuple[str, ...] = ()) -> Diagnostic:
    """Return the one fault of a child."""
    (fault,) = reading(folder, child, overrides).diagnostics
    return fault


def convs(spec: Spec) -> list[Conv]:
    """Return the convolutions of a spec that has nothing else."""
    found = [layer for layer in layers(spec) if isinstance(layer, Conv)]
    assert len(found) == len(layers(spec))
    return found


def test_parameters_are_known_in_input_defaults_and_layers() -> None:
    spec = spec_of(FAMILY)

    assert spec.input == (3, 32, 16)
    assert [conv.out_channels for conv in convs(spec)] == [16, 8]
    assert [conv.kernel_size for conv in convs(spec)] == [(3,), (1, 1)]
    assert [conv.activation for conv in convs(spec)] == [ReLU(), ReLU()]
    assert [conv.bias for conv in convs(spec)] == [False, False]
    assert [getattr(conv.dropout, "p", None) for conv in convs(spec)] == [0.25, 0.25]


def test_a_child_that_changes_one_parameter_changes_what_follows_from_it(tmp_path: Path) -> None:
    spec = child_of(tmp_path, "parameters: {width: 32}\n")

    assert [conv.out_channels for conv in convs(spec)] == [32, 16]
    assert spec.input == (3, 32, 16)


def test_a_child_may_give_what_its_parent_computed(tmp_path: Path) -> None:
    spec = child_of(tmp_path, "parameters: {half: 5, activation: tanh, is_biased: true}\n")

    assert [conv.out_channels for conv in convs(spec)] == [16, 5]
    assert [conv.activation for conv in convs(spec)] == [Tanh(), Tanh()]
    assert [conv.bias for conv in convs(spec)] == [True, True]


def test_a_child_may_compute_with_its_parents_parameters(tmp_path: Path) -> None:
    spec = child_of(tmp_path, 'parameters: {half: "${width * 2}"}\n')

    assert [conv.out_channels for conv in convs(spec)] == [16, 32]


def test_a_child_may_bring_parameters_for_layers_of_its_own(tmp_path: Path) -> None:
    spec = child_of(tmp_path, "parameters: {deep: 7}\nlayers: [{conv: $deep}]\n")

    assert [conv.out_channels for conv in convs(spec)] == [7]


def test_a_number_may_come_over_a_whole_number(tmp_path: Path) -> None:
    spec = child_of(tmp_path, "parameters: {share: 0}\n")

    assert [conv.dropout for conv in convs(spec)] == [None, None]


@pytest.mark.parametrize(
    ("overrides", "channels"),
    [
        (("parameters.width=64",), [64, 32]),
        (("parameters.width=64", "parameters.half=1"), [64, 1]),
        (("parameters.half=${width * 3}",), [16, 48]),
        (("parameters.width=8", "parameters.width=4"), [4, 2]),
    ],
)
def test_an_override_sets_a_parameter(
    tmp_path: Path, overrides: tuple[str, ...], channels: list[int]
) -> None:
    spec = child_of(tmp_path, "", overrides)

    assert [conv.out_channels for conv in convs(spec)] == channels


def test_an_override_comes_over_a_child(tmp_path: Path) -> None:
    spec = child_of(tmp_path, "parameters: {width: 32}\n", ("parameters.width=64",))

    assert [conv.out_channels for conv in convs(spec)] == [64, 32]


def test_names_that_begin_with_a_capital_are_merged_one_by_one(tmp_path: Path) -> None:
    parent = "archspec: 1\ninput: [3, 8, 8]\nparameters: {Width: 4, Depth: 2}\nlayers:\n"
    text = f"{parent}  - repeat: {{times: $Depth, layers: [{{conv: $Width}}]}}\n"
    text += "defaults: {conv: {kernel_size: 1}}\n"
    (tmp_path / "parent.yaml").write_text(text, encoding="utf-8")
    path = tmp_path / "child.yaml"
    path.write_text("archspec: 1\nextends: parent.yaml\nparameters: {Depth: 3}\n", "utf-8")

    spec = read_spec(path).spec

    assert spec is not None
    assert [conv.out_channels for conv in convs(spec)] == [4, 4, 4]


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("width", "wide", "a whole number"),
        ("width", "true", "a whole number"),
        ("activation", "3", "a text"),
        ("activation", "false", "a text"),
        ("is_biased", "1", "true or false"),
        ("share", "much", "a number"),
        ("share", "true", "a number"),
    ],
)
def test_a_value_of_another_type_is_a_fault_that_points_at_both(
    tmp_path: Path, name: str, value: str, wanted: str
) -> None:
    fault = only_fault(tmp_path, f"parameters:\n  {name}: {value}\n")
    (related,) = fault.related

    assert fault.message.startswith(f"expected {wanted} for `{name}`, got ")
    assert fault.span is not None
    assert str(fault.span) == f"{(tmp_path / 'child.yaml').as_posix()}:4:{len(name) + 5}"
    assert Path(related.span.source.name).name == "family.yaml"


def test_an_override_of_another_type_is_a_fault_in_the_argument(tmp_path: Path) -> None:
    fault = only_fault(tmp_path, "", ("parameters.width=wide",))

    assert fault.code == "wrong-type"
    assert str(fault.span) == "--set parameters.width=wide:1:18"


@pytest.mark.parametrize(
    ("child", "overrides", "place"),
    [
        pytest.param("parameters: {widht: 3}\n", (), "child.yaml:3:14", id="child"),
        pytest.param("", ("parameters.widht=3",), "--set parameters.widht=3:1:12", id="override"),
    ],
)
def test_a_parameter_that_nothing_mentions_is_a_fault(
    tmp_path: Path, child: str, overrides: tuple[str, ...], place: str
) -> None:
    fault = only_fault(tmp_path, child, overrides)

    assert (fault.code, fault.help) == ("unused-parameter", "did you mean `width`?")
    assert str(fault.span).endswith(place)
    assert fault.fix is not None
    assert fault.fix.replacement == "width"


def test_what_a_child_does_not_mention_any_more_is_no_fault_of_its(tmp_path: Path) -> None:
    child = (
        "input: [3, 8, 8]\ndefaults: null\nlayers: [{conv: {out_channels: 2, kernel_size: 1}}]\n"
    )

    assert reading(tmp_path, child).diagnostics == ()


def test_a_parameter_is_mentioned_by_another_one_by_a_block_and_by_an_index() -> None:
    text = """\
archspec: 1
input: [3, 8, 8]
parameters: {a: 1, b: "${a + 1}", c: 3, d: 4}
blocks:
  One: {parameters: {width: $b}, layers: [{conv: {out_channels: $width, kernel_size: $c}}]}
layers:
  - repeat: {times: 2, layers: [{linear: "${d * (index + 1)}"}]}
  - One
"""

    assert read_text(text).diagnostics == ()


def test_a_fault_in_a_layer_points_at_the_parameter_that_gave_the_value(tmp_path: Path) -> None:
    faults = reading(tmp_path, "parameters: {width: -2}\n").diagnostics

    assert [(fault.code, fault.message) for fault in faults[:1]] == [
        ("out-of-range", "expected at least 1, got -2")
    ]
    (related,) = faults[0].related
    assert related.message == "`width` is -2 here"
    assert Path(related.span.source.name).name == "child.yaml"


def test_a_computed_value_keeps_the_place_of_its_expression() -> None:
    spec = spec_of(FAMILY)
    (first, second) = entries(spec)

    assert str(first.place("out_channels")) == "a.yaml:13:11"
    assert [str(entry.span) for entry in every_entry(spec.layers)] == ["a.yaml:13:5", "a.yaml:14:5"]
    assert str(second.place("kernel_size", 0)) == "a.yaml:14:47"
