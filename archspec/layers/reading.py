"""How the fields of a layer or section are declared, and read from plain values."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import MISSING
from functools import cache
from typing import Any

from archspec.diagnostics.words import listed, ticked
from archspec.layers.single import FieldFault, FieldType, shorten
from archspec.layers.synonyms import COMPUTED, FIELDS, Suggestion, suggest

MOST_FAULTS = 200
"""Of one owner's fields; who has more has another problem."""


def field(type: FieldType, doc: str, default: Any = MISSING) -> Any:
    """Declare a YAML field of a layer or section: its type, one sentence, and its default."""
    return dataclasses.field(default=default, metadata={"type": type, "doc": doc})


@cache
def field_types(owner: type) -> dict[str, FieldType]:
    """Return the declared type of each YAML field of a layer or section."""
    return {f.name: f.metadata["type"] for f in dataclasses.fields(owner)}


@cache
def required(owner: type) -> tuple[str, ...]:
    """Return the names of the fields without a default."""
    return tuple(f.name for f in dataclasses.fields(owner) if f.default is MISSING)


def read_fields(
    owner: type,
    values: Mapping[str, Any],
    *,
    also: tuple[str, ...] = (),
    given_elsewhere: Collection[str] = (),
) -> tuple[dict[str, Any], list[FieldFault]]:
    """Read the fields of a layer or section from plain values; return what was read and all faults.

    also: names that are no fields, and may be meant by a misspelt one. given_elsewhere: fields that
    are not missed, because they stand where they could not be read.
    """
    declared = field_types(owner)
    read: dict[str, Any] = {}
    faults: list[FieldFault] = []
    missing = [name for name in required(owner) if name not in values]
    for name, value in values.items():
        meant = name
        if name not in declared:
            if len(faults) > MOST_FAULTS:
                break
            near = suggest(name, (*declared, *also), FIELDS)
            faults.append(_unknown(owner, name, near))
            # A misspelt field is not missing too, and its value is looked at all the same.
            missing = [m for m in missing if m not in near.names]
            if near.replacement is None or near.replacement not in declared:
                continue
            meant = near.replacement
            if meant in values or value is None:
                continue
        try:
            read[meant] = declared[meant].read(value)
        except FieldFault as fault:
            for one in fault.under(name).each():
                one.help = one.help or f"`{meant}`: {_doc(owner, meant)}"
                faults.append(one)
    missing = [name for name in missing if name not in given_elsewhere]
    if missing:
        are = "fields {} are" if len(missing) > 1 else "field {} is"
        faults.append(
            FieldFault(
                f"the {are.format(listed(ticked(missing)))} missing",
                code="missing-field",
                help="add " + ", ".join(f"`{name}: …`" for name in missing),
            )
        )
    return read, faults


def _unknown(owner: type, name: str, near: Suggestion) -> FieldFault:
    names = _names(owner)
    help = near.help or (
        f"the fields are {', '.join(ticked(names[:3]))}{' and others' * (len(names) > 3)}"
        if names
        else "remove it: there are no fields here"
    )
    if name in COMPUTED:
        help = "remove it: it is computed from the layer before"
        near = Suggestion((), False)
    return FieldFault(
        f"unknown field `{shorten(name)}`",
        help=help,
        path=(name,),
        code="unknown-field",
        replacement=near.replacement,
    )


def fields_schema(owner: type) -> dict[str, Any]:
    """Return the JSON Schema of a layer's or section's fields as a mapping."""
    properties = {}
    for f in dataclasses.fields(owner):
        entry = {**f.metadata["type"].schema(), "description": f.metadata["doc"]}
        if f.default is not MISSING and isinstance(f.default, int | float | str | bool):
            entry["default"] = f.default
        properties[f.name] = entry
    schema: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if names := required(owner):
        schema["required"] = list(names)
    return schema


def _names(owner: type) -> tuple[str, ...]:
    return tuple(field_types(owner))


def _doc(owner: type, name: str) -> str:
    return next(str(f.metadata["doc"]) for f in dataclasses.fields(owner) if f.name == name)
