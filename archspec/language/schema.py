"""The JSON Schema of spec files, made from the layers, groups and sections that read them.

An editor with the YAML language server completes and explains by it; what reads a spec is
spec/reader.py, and a test holds the two together.
"""

from __future__ import annotations

from keyword import kwlist
from typing import Any

from archspec.language.blocks import BLOCK_KEYS, TYPES
from archspec.language.edit import ACTIONS
from archspec.language.entries import OWN_ID
from archspec.language.expressions import NAME
from archspec.language.forms import BLOCK_NAME
from archspec.language.groups import GROUPS, Layers
from archspec.language.naming import ID
from archspec.language.quantities import CLAIMS, MEANING, MEASURED, TARGETS
from archspec.language.reader import FORMAT, KEYS
from archspec.language.schema_expressions import EXPRESSION, with_expressions
from archspec.language.sections import BOUNDS, Data, SeedDemand, Train
from archspec.layers import REGISTRY, Layer
from archspec.layers.fields import Integer, ListOf, Sub, field_types, fields_schema, required
from archspec.layers.init import InitField

NULL: dict[str, Any] = {"type": "null"}
DELETABLE = {
    "parameters": 2,
    "blocks": 4,
    "defaults": 2,
    "data": 2,
    "train": 2,
    "targets": 4,
    "lint": 2,
}
"""Key → levels at which null takes an inherited value away, and is a fault where nothing is.

An argument of a class may be null, and so the levels end above it.
"""
REASON: dict[str, Any] = {"type": "string", "pattern": r"\S"}
VALUE: dict[str, Any] = {"type": ["number", "boolean", "string"]}
LAYERS: dict[str, Any] = {"allOf": [{"$ref": "#/definitions/layers"}]}


def spec_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 7, which editors know best) of a spec file."""
    properties = {key: {**_keys()[key], "description": words} for key, words in KEYS.items()}
    sound_blocks = {"additionalProperties": {"type": "object", "required": ["layers"]}}
    whole = {key: _without_nulls(levels) for key, levels in DELETABLE.items()}
    whole["data"]["required"], whole["train"]["required"] = map(list, map(required, (Data, Train)))
    whole["targets"]["additionalProperties"]["minProperties"] = 1
    whole["blocks"] = {"allOf": [whole["blocks"], sound_blocks]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "archspec",
        "description": "A network, its data, its training, and what is demanded and claimed of it.",
        "type": "object",
        "properties": properties,
        # A child inherits what its parent says.
        "anyOf": [
            {"required": ["extends"]},
            {"required": ["archspec", "input", "layers"], "properties": whole},
        ],
        "additionalProperties": False,
        "definitions": {
            **{f"fields.{kind}": _fields(layer) for kind, layer in REGISTRY.items()},
            **{f"layer.{kind}": _layer(layer) for kind, layer in REGISTRY.items()},
            **{f"group.{kind}": _group(group) for kind, group in GROUPS.items()},
            **_parts(),
            "init": with_expressions(InitField().schema()),
            "expression": EXPRESSION,
            "name": {"pattern": f"^{NAME.pattern}$", "not": {"enum": [*kwlist, OWN_ID]}},
            "block": _block(),
            "entry": _entry(),
            "layers": {
                "type": "array",
                "items": {"$ref": "#/definitions/entry"},
                "minItems": 1,
            },
        },
    }


def _keys() -> dict[str, dict[str, Any]]:
    by_id = {"type": "object", "additionalProperties": Layers().schema()}
    edit = {
        **dict.fromkeys(ACTIONS, by_id),
        "set": {"type": "object", "additionalProperties": {"type": "object"}},
        "remove": {"type": "array", "items": {"type": "string"}},
    }
    blocks = {
        "type": "object",
        "patternProperties": {f"^{BLOCK_NAME.pattern}$": _or_null({"$ref": "#/definitions/block"})},
        "additionalProperties": False,
    }
    # Claims, notes and title are not inherited: there is nothing that null could delete.
    claims: dict[str, Any] = {n: {"type": "number", "description": MEANING[n]} for n in CLAIMS}
    claims["table"] = {
        "type": "string",
        "description": "path of a published markdown table, with #heading if need be",
    }
    return {
        "archspec": {"const": FORMAT},
        "title": {"type": "string"},
        "extends": {"type": "string", "minLength": 1},
        "edit": _mapping(edit),
        "input": with_expressions(ListOf(Integer(), 1, 4).schema()),
        "parameters": _or_null(
            {
                "type": "object",
                "propertyNames": {"pattern": f"^{NAME.pattern}$", "not": {"enum": kwlist}},
                "additionalProperties": _or_null(VALUE),
            }
        ),
        "blocks": _or_null(blocks),
        "defaults": _deletable({kind: _default(kind) for kind in REGISTRY}),
        "layers": LAYERS,
        "data": _section(Data),
        "train": _section(Train),
        "targets": _deletable({name: _target(name) for name in TARGETS}),
        "claims": _mapping(claims),
        "notes": {"type": "object", "additionalProperties": {"type": "string"}},
        "lint": _or_null({"type": "object", "additionalProperties": _or_null(REASON)}),
    }


def _parts() -> dict[str, Any]:
    """Return what norm, activation and dropout fields take: once, however many layers have them."""
    types = [type for layer in REGISTRY.values() for type in field_types(layer).values()]
    return {t.name: with_expressions(t.definition()) for t in types if isinstance(t, Sub)}


def _fields(layer: type[Layer]) -> dict[str, Any]:
    # What is required may come from `defaults:`, so that only the reader can tell.
    schema = fields_schema(layer)
    schema.pop("required", None)
    for name, type in field_types(layer).items():
        if isinstance(type, InitField):
            doc = schema["properties"][name]["description"]
            ref = {"allOf": [{"$ref": "#/definitions/init"}], "description": doc}
            schema["properties"][name] = ref
    return {"description": _sentence(layer), **with_expressions(schema)}


def _default(kind: str) -> dict[str, Any]:
    """Return the fields that `defaults` give to a kind."""
    return {"$ref": f"#/definitions/fields.{kind}"}


def _layer(layer: type[Layer]) -> dict[str, Any]:
    schema = _fields(layer)
    schema["properties"] = {**schema["properties"], OWN_ID: _own_id()}
    options: list[dict[str, Any]] = [schema, NULL]
    if layer.shorthand:
        options.append(with_expressions(field_types(layer)[layer.shorthand].schema()))
    return {"description": _sentence(layer), "anyOf": options}


def _group(group: Any) -> dict[str, Any]:
    schema = with_expressions(fields_schema(group))
    schema["properties"] = {**schema["properties"], OWN_ID: _own_id()}
    options = [schema]
    if group.shorthand:
        options.append(field_types(group)[group.shorthand].schema())
    return {"description": _sentence(group), "anyOf": options}


def _block() -> dict[str, Any]:
    types = ", ".join(TYPES)
    words = {
        "parameters": f"a type ({types}) for each that must be given; a default for the others",
        "layers": "what stands where the block is used",
        "doc": "a sentence on what the block is",
    }
    parameters = {
        "type": "object",
        "propertyNames": {"$ref": "#/definitions/name"},
        "additionalProperties": _or_null(VALUE),
    }
    properties = {
        "parameters": _or_null(parameters),
        "layers": Layers().schema(),
        "doc": _or_null({"type": "string"}),
    }
    return _mapping({key: {**properties[key], "description": words[key]} for key in BLOCK_KEYS})


def _own_id() -> dict[str, Any]:
    return {
        "type": "string",
        "pattern": f"^{ID.pattern}$",
        "description": "the name of this entry in state_dict and edit; its label by default",
    }


def _entry() -> dict[str, Any]:
    forms = {kind: f"layer.{kind}" for kind in REGISTRY}
    forms |= {kind: f"group.{kind}" for kind in GROUPS}
    by_kind = [
        {
            "type": "object",
            "properties": {kind: {"$ref": f"#/definitions/{name}"}},
            "required": [kind],
            "additionalProperties": False,
        }
        for kind, name in forms.items()
    ]
    block_name = f"^{BLOCK_NAME.pattern}$"
    given = {"type": "object", "properties": {OWN_ID: _own_id()}, "additionalProperties": VALUE}
    block = {
        "type": "object",
        "description": "A block of this file, with its parameters.",
        "patternProperties": {block_name: {"anyOf": [given, VALUE, NULL]}},
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    bare_block = {"type": "string", "pattern": block_name}
    return {"anyOf": [{"enum": list(REGISTRY)}, *by_kind, bare_block, block]}


def _section(owner: type) -> dict[str, Any]:
    schema = fields_schema(owner)
    # A child may say just what it changes, and null takes an inherited value away.
    schema.pop("required", None)
    schema["properties"] = {
        name: {"description": field["description"], **_or_null(field)}
        for name, field in schema["properties"].items()
    }
    return _or_null(schema)


def _target(name: str) -> dict[str, Any]:
    number = {"type": "number"}
    seeds = fields_schema(SeedDemand)
    seeds["properties"] = {n: _or_null(field) for n, field in seeds["properties"].items()}
    properties: dict[str, Any] = dict.fromkeys(BOUNDS, number)
    properties["between"] = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    if name in MEASURED:
        properties |= {
            "epochs": {"type": "integer", "minimum": 1, "description": "in how many epochs"},
            "consecutive": {"type": "boolean", "description": "in a row"},
            "within": {"type": "integer", "minimum": 1, "description": "in the first so many"},
            "seeds": {**seeds, "description": "by how many seeds"},
        }
    return {**_deletable_keys(properties), "description": MEANING[name]}


def _mapping(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _deletable(properties: dict[str, Any]) -> dict[str, Any]:
    """Return a section that null takes away, as a whole or key by key."""
    return _or_null(_deletable_keys(properties))


def _deletable_keys(properties: dict[str, Any]) -> dict[str, Any]:
    return _mapping({name: _or_null(field) for name, field in properties.items()})


def _without_nulls(levels: int) -> dict[str, Any]:
    """Return the schema of what is no null, and on so many levels has none inside."""
    inner = {"additionalProperties": _without_nulls(levels - 1)} if levels > 1 else {}
    return {"not": NULL, **inner}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, NULL]}


def _sentence(owner: type) -> str:
    return (owner.__doc__ or "").split("\n")[0]
