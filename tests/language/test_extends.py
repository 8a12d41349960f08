"""`extends:`: what a child inherits, and what becomes of circles and missing parents."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic
from archspec.language import Reading, Spec, read_spec
from archspec.layers.conv import Conv
from tests.support.items import layers

PARENT = """\
archspec: 1
title: The parent
input: [1, 8, 8]
defaults:
  conv: {kernel_size: 3, bias: false}
layers:
  - conv: 4
  - conv: {out_channels: 5, bias: true}
train: {epochs: 3, batch_size: 4, optimizer: {SGD: {lr: 0.1, momentum: 0.9}}}
targets: {params: {below: 8000}}
claims: {params: 1, table: tables/one.md}
notes: {target: words of the parent}
"""


def reading(folder: Path, **files: str) -> Reading:
    """Write files by their stems and read the one that is called child."""
    for stem, text in {"parent": PARENT, **files}.items():
        path = folder / f"{stem}.yaml"
        path.write_text(text, encoding="utf-8")
    return read_spec(folder / "child.yaml")


def spec_of(folder: Path, child: str, **files: str) -> Spec:
    """Return the spec of a child that must have no fault."""
    found = reading(folder, child=f"archspec: 1\nextends: parent.yaml\n{child}", **files)
    assert found.diagnostics == ()
    assert found.spec is not None
    return found.spec


def only_fault(folder: Path, **files: str) -> Diagnostic:
    """Return the one fault of a child."""
    (fault,) = reading(folder, **files).diagnostics
    return fault


def file_of(fault: Diagnostic) -> tuple[str, int]:
    """Return the file's name and the line of a fault."""
    assert fault.span is not None
    return Path(fault.span.source.name).name, fault.span.line


def test_a_child_inherits_network_training_and_targets(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, "")

    assert spec.input == (1, 8, 8)
    assert [entry.id for entry in spec.layers] == ["conv1", "conv2"]
    assert spec.train is not None
    assert spec.train.epochs == 3
    assert [target.name for target in spec.targets] == ["params"]


def test_title_claims_and_notes_stay_with_the_parent(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, "")

    assert spec.title is None
    assert spec.claims.figures == ()
    assert spec.claims.table is None
    assert spec.notes == {}


def test_a_childs_defaults_reach_inherited_entries(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, "defaults: {conv: {stride: 2}}")

    assert layers(spec) == [Conv(4, (3,), (2,), bias=False), Conv(5, (3,), (2,), bias=True)]


def test_a_child_that_writes_layers_replaces_them_all(tmp_path: Path) -> None:
    assert [entry.id for entry in spec_of(tmp_path, "layers: [conv: 2]").layers] == ["conv1"]


def test_a_class_is_replaced_with_its_arguments(tmp_path: Path) -> None:
    train = spec_of(tmp_path, "train: {optimizer: {SGD: {lr: 0.5}}}").train

    assert train is not None
    assert train.optimizer.arguments == {"lr": 0.5}
    assert train.batch_size == 4


def test_null_takes_an_inherited_section_away(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, "train: null\ntargets: ~")

    assert spec.train is None
    assert spec.targets == ()


def test_a_grandparent_counts(tmp_path: Path) -> None:
    middle = "archspec: 1\nextends: parent.yaml\ntrain: {epochs: 5}\n"
    found = reading(tmp_path, middle=middle, child="archspec: 1\nextends: middle.yaml\n")

    assert found.diagnostics == ()
    assert found.spec is not None
    assert found.spec.train is not None
    assert (found.spec.train.epochs, found.spec.train.batch_size) == (5, 4)
    assert [Path(s.name).name for s in found.sources] == [
        "child.yaml",
        "middle.yaml",
        "parent.yaml",
    ]


def test_paths_start_where_they_are_written(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "parent.yaml").write_text(PARENT, encoding="utf-8")
    child = below / "child.yaml"
    child.write_text(
        "archspec: 1\nextends: ../parent.yaml\nclaims: {table: two.md}\n", encoding="utf-8"
    )

    found = read_spec(child)

    assert found.diagnostics == ()
    assert found.spec is not None
    assert found.spec.claims.table is not None
    assert found.spec.claims.table.path == below / "two.md"


def test_a_fault_in_the_parent_is_shown_in_the_parent(tmp_path: Path) -> None:
    faulty = PARENT.replace("- conv: 4", "- conv: 0")

    fault = only_fault(tmp_path, parent=faulty, child="archspec: 1\nextends: parent.yaml\n")

    assert fault.code == "out-of-range"
    assert file_of(fault) == ("parent.yaml", 7)


@pytest.mark.parametrize(
    ("files", "code", "at"),
    [
        pytest.param({"child": "archspec: 1\nextends: child.yaml\n"},
                     "extends-cycle", ("child.yaml", 2), id="itself"),
        pytest.param({"child": "archspec: 1\nextends: other.yaml\n",
                      "other": "archspec: 1\n\nextends: child.yaml\n"},
                     "extends-cycle", ("other.yaml", 3), id="in-a-circle"),
        pytest.param({"child": "archspec: 1\nextends: parnet.yaml\n"},
                     "missing-file", ("child.yaml", 2), id="missing"),
        pytest.param({"child": "archspec: 1\nextends: .\n"},
                     "missing-file", ("child.yaml", 2), id="folder"),
        pytest.param({"child": "archspec: 1\nextends: [parent.yaml]\n"},
                     "wrong-type", ("child.yaml", 2), id="several"),
        pytest.param({"child": "archspec: 1\nextends: parent.yaml\nlayers: [conv: 2]\n"
                               "edit: {remove: [conv1]}\n"},
                     "edit-and-layers", ("child.yaml", 4), id="edit-beside-layers"),
    ],
)  # fmt: skip
def test_a_parent_that_cannot_be_is_a_fault_where_it_is_named(
    tmp_path: Path, files: dict[str, str], code: str, at: tuple[str, int]
) -> None:
    fault = only_fault(tmp_path, **files)

    assert fault.code == code
    assert file_of(fault) == at


def test_a_missing_parent_brings_the_nearest_file(tmp_path: Path) -> None:
    fault = only_fault(tmp_path, child="archspec: 1\nextends: parnet.yaml\n")

    assert fault.help is not None
    assert "parent.yaml" in fault.help


def test_edit_without_a_parent_is_a_fault(tmp_path: Path) -> None:
    fault = only_fault(tmp_path, child=f"{PARENT}edit: {{remove: [conv1]}}\n")

    assert fault.code == "edit-without-parent"
