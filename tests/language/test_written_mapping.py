"""A mapping as a spec: the same values, and faults that name the key path."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from archspec.analysis import architecture_hash, recipe_hash
from archspec.diagnostics.text import render_text
from archspec.language import read_text
from archspec.language.files import read_source
from archspec.language.written_mapping import write_mapping
from archspec.language.yaml_reader import read_tree
from archspec.network import study

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").rglob("*.yaml"))
TEXTS = (
    "",
    " a ",
    "on",
    "null",
    "1e-3",
    "0x1f",
    "1:30",
    "a: b",
    "- a",
    "#a",
    "é",
    "'",
    '"',
    "\\",
    "~",
)
CONTROLS = ("a\nb", "a\tb", "a\u2028b", "a\u0085b", "\x00", "\ufeff")


def read_back(value: Any) -> Any:
    source, faults = write_mapping({"key": value}, "a.yaml")
    root, found = read_tree(source)
    assert (faults, found) == ([], [])
    assert root is not None
    return root.plain()["key"]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_mapping_of_a_file_is_the_same_network(path: Path) -> None:
    source = read_source(path)
    root, _ = read_tree(source)  # type: ignore[arg-type]
    assert root is not None

    of_file = study(path).network().analysis
    reading = read_text(root.plain(), name=path.name, folder=path.parent)
    of_mapping = study(reading).network().analysis
    assert architecture_hash(of_mapping) == architecture_hash(of_file)
    assert of_mapping.spec.train is None or recipe_hash(of_mapping) == recipe_hash(of_file)


@pytest.mark.parametrize(
    "value",
    [
        *TEXTS,
        *CONTROLS,
        *(None, True, False, 0, -7, 10**40, 1e-05, 1e300, 0.1, -0.0, float("inf"), float("-inf")),
        *([], {}, [[]], [{}], {"a": []}, [1, [2, [3]]], [{"a": 1, "b": {"c": [None]}}, "x"]),
    ],
    ids=repr,
)
def test_a_value_is_read_as_what_it_is(value: Any) -> None:
    found = read_back(value)
    assert (found, type(found)) == (value, type(value))


def test_paths_and_tuples_are_texts_and_lists() -> None:
    assert read_back((Path("a.yaml"), (1, 2))) == ["a.yaml", [1, 2]]


def test_keys_are_words() -> None:
    assert read_back({1: 2, None: 3, "a b": 4}) == {"1": 2, "null": 3, "a b": 4}


@pytest.mark.parametrize(
    ("layers", "place"),
    [
        ([{"conv": {"out_channels": 8, "kernel_sise": 3}}], "layers[0].conv.kernel_sise"),
        (["gap", {"max_pool": "x"}], "layers[1].max_pool"),
        ([{"residual": [{"convv": 3}]}], "layers[0].residual[0].convv"),
        ({"conv": 8}, "layers"),
        ([{"conv": {"out_channels": 8, "kernel_size": {3}}}], "layers[0].conv.kernel_size"),
        ([{"conv": {"out_channels": 8, "kernel_size": 99}}], "layers[0].conv.kernel_size"),
    ],
)
def test_a_fault_names_the_key_path(layers: Any, place: str) -> None:
    found = study({"archspec": 1, "input": (1, 28, 28), "layers": layers}).errors
    assert place in [str(fault.span) for fault in found]


def test_a_fault_shows_the_value_as_yaml() -> None:
    found = study({"archspec": 1, "input": [1, 28, 28], "layers": [{"conv": [8, "x"]}]}).errors
    assert " --> layers[0].conv\n  |\n5 |   - conv: [8, x]\n" in render_text(found)


def test_what_yaml_has_no_word_for_is_a_fault_and_no_other_value() -> None:
    reading = read_text({"archspec": 1, "input": [1, 8, 8], "layers": ["gap"], "title": Decimal(1)})
    (fault,) = reading.diagnostics
    assert (fault.code, str(fault.span)) == ("wrong-type", "title")
    assert "Decimal('1')" in fault.message


def test_what_is_not_there_is_told_of_the_whole() -> None:
    found = study({"archspec": 1, "layers": ["gap"]}).errors
    assert [(fault.code, str(fault.span)) for fault in found] == [("missing-key", "spec.yaml")]


def test_a_mapping_that_holds_itself_has_an_end() -> None:
    mapping: dict[str, Any] = {"archspec": 1}
    mapping["notes"] = mapping
    assert [fault.code for fault in read_text(mapping).diagnostics] == ["too-deep"]


def test_a_list_that_is_held_many_times_has_an_end() -> None:
    value: Any = ["gap"]
    for _ in range(9):
        value = [value] * 10
    assert [fault.code for fault in read_text({"layers": value}).diagnostics] == ["too-large"]
