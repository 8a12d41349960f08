"""Labels and ids: as people refer to layers, and as `state_dict` names them."""

from __future__ import annotations

import pytest

from archspec.language import read_text
from archspec.language.forms import known_forms
from archspec.language.naming import ID, RESERVED, default_id, labels
from tests.support.ladder import analysis_of, network

FORMS = known_forms({"Bottleneck": ("width",)})


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["conv", "max_pool", "conv"], ["Conv1", "MaxPool1", "Conv2"]),
        (["conv", "gap", "conv"], ["Conv1", "GAP", "Conv2"]),
        (["gap", "conv", "gap"], ["GAP1", "Conv1", "GAP2"]),
        (["conv", None, "conv"], ["Conv1", "", "Conv2"]),
        (["conv", "convv"], ["Conv1", ""]),
        (["residual", "conv", "residual"], ["Residual1", "Conv1", "Residual2"]),
        (["Bottleneck", "Bottleneck"], ["Bottleneck1", "Bottleneck2"]),
        ([], []),
    ],
)
def test_labels_count_by_kind_in_network_order(
    kinds: list[str | None], expected: list[str]
) -> None:
    assert labels(kinds, FORMS) == expected


@pytest.mark.parametrize(
    ("label", "id"), [("Conv3", "conv3"), ("GAP", "gap"), ("MaxPool1", "maxpool1")]
)
def test_an_id_is_the_label_in_lower_case(label: str, id: str) -> None:
    assert default_id(label) == id


@pytest.mark.parametrize("kind", FORMS)
def test_every_default_id_can_be_written_as_an_id(kind: str) -> None:
    named = [*labels([kind, kind], FORMS), *labels([kind], FORMS)]
    ids = [default_id(label) for label in named]

    assert all(map(ID.fullmatch, ids))
    assert RESERVED.isdisjoint(ids)


def test_default_ids_of_all_kinds_differ() -> None:
    ids = [default_id(label) for label in labels([*FORMS, *FORMS], FORMS)]

    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("id", "code"),
    [
        ("train", "reserved-id"),
        ("forward", "reserved-id"),
        ("input", "reserved-id"),
        ("previous", "reserved-id"),
        ("class", "reserved-id"),
        ("_modules", "bad-id"),
        ("__class__", "bad-id"),
        ("a.b", "bad-id"),
        ("3rd", "bad-id"),
        ("'with space'", "bad-id"),
        ("5", "bad-id"),
        ("true", "bad-id"),
        ("null", "bad-id"),
        ("[a]", "bad-id"),
    ],
)
def test_an_id_that_torch_could_not_use_is_a_fault(id: str, code: str) -> None:
    reading = read_text(network("[4]", f"linear: {{out_features: 2, id: {id}}}"))

    assert [fault.code for fault in reading.diagnostics] == [code]


@pytest.mark.parametrize("second", ["linear: 3", "relu: {id: linear2}"])
def test_two_entries_of_one_name_are_a_fault_that_points_at_both(second: str) -> None:
    named = "linear: {out_features: 2, id: linear2}"
    (fault,) = read_text(network("[4]", named, second)).diagnostics

    assert fault.code == "duplicate-id"
    assert fault.span is not None
    assert [fault.span.line, *(related.span.line for related in fault.related)] == [5, 4]


def test_an_own_id_leaves_the_counting_of_labels_alone() -> None:
    analysis = analysis_of(network("[4]", "linear: 3", "linear: {out_features: 2, id: head}"))

    assert [entry.entry.label for entry in analysis.entries] == ["Linear1", "Linear2"]
    assert [entry.entry.id for entry in analysis.entries] == ["linear1", "head"]
