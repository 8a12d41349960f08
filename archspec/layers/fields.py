"""The types of fields that hold several values, or fields of their own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

from archspec.layers.base import Layer
from archspec.layers.reading import field, field_types, fields_schema, read_fields, required
from archspec.layers.single import (
    LARGEST,
    LARGEST_FLOAT,
    Boolean,
    Choice,
    FieldFault,
    FieldType,
    Integer,
    Number,
    Reference,
    Text,
    describe_value,
    shorten,
    together,
)
from archspec.layers.synonyms import WORDS, Suggestion, fold, suggest
from archspec.values import dataclass


class PerAxis(NamedTuple):
    """One whole number for every axis, or a list with one for each; kept as a tuple."""

    item: Integer = Integer()
    most: int = 3

    def read(self, value: Any) -> tuple[int, ...] | str:
        """Return (3,) for `3` and (3, 5) for `[3, 5]`; allowed words stay words."""
        if not isinstance(value, list | tuple):
            number = self.item.read(value)
            return number if isinstance(number, str) else (number,)
        if not 1 <= len(value) <= self.most:
            raise FieldFault(
                f"expected a number or a list of 1 to {self.most}, got {describe_value(value)}",
                help="give one number for all axes, or one for each",
                code="wrong-length",
            )
        return _read_items(Integer(self.item.at_least, self.item.at_most), value)

    def schema(self) -> dict[str, Any]:
        """Return a number or a list of them."""
        bare = Integer(self.item.at_least, self.item.at_most)
        many = {"type": "array", "items": bare.schema(), "minItems": 1, "maxItems": self.most}
        one = self.item.schema()
        return {"anyOf": [*one.get("anyOf", [one]), many]}


class ListOf(NamedTuple):
    """A list of values of one type; kept as a tuple."""

    item: FieldType
    at_least: int = 0
    at_most: int | None = None

    def read(self, value: Any) -> tuple[Any, ...]:
        """Return the values as a tuple."""
        if not isinstance(value, list | tuple):
            raise FieldFault(
                f"expected a list, got {describe_value(value)}",
                help="put it in brackets" if value is not None else None,
            )
        if len(value) < self.at_least or (self.at_most is not None and len(value) > self.at_most):
            bound = f"{self.at_least} to {self.at_most}" if self.at_most else self.at_least
            noun = "value" if bound == 1 else "values"
            raise FieldFault(f"expected {bound} {noun}, got {len(value)}", code="wrong-length")
        return _read_items(self.item, value)

    def schema(self) -> dict[str, Any]:
        """Return an array."""
        sizes = {"minItems": self.at_least, "maxItems": self.at_most}
        bounds = {key: size for key, size in sizes.items() if size}
        return {"type": "array", "items": self.item.schema()} | bounds


class Either(NamedTuple):
    """A value of the first type that takes it; the fault is that of the first type."""

    types: tuple[FieldType, ...]

    def read(self, value: Any) -> Any:
        """Return what the first fitting type makes of the value."""
        faults = []
        for candidate in self.types:
            try:
                return candidate.read(value)
            except FieldFault as fault:
                faults.append(fault)
        raise faults[0]

    def schema(self) -> dict[str, Any]:
        """Return a union."""
        return {"anyOf": [candidate.schema() for candidate in self.types]}


class Nested(NamedTuple):
    """A mapping with declared fields of its own, such as `normalize: {mean: …, std: …}`."""

    owner: type

    def read(self, value: Any) -> Any:
        """Return the owner built from the mapping."""
        if not isinstance(value, Mapping):
            names = ", ".join(f"{f.name}: …" for f in dataclasses.fields(self.owner))
            raise FieldFault(
                f"expected a mapping, got {describe_value(value)}", help=f"write `{{{names}}}`"
            )
        read, faults = read_fields(self.owner, value)
        if faults:
            raise together(faults)
        return self.owner(**read)

    def schema(self) -> dict[str, Any]:
        """Return the schema of the owner's fields."""
        return fields_schema(self.owner)


@dataclass(frozen=True, slots=True)
class Sub:
    """Another layer inside a layer: a word, or `{word: fields}`; `none` for nothing."""

    name: str
    choices: Mapping[str, type[Layer]]
    number_means: str | None = None
    """The choice that a bare number is a shorthand for, as in `dropout: 0.05`."""

    none: ClassVar[str] = "none"

    def read(self, value: Any) -> Layer | None:
        """Return the layer, or None for `none` (and for the number 0 where numbers are taken)."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if self.number_means and is_number:
            chosen = self.choices[self.number_means]
            assert chosen.shorthand
            number = _read_entry(chosen, {chosen.shorthand: value})
            return number if value != 0 else None
        if value == self.none:
            return None
        if isinstance(value, str):
            return self._bare(value)
        if isinstance(value, Mapping) and len(value) == 1:
            ((word, fields),) = value.items()
            chosen = self._choice(word, (word,))
            if not isinstance(fields, Mapping):
                shorthand = chosen.shorthand
                if shorthand is None:
                    raise FieldFault(
                        f"expected the fields of `{word}`, got {describe_value(fields)}",
                        path=(word,),
                        help=f"write `{word}` alone"
                        + (", or its fields" if field_types(chosen) else ""),
                    )
                fields = {shorthand: fields}
            try:
                return _read_entry(chosen, fields)
            except FieldFault as fault:
                raise fault.under(word) from None
        words = ", ".join(f"`{word}`" for word in list(self.choices)[:4])
        help = f"write `{self.none}` for nothing" if not value else None
        if isinstance(value, Mapping) and len(value) > 1:
            help = f"indent the fields deeper than `{next(iter(value))}`"
        raise FieldFault(
            f"expected a name such as {words}, or one name with its fields, "
            f"got {describe_value(value)}",
            help=help,
        )

    def _bare(self, word: str) -> Layer:
        chosen = self._choice(word)
        try:
            return _read_entry(chosen, {})
        except FieldFault as fault:
            example = "…" if chosen.shorthand else "{…}"
            fault.help = f"write `{{{word}: {example}}}`"
            raise

    def _choice(self, word: Any, path: tuple[str | int, ...] = ()) -> type[Layer]:
        if word in self.choices:
            return self.choices[word]
        near = self._meant(str(word))
        listed = ", ".join(f"`{name}`" for name in list(self.choices)[:4])
        more = " and others" if len(self.choices) > 4 else ""
        raise FieldFault(
            f"unknown {self.name} `{shorten(str(word))}`",
            help=near.help or f"the names are {listed}{more}",
            path=path,
            code="unknown-word",
            replacement=near.replacement if not path else None,
        )

    def _meant(self, word: str) -> Suggestion:
        """Suggest a word; torch's class (BatchNorm2d) and our own kind (batch_norm) count as it."""
        for known, chosen in self.choices.items():
            if fold(word) == fold(chosen.kind):
                return Suggestion((known,), True)
        if fold(word) in ("null", "no", "off", "linear", "identity"):
            return Suggestion((self.none,), True)
        return suggest(word, (*self.choices, self.none), WORDS)

    def schema(self) -> dict[str, Any]:
        """Return a reference to the definition, which stands in the schema once."""
        return {"allOf": [{"$ref": f"#/definitions/{self.name}"}]}

    def definition(self) -> dict[str, Any]:
        """Return the words, and each word with its fields."""
        options: list[dict[str, Any]] = [
            {"enum": [self.none, *(w for w, c in self.choices.items() if not required(c))]}
        ]
        if self.number_means:
            chosen = self.choices[self.number_means]
            assert chosen.shorthand
            options.append(field_types(chosen)[chosen.shorthand].schema())
        for word, chosen in self.choices.items():
            options.append(
                {
                    "type": "object",
                    "properties": {word: _reference(chosen)},
                    "required": [word],
                    "additionalProperties": False,
                }
            )
        return {"anyOf": options}


def _reference(layer: type[Layer]) -> dict[str, Any]:
    """Return a reference to a layer's fields, which stand in the schema once; or its shorthand."""
    parts: list[dict[str, Any]] = [{"$ref": f"#/definitions/fields.{layer.kind}"}]
    if names := required(layer):
        parts.append({"required": list(names)})
    fields = {"allOf": parts}
    if layer.shorthand is None:
        return fields
    return {"anyOf": [fields, field_types(layer)[layer.shorthand].schema()]}


def _read_items(type: FieldType, values: Iterable[Any]) -> tuple[Any, ...]:
    """Read every item of a list; the faults of all are raised together."""
    read, faults = [], []
    for index, value in enumerate(values):
        try:
            read.append(type.read(value))
        except FieldFault as fault:
            faults.append(fault.under(index))
    if faults:
        raise together(faults)
    return tuple(read)


def _read_entry(chosen: type[Layer], values: Mapping[str, Any]) -> Layer:
    read, faults = read_fields(chosen, values)
    if faults:
        raise together(faults)
    return chosen(**read)


__all__ = [
    "LARGEST",
    "LARGEST_FLOAT",
    "Boolean",
    "Choice",
    "Either",
    "FieldFault",
    "FieldType",
    "Integer",
    "ListOf",
    "Nested",
    "Number",
    "PerAxis",
    "Reference",
    "Sub",
    "Text",
    "describe_value",
    "field",
    "field_types",
    "fields_schema",
    "read_fields",
    "required",
    "shorten",
]
