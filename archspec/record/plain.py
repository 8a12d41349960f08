"""Frozen dataclasses to plain JSON values and back, and the JSON Schema of both.

All three follow from the annotations, so that a field is written once. A field with a default may
be absent.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

JSON_NAMES: Mapping[Any, str] = {
    int: "integer",
    float: "number",
    str: "string",
    bool: "boolean",
    types.NoneType: "null",
}


def to_plain(value: Any) -> Any:
    """Return a dataclass as mappings, lists and scalars, fields in their order."""
    if is_dataclass(value):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    return [to_plain(v) for v in value] if isinstance(value, tuple) else value


def from_plain(kind: type[T], value: Any) -> T:
    """Return the dataclass `kind` from plain values that its schema accepts.

    Raises OverflowError for a whole number beyond the floats where a float stands.
    """
    result: T = _read(kind, value)
    return result


def schema_of(kind: Any) -> dict[str, Any]:
    """Return the JSON Schema of an annotation: a dataclass, a scalar, a tuple or a union."""
    if is_dataclass(kind):
        hints = _hints(kind)
        return {
            "type": "object",
            "properties": {name: schema_of(hint) for name, hint in hints.items()},
            "required": [f.name for f in fields(kind) if f.default is MISSING],
            "additionalProperties": False,
        }
    arguments = get_args(kind)
    if get_origin(kind) is Literal:
        return {"enum": list(arguments)}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": schema_of(arguments[0])}
    if _is_union(kind):
        return {"anyOf": [schema_of(member) for member in arguments]}
    return {"type": JSON_NAMES[kind]}


def _read(kind: Any, value: Any) -> Any:
    if is_dataclass(kind):
        hints = _hints(kind)
        optional = {f.name for f in fields(kind) if f.default is not MISSING}
        given = {n: hint for n, hint in hints.items() if n in value or n not in optional}
        return kind(**{name: _read(hint, value[name]) for name, hint in given.items()})  # type: ignore[operator]
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], v) for v in value)
    if _is_union(kind):
        inner = [member for member in get_args(kind) if is_dataclass(member)]
        return _read(inner[0], value) if inner and value is not None else value
    # JSON has one kind of number: 1 stands for 1.0, and 1.0 for 1.
    return kind(value) if kind in (int, float) else value


def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind)}


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)
