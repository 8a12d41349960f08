"""Field types: what they take, what they refuse, and that the JSON Schema says the same."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from archspec.layers import REGISTRY
from archspec.layers.activation import LeakyReLU, ReLU
from archspec.layers.composite import ACTIVATIONS, DROPOUTS
from archspec.layers.dropout import Dropout
from archspec.layers.fields import (
    LARGEST,
    Boolean,
    Choice,
    Either,
    FieldFault,
    FieldType,
    Integer,
    ListOf,
    Number,
    PerAxis,
    Reference,
    Sub,
    Text,
    fields_schema,
    read_fields,
)
from archspec.layers.init import InitField

WORDS = Choice(("zeros", "reflect"))
SHARE = Number(at_least=0, at_most=1)
PADDING = PerAxis(Integer(0, also=("same", "valid")))
ACTIVATION = Sub("activation", ACTIVATIONS)
DROPOUT = Sub("dropout", DROPOUTS, number_means="dropout")

TAKEN: list[tuple[FieldType, Any, Any]] = [
    (Integer(), 1, 1),
    (Integer(), LARGEST, LARGEST),
    (Integer(0), 0, 0),
    (Integer(0, also=("same",)), "same", "same"),
    (Number(), 3, 3.0),
    (Number(above=0), 1e-12, 1e-12),
    (SHARE, 0, 0.0),
    (SHARE, 1, 1.0),
    (Boolean(), True, True),
    (Boolean(), False, False),
    (Text(), "MNIST", "MNIST"),
    (Reference(), "memory", "memory"),
    (Reference(), "none", None),
    (WORDS, "reflect", "reflect"),
    (PerAxis(), 3, (3,)),
    (PerAxis(), [3], (3,)),
    (PerAxis(), [3, 5], (3, 5)),
    (PerAxis(), [1, 2, 3], (1, 2, 3)),
    (PADDING, "same", "same"),
    (PADDING, [0, 1], (0, 1)),
    (ListOf(Integer()), [], ()),
    (ListOf(Integer(), 1, 2), [4, 5], (4, 5)),
    (Either((Integer(), WORDS)), "zeros", "zeros"),
    (Either((Integer(), WORDS)), 7, 7),
    (InitField(), "none", None),
    (InitField(), {}, None),
    (InitField(), {"weight": "zeros_"}, {"weight": {"zeros_": {}}}),
    (InitField(), {"out_proj.weight": {"normal_": {}}}, {"out_proj.weight": {"normal_": {}}}),
]
TAKEN_LAYERS: list[tuple[Sub, Any, Any]] = [
    (ACTIVATION, "relu", ReLU()),
    (ACTIVATION, {"leaky_relu": 0.2}, LeakyReLU(0.2)),
    (ACTIVATION, {"leaky_relu": {"negative_slope": 0.2}}, LeakyReLU(0.2)),
    (ACTIVATION, "none", None),
    (DROPOUT, 0.25, Dropout(0.25)),
    (DROPOUT, 1, Dropout(1.0)),
    (DROPOUT, 0, None),
    (DROPOUT, "none", None),
]
REFUSED: list[tuple[FieldType, Any, str]] = [
    # A truth value is no number, whatever Python thinks.
    (Integer(), True, "wrong-type"),
    (Integer(0), False, "wrong-type"),
    (Number(), True, "wrong-type"),
    (PerAxis(), True, "wrong-type"),
    (PerAxis(), [3, True], "wrong-type"),
    (Integer(), "16", "wrong-type"),
    (Integer(), 2.5, "wrong-type"),
    (Integer(), None, "wrong-type"),
    (Integer(), [], "wrong-type"),
    (Integer(), 0, "out-of-range"),
    (Integer(), -1, "out-of-range"),
    (Integer(), LARGEST + 1, "out-of-range"),
    (Integer(1, 10), 11, "out-of-range"),
    (Integer(0, also=("same",)), "valid", "wrong-type"),
    (Number(), "0.1", "wrong-type"),
    (SHARE, 1.01, "out-of-range"),
    (SHARE, -0.01, "out-of-range"),
    (Number(above=0), 0, "out-of-range"),
    (Number(below=1), 1, "out-of-range"),
    (Boolean(), 1, "wrong-type"),
    (Boolean(), "yes", "wrong-type"),
    (Text(), "", "wrong-type"),
    (Text(), 3, "wrong-type"),
    (WORDS, "zero", "unknown-word"),
    (WORDS, None, "unknown-word"),
    (PerAxis(), [], "wrong-length"),
    (PerAxis(), [1, 2, 3, 4], "wrong-length"),
    (PerAxis(), [3, 0], "out-of-range"),
    (PADDING, ["same", "same"], "wrong-type"),
    (ListOf(Integer()), 3, "wrong-type"),
    (ListOf(Integer(), 1), [], "wrong-length"),
    (ListOf(Integer(), 1, 2), [1, 2, 3], "wrong-length"),
    (ListOf(Integer()), [1, "two"], "wrong-type"),
    (Reference(), 3, "wrong-type"),
    (Reference(), "", "wrong-type"),
    (InitField(), 3, "wrong-type"),
    (InitField(), "zeros_", "wrong-type"),
    (InitField(), ["zeros_"], "wrong-type"),
    (InitField(), {"weight": 0.1}, "wrong-type"),
    (InitField(), {"weight": {}}, "wrong-type"),
    (InitField(), {"weight": {"zeros_": {}, "ones_": {}}}, "wrong-type"),
    (InitField(), {"weight": "zero"}, "unknown-word"),
    (InitField(), {"weight": "constant_"}, "missing-field"),
    (InitField(), {"weight": {"normal_": {"std": -1}}}, "out-of-range"),
    (InitField(), {"weight": {"normal_": {"sdt": 1}}}, "unknown-field"),
]
REFUSED_LAYERS: list[tuple[Sub, Any, str]] = [
    (ACTIVATION, "reluu", "unknown-word"),
    (ACTIVATION, 3, "wrong-type"),
    (ACTIVATION, True, "wrong-type"),
    (ACTIVATION, {}, "wrong-type"),
    (ACTIVATION, {"relu": {}, "tanh": {}}, "wrong-type"),
    (ACTIVATION, {"relu": 3}, "wrong-type"),
    (ACTIVATION, {"leaky_relu": {"slope": 0.2}}, "unknown-field"),
    (DROPOUT, 1.5, "out-of-range"),
    (DROPOUT, True, "wrong-type"),
]


@pytest.mark.parametrize(("field", "value", "read"), [*TAKEN, *TAKEN_LAYERS])
def test_a_value_is_brought_into_its_one_form(field: FieldType, value: Any, read: Any) -> None:
    found = field.read(value)

    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(("field", "value", "code"), [*REFUSED, *REFUSED_LAYERS])
def test_a_value_that_does_not_fit_is_refused(field: FieldType, value: Any, code: str) -> None:
    with pytest.raises(FieldFault) as caught:
        field.read(value)

    assert caught.value.code == code
    assert caught.value.message


@pytest.mark.parametrize(("field", "value", "read"), TAKEN)
def test_the_schema_takes_what_the_field_takes(field: FieldType, value: Any, read: Any) -> None:
    assert accepts(field, value)


@pytest.mark.parametrize(("field", "value", "code"), REFUSED)
def test_the_schema_refuses_what_the_field_refuses(field: FieldType, value: Any, code: str) -> None:
    assert not accepts(field, value)


@pytest.mark.parametrize(
    ("field", "value", "replacement"),
    [
        (Integer(), 16.0, "16"),
        (Integer(), "16", "16"),
        (Integer(), "sixteen", None),
        (Integer(), 2.5, None),
        (Boolean(), "yes", "true"),
        (Boolean(), "off", "false"),
        (Boolean(), "perhaps", None),
    ],
)
def test_a_fault_carries_a_replacement_where_the_cure_is_certain(
    field: FieldType, value: Any, replacement: str | None
) -> None:
    with pytest.raises(FieldFault) as caught:
        field.read(value)

    assert caught.value.replacement == replacement


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        (PerAxis(), [3, 0], (1,)),
        (ListOf(Integer()), [1, 2, "x"], (2,)),
        (ACTIVATION, {"leaky_relu": {"negative_slope": "x"}}, ("leaky_relu", "negative_slope")),
    ],
)
def test_a_fault_leads_to_the_value_inside(
    field: FieldType, value: Any, path: tuple[str | int, ...]
) -> None:
    with pytest.raises(FieldFault) as caught:
        field.read(value)

    assert caught.value.path == path


def test_all_faults_of_a_layers_fields_are_found_at_once() -> None:
    values = {"out_channels": 0, "kernle_size": 3, "bias": "maybe"}

    read, faults = read_fields(REGISTRY["conv"], values)

    assert sorted(fault.code for fault in faults)[:2] == ["out-of-range", "unknown-field"]
    assert {"out_channels", "bias"}.isdisjoint(read)
    assert {fault.path[:1] for fault in faults} >= {("out_channels",), ("kernle_size",), ("bias",)}


def test_a_missing_field_is_a_fault_of_its_own() -> None:
    _, faults = read_fields(REGISTRY["conv"], {"out_channels": 4})

    assert [fault.code for fault in faults] == ["missing-field"]
    assert "kernel_size" in faults[0].message


@pytest.mark.parametrize("name", ["kind", "label", "shorthand", "has_row"])
def test_what_a_class_says_of_itself_is_no_field(name: str) -> None:
    _, faults = read_fields(REGISTRY["relu"], {name: "x"})

    assert [fault.code for fault in faults] == ["unknown-field"]


@pytest.mark.parametrize("kind", REGISTRY)
def test_the_schema_of_a_kind_names_its_fields_and_no_others(kind: str) -> None:
    schema = fields_schema(REGISTRY[kind])

    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert all(entry["description"] for entry in schema["properties"].values())


def accepts(field: FieldType, value: Any) -> bool:
    """Say whether a value fits the schema of a field."""
    return bool(jsonschema.Draft7Validator(field.schema()).is_valid(value))


@pytest.mark.parametrize(
    ("type", "text", "help"),
    [
        (Integer(), "2,809", "write `2809`"),
        (Integer(), "1,234,567", "write `1234567`"),
        (Number(), "2,809", "write `2809`, or a point for a fraction"),
        (Number(), "0,809", "write `0.809`, with a point"),
        (Number(), "2,80", "write `2.80`, with a point"),
        (Integer(), "2,80", None),
    ],
)
def test_a_number_with_a_comma_is_told_without_it(
    type: FieldType, text: str, help: str | None
) -> None:
    with pytest.raises(FieldFault) as fault:
        type.read(text)

    assert (fault.value.help, fault.value.replacement) == (help, None)
