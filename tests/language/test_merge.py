"""How a child's values come over its parent's, and `--set` over both."""

from __future__ import annotations

import pytest

from archspec.diagnostics import Source
from archspec.language.merge import apply_override, merge
from archspec.language.tree import Mapping
from archspec.language.yaml_reader import read_tree

TRAIN = "train: {epochs: 15, optimizer: {SGD: {lr: 0.05, momentum: 0.9}}}"


def mapping(text: str, name: str = "a.yaml") -> Mapping:
    """Read a mapping that must have no fault."""
    node, faults = read_tree(Source(name, text))
    assert faults == []
    assert isinstance(node, Mapping)
    return node


@pytest.mark.parametrize(
    ("parent", "child", "merged"),
    [
        pytest.param("a: 1\nb: 2", "b: 3\nc: 4", {"a": 1, "b": 3, "c": 4}, id="keys"),
        pytest.param(
            "d: {conv: {kernel_size: 3, bias: false}}",
            "d: {conv: {bias: true}, linear: {bias: false}}",
            {"d": {"conv": {"kernel_size": 3, "bias": True}, "linear": {"bias": False}}},
            id="mappings-deeply",
        ),
        pytest.param("a: [1, 2, 3]", "a: [4]", {"a": [4]}, id="lists-whole"),
        pytest.param(
            TRAIN,
            "train: {optimizer: {SGD: {lr: 0.1}}}",
            {"train": {"epochs": 15, "optimizer": {"SGD": {"lr": 0.1}}}},
            id="the-same-class-whole",
        ),
        pytest.param(
            TRAIN,
            "train: {optimizer: {Adam: {}}}",
            {"train": {"epochs": 15, "optimizer": {"Adam": {}}}},
            id="another-class-whole",
        ),
        pytest.param(
            "d: {conv: {norm: {batch: {eps: 0.1}}}}",
            "d: {conv: {norm: {group: 2}}}",
            {"d": {"conv": {"norm": {"group": 2}}}},
            id="a-norm-whole",
        ),
        pytest.param("a: {b: 1, c: 2}", "a: {b: null}", {"a": {"c": 2}}, id="null-deletes"),
        pytest.param("a: 1", "a: null", {}, id="null-deletes-a-key"),
        pytest.param("a: 1", "b: ~", {"a": 1, "b": None}, id="null-over-nothing-stays"),
        pytest.param("a: {b: 1}", "a: 5", {"a": 5}, id="scalar-over-mapping"),
        pytest.param(
            "a: 5", "a: {b: 1, c: null}", {"a": {"b": 1, "c": None}}, id="mapping-over-scalar"
        ),
        pytest.param("a: {b: 1}", "a: {}", {"a": {"b": 1}}, id="empty-mapping-changes-nothing"),
    ],
)
def test_a_child_comes_over_its_parent(parent: str, child: str, merged: dict[str, object]) -> None:
    assert merge(mapping(parent), mapping(child)).plain() == merged


def test_every_value_keeps_the_file_and_line_that_wrote_it() -> None:
    parent = mapping("train:\n  epochs: 3\n  batch_size: 8\n", "parent.yaml")
    child = mapping("\n\ntrain: {epochs: 5}\n", "child.yaml")

    merged = merge(parent, child)

    assert str(merged.place("train", "epochs")) == "child.yaml:3:17"
    assert str(merged.place("train", "batch_size")) == "parent.yaml:3:15"


def test_merging_leaves_both_sides_as_they_were() -> None:
    parent, child = mapping("a: {b: 1}"), mapping("a: {c: 2}")

    merge(parent, child)

    assert (parent.plain(), child.plain()) == ({"a": {"b": 1}}, {"a": {"c": 2}})


@pytest.mark.parametrize(
    ("override", "epochs"),
    [
        ("train.epochs=3", 3),
        ("train.epochs= 3", 3),
        ("train.epochs=1e-3", 0.001),
        ("train.epochs='3'", "3"),
        ("train.epochs=[1, 2]", [1, 2]),
        ("train.epochs={a: 1}", {"a": 1}),
    ],
)
def test_an_override_sets_a_value_as_yaml_reads_it(override: str, epochs: object) -> None:
    tree, faults = apply_override(mapping(TRAIN), override)

    assert faults == []
    assert tree.plain()["train"]["epochs"] == epochs
    assert tree.plain()["train"]["optimizer"] == {"SGD": {"lr": 0.05, "momentum": 0.9}}


def test_an_override_makes_the_keys_on_its_way() -> None:
    tree, faults = apply_override(mapping("a: 1"), "data.normalize.mean=[0.5]")

    assert faults == []
    assert tree.plain() == {"a": 1, "data": {"normalize": {"mean": [0.5]}}}


def test_an_override_with_null_deletes() -> None:
    tree, faults = apply_override(mapping(TRAIN), "train.epochs=null")

    assert faults == []
    assert "epochs" not in tree.plain()["train"]


def test_an_override_that_deletes_nothing_leaves_its_key_to_be_told() -> None:
    tree, _ = apply_override(mapping(TRAIN), "train.epoch=null")

    assert tree.plain()["train"]["epoch"] is None


def test_an_override_is_a_source_of_its_own() -> None:
    tree, _ = apply_override(mapping(TRAIN), "train.epochs=3")
    span = tree.place("train", "epochs")

    assert span.source.text[span.column - 1 : span.end_column - 1] == "3"
    assert "train.epochs=3" in span.source.name


@pytest.mark.parametrize("override", ["train.epochs", "=3", "train..epochs=3", ".=1", ""])
def test_an_override_without_key_and_value_is_a_fault(override: str) -> None:
    tree, faults = apply_override(mapping(TRAIN), override)

    assert [fault.code for fault in faults] == ["bad-override"]
    assert tree.plain() == mapping(TRAIN).plain()


def test_an_override_that_is_not_yaml_is_a_fault() -> None:
    _, faults = apply_override(mapping(TRAIN), "train.epochs=[1")

    assert [fault.code for fault in faults] == ["not-yaml"]
