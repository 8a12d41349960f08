"""Layers and sections back into the plain values that a file would say them with."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from archspec.language import Call, Normalize
from archspec.layers import Layer
from archspec.layers.fields import PerAxis, Sub, field_types
from archspec.values import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """A name with fields: a class of torch with its arguments, or a layer inside a layer.

    shown: what a file would say, defaults left out.
    """

    name: str
    fields: Mapping[str, Any]
    shown: Any


def fields_of(owner: Any) -> dict[str, Any]:
    """Return every field of a layer or section, those at their default included."""
    types = _types(owner)
    return {name: _plain(getattr(owner, name), types[name]) for name in types}


def given_fields(owner: Any) -> dict[str, Any]:
    """Return the fields that are not at their default, as a file says them."""
    types = _types(owner)
    return {
        f.name: shown(_plain(getattr(owner, f.name), types[f.name]))
        for f in dataclasses.fields(owner)
        if f.default is dataclasses.MISSING or getattr(owner, f.name) != f.default
    }


def shown(value: Any) -> Any:
    """Return a value of `fields_of` in mappings, lists and scalars alone."""
    if isinstance(value, Named):
        return value.shown
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, Mapping):
        return {key: shown(item) for key, item in value.items()}
    return value


def _types(owner: Any) -> dict[str, Any]:
    kind: Any = type(owner)
    return {**field_types(kind)}


def _plain(value: Any, type: Any = None) -> Any:
    if isinstance(value, Layer):
        return _layer(value, type)
    if isinstance(value, Call):
        arguments = _plain(value.arguments)
        bare = shown(arguments)
        return Named(value.name, arguments, {value.name: bare} if bare else value.name)
    if isinstance(value, Normalize):
        return fields_of(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_plain(item) for item in value]
        # One number for all axes says the same as one for each.
        is_per_axis = isinstance(type, PerAxis) and items
        return items[0] if is_per_axis and items.count(items[0]) == len(items) else items
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def _layer(layer: Layer, type: Any) -> Any:
    """Return a layer inside a layer: the number or word that stands for it, or a Named."""
    words = type.choices if isinstance(type, Sub) else {}
    word = next((word for word, kind in words.items() if kind is layer.__class__), layer.kind)
    given = given_fields(layer)
    is_number = isinstance(type, Sub) and word == type.number_means
    if is_number and layer.shorthand and set(given) <= {layer.shorthand}:
        return fields_of(layer)[layer.shorthand]
    return Named(word, fields_of(layer), {word: given} if given else word)
