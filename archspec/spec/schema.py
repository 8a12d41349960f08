"""The JSON Schema of spec files, made from the layers and sections that read them.

An editor with the YAML language server completes and explains by it; what reads a spec is
spec/reader.py, and a test holds the two together.
"""

from __future__ import annotations

from typing import Any

from archspec.layers import REGISTRY, Layer
from archspec.layers.fields import Integer, ListOf, Sub, field_types, fields_schema
from archspec.spec.edit import ACTIONS
from archspec.spec.entries import OWN_ID
from archspec.spec.naming import ID
from archspec.spec.quantities import CLAIMS, MEANING, MEASURED, TARGETS
from archspec.spec.reader import FORMAT, KEYS
from archspec.spec.sections import BOUNDS, Data, SeedDemand, Train

NULL: dict[str, Any] = {"type": "null"}


def spec_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 7, which editors know best) of a spec file."""
    properties = {key: {**_keys()[key], "description": words} for key, words in KEYS.items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "archspec",
        "description": "A network, its data, its training, and what is demanded and claimed of it.",
        "type": "object",
        "properties": properties,
        "required": ["archspec"],
        # A child inherits what its parent says.
        "anyOf": [{"required": ["extends"]}, {"required": ["input", "layers"]}],
        "additionalProperties": False,
        "definitions": {
            **{f"fields.{kind}": _fields(layer) for kind, layer in REGISTRY.items()},
            **{f"layer.{kind}": _layer(layer) for kind, layer in REGISTRY.items()},
            **_parts(),
            "layers": {"type": "array", "items": _entry(), "minItems": 1},
        },
    }


def _keys() -> dict[str, dict[str, Any]]:
    layers = {"allOf": [{"$ref": "#/definitions/layers"}]}
    by_id = {"type": "object", "additionalProperties": layers}
    defaults = {kind: {"$ref": f"#/definitions/fields.{kind}"} for kind in REGISTRY}
    edit = {
        **dict.fromkeys(ACTIONS, by_id),
        "set": {"type": "object", "additionalProperties": {"type": "object"}},
        "remove": {"type": "array", "items": {"type": "string"}},
    }
    return {
        "archspec": {"const": FORMAT},
        "title": {"type": ["string", "null"]},
        "extends": {"type": "string", "minLength": 1},
        "edit": _mapping(edit),
        "input": ListOf(Integer(), 1, 4).schema(),
        "defaults": _mapping(defaults),
        "layers": layers,
        "data": _section(Data),
        "train": _section(Train),
        "targets": _mapping({name: _target(name) for name in TARGETS}),
        "claims": _mapping(
            {
                **{n: {"type": "number", "description": MEANING[n]} for n in CLAIMS},
                "table": {
                    "type": "string",
                    "description": "path of a published markdown table, with #heading if need be",
                },
            }
        ),
        "notes": {"type": "object", "additionalProperties": {"type": "string"}},
    }


def _parts() -> dict[str, Any]:
    """Return what norm, activation and dropout fields take: once, however many layers have them."""
    types = [type for layer in REGISTRY.values() for type in field_types(layer).values()]
    return {type.name: type.definition() for type in types if isinstance(type, Sub)}


def _fields(layer: type[Layer]) -> dict[str, Any]:
    # What is required may come from `defaults:`, so that only the reader can tell.
    schema = fields_schema(layer)
    schema.pop("required", None)
    return {"description": _sentence(layer), **schema}


def _layer(layer: type[Layer]) -> dict[str, Any]:
    schema = _fields(layer)
    own_id = {
        "type": "string",
        "pattern": f"^{ID.pattern}$",
        "description": "the name of this layer in state_dict and edit; its label by default",
    }
    schema["properties"] = {**schema["properties"], OWN_ID: own_id}
    options: list[dict[str, Any]] = [schema, NULL]
    if layer.shorthand:
        options.append(field_types(layer)[layer.shorthand].schema())
    return {"description": _sentence(layer), "anyOf": options}


def _entry() -> dict[str, Any]:
    by_kind = [
        {
            "type": "object",
            "properties": {kind: {"$ref": f"#/definitions/layer.{kind}"}},
            "required": [kind],
            "additionalProperties": False,
        }
        for kind in REGISTRY
    ]
    return {"anyOf": [{"enum": list(REGISTRY)}, *by_kind]}


def _section(owner: type) -> dict[str, Any]:
    schema = fields_schema(owner)
    # A child may say just what it changes, and null takes an inherited value away.
    schema.pop("required", None)
    schema["properties"] = {
        name: {"description": field["description"], "anyOf": [field, NULL]}
        for name, field in schema["properties"].items()
    }
    return {"anyOf": [schema, NULL]}


def _target(name: str) -> dict[str, Any]:
    number = {"type": "number"}
    properties: dict[str, Any] = dict.fromkeys(BOUNDS, number)
    properties["between"] = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    if name in MEASURED:
        properties |= {
            "epochs": {"type": "integer", "minimum": 1, "description": "in how many epochs"},
            "consecutive": {"type": "boolean", "description": "in a row"},
            "within": {"type": "integer", "minimum": 1, "description": "in the first so many"},
            "seeds": {**fields_schema(SeedDemand), "description": "by how many seeds"},
        }
    return {**_mapping(properties), "minProperties": 1, "description": MEANING[name]}


def _mapping(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _sentence(layer: type[Layer]) -> str:
    return (layer.__doc__ or "").split("\n")[0]
