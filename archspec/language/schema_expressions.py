"""`$name` and `${…}` in the JSON Schema: wherever a layer takes a single value."""

from __future__ import annotations

from typing import Any

EXPRESSION: dict[str, Any] = {
    "type": "string",
    "pattern": r"^\$(\{[\s\S]*\}|[A-Za-z_][A-Za-z0-9_]*)$",
    "description": "a parameter, or whole-number arithmetic: $width, ${width * 4}",
}
"""The definition that the others refer to."""

REFERENCE: dict[str, Any] = {"$ref": "#/definitions/expression"}
NOTES = ("description", "default")


def with_expressions(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a layer's fields, or of one, with an expression beside every value."""
    if _is_single(schema):
        notes = {key: schema[key] for key in NOTES if key in schema}
        value = {key: entry for key, entry in schema.items() if key not in NOTES}
        return {**notes, "anyOf": [value, REFERENCE]}
    changed = dict(schema)
    if "anyOf" in schema:
        options = schema["anyOf"]
        more = [REFERENCE] if any(map(_is_single, options)) else []
        changed["anyOf"] = [o if _is_single(o) else with_expressions(o) for o in options] + more
    if "properties" in schema:
        inner = schema["properties"].items()
        changed["properties"] = {name: with_expressions(field) for name, field in inner}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            changed[key] = with_expressions(schema[key])
    return changed


def _is_single(schema: dict[str, Any]) -> bool:
    """Say whether a schema is of one value; a text takes an expression as it is."""
    return "enum" in schema or schema.get("type") in ("integer", "number", "boolean")
