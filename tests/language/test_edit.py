"""`edit:` changes inherited layers by id."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic
from archspec.language import Reading, Spec, read_spec
from tests.support.items import entries

PARENT = """\
archspec: 1
input: [1, 20, 20]
defaults:
  conv: {kernel_size: 3}
layers:
  - conv: 4
  - conv: {out_channels: 8, dropout: 0.1, bias: false}
  - max_pool: 2
  - gap
"""


def reading(folder: Path, edit: str) -> Reading:
    """Read a child that edits the layers above."""
    (folder / "parent.yaml").write_text(PARENT, encoding="utf-8")
    child = folder / "child.yaml"
    child.write_text(f"archspec: 1\nextends: parent.yaml\nedit:\n  {edit}\n", encoding="utf-8")
    return read_spec(child)


def edited(folder: Path, edit: str) -> Spec:
    """Return the spec of a child that must have no fault."""
    found = reading(folder, edit)
    assert found.diagnostics == ()
    assert found.spec is not None
    return found.spec


def only_fault(folder: Path, edit: str) -> Diagnostic:
    """Return the one fault of an edit."""
    (fault,) = reading(folder, edit).diagnostics
    return fault


@pytest.mark.parametrize(
    ("edit", "ids"),
    [
        ("remove: [conv2]", ["conv1", "maxpool1", "gap"]),
        ("remove: [conv1, gap]", ["conv1", "maxpool1"]),
        (
            "replace: {maxpool1: [relu, avg_pool: 2]}",
            ["conv1", "conv2", "relu1", "avgpool1", "gap"],
        ),
        ("replace: {maxpool1: []}", ["conv1", "conv2", "gap"]),
        ("before: {conv1: [relu]}", ["relu1", "conv1", "conv2", "maxpool1", "gap"]),
        ("after: {gap: [flatten]}", ["conv1", "conv2", "maxpool1", "gap", "flatten1"]),
        (
            "{before: {conv2: [tanh]}, after: {conv2: [relu]}, remove: [conv2]}",
            ["conv1", "tanh1", "relu1", "maxpool1", "gap"],
        ),
        (
            "{after: {conv1: [conv: 2]}, replace: {conv2: [conv: 9, conv: 10]}}",
            ["conv1", "conv2", "conv3", "conv4", "maxpool1", "gap"],
        ),
    ],
)
def test_layers_are_removed_replaced_and_added_by_the_inherited_ids(
    tmp_path: Path, edit: str, ids: list[str]
) -> None:
    assert [entry.id for entry in edited(tmp_path, edit).layers] == ids


@pytest.mark.parametrize(
    ("id", "change", "field", "value"),
    [
        ("conv1", "{out_channels: 6}", "out_channels", 6),
        ("conv1", "{bias: false}", "bias", False),
        ("conv1", "{bias: false}", "out_channels", 4),
        ("conv2", "{out_channels: 6}", "bias", False),
        ("conv2", "{dropout: null}", "dropout", None),
        ("conv2", "{kernel_size: [1, 5]}", "kernel_size", (1, 5)),
        ("maxpool1", "{stride: 1}", "stride", (1,)),
        ("maxpool1", "{stride: 1}", "kernel_size", (2,)),
        ("maxpool1", "{kernel_size: 3}", "kernel_size", (3,)),
    ],
)
def test_set_changes_some_fields_and_keeps_the_others(
    tmp_path: Path, id: str, change: str, field: str, value: object
) -> None:
    spec = edited(tmp_path, f"set: {{{id}: {change}}}")
    layers = {entry.id: entry.layer for entry in entries(spec)}

    assert getattr(layers[id], field) == value


def test_a_child_says_where_it_changed_a_layer(tmp_path: Path) -> None:
    spec = edited(tmp_path, "set: {conv1: {out_channels: 6}}")
    entry, second, *_ = entries(spec)

    assert Path(entry.place("out_channels").source.name).name == "child.yaml"
    assert entry.place("out_channels").line == 4
    assert Path(second.place("bias").source.name).name == "parent.yaml"


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        ("remove: [conv3]", "unknown-id"),
        ("set: {pool1: {stride: 1}}", "unknown-id"),
        ("{set: {conv1: {bias: false}}, remove: [conv1]}", "edited-twice"),
        ("remove: [conv1, conv1]", "edited-twice"),
        ("delete: [conv1]", "unknown-field"),
        ("remove: conv1", "wrong-type"),
        ("replace: {conv1: {conv: 3}}", "wrong-type"),
        ("set: {conv1: 5}", "wrong-type"),
        ("set: {conv1: {id: stem}}", "unknown-field"),
        ("set: {conv1: {strides: 2}}", "unknown-field"),
        ("set: {conv1: {stride: 0}}", "out-of-range"),
        ("[conv1]", "wrong-type"),
    ],
)
def test_an_edit_that_fits_nothing_is_a_fault_in_the_child(
    tmp_path: Path, edit: str, code: str
) -> None:
    fault = only_fault(tmp_path, edit)

    assert fault.code == code
    assert fault.span is not None
    assert (Path(fault.span.source.name).name, fault.span.line) == ("child.yaml", 4)


def test_an_unknown_id_brings_the_nearest_one(tmp_path: Path) -> None:
    fault = only_fault(tmp_path, "remove: [convv2]")

    assert fault.help is not None
    assert "`conv2`" in fault.help


def test_a_second_change_points_at_the_first(tmp_path: Path) -> None:
    (related,) = only_fault(tmp_path, "{remove: [conv1], replace: {conv1: [relu]}}").related

    assert (related.span.line, related.span.column) == (4, 13)
