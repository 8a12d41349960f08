"""The types of YAML fields: each reads a plain value into its one inner form and has a JSON Schema.

Reading never guesses: a bool is no number, a number in quotes is text, and a value out of range is
a fault with the value in it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any, ClassVar, Protocol

from archspec.diagnostics import did_you_mean
from archspec.layers.base import Layer

LARGEST = 2**31 - 1
EXPRESSION = r"^\$(\{.*\}|[A-Za-z_][A-Za-z0-9_]*)$"


class FieldFault(Exception):
    """A value that a field does not take; `path` leads from the field to the faulty value."""

    def __init__(
        self,
        message: str,
        *,
        help: str | None = None,
        path: tuple[str | int, ...] = (),
        code: str = "wrong-type",
        replacement: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.help, self.path, self.code = message, help, path, code
        self.replacement = replacement

    def under(self, *steps: str | int) -> FieldFault:
        """Return the same fault, seen from one level further out."""
        return FieldFault(
            self.message,
            help=self.help,
            path=(*steps, *self.path),
            code=self.code,
            replacement=self.replacement,
        )


class FieldType(Protocol):
    """What a field type answers."""

    def read(self, value: Any) -> Any:
        """Return the inner form of a plain YAML value, or raise FieldFault."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the accepted values."""


def describe_value(value: Any) -> str:
    """Return a received value as it stands in messages, short enough for one line."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, str):
        shown = value if len(value) <= 40 else value[:37] + "…"
        return f"the text {shown!r}"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return f"{value!r}"


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number in a range; texts such as `${4 * width}` were computed before reading."""

    at_least: int = 1
    at_most: int = LARGEST
    also: tuple[str, ...] = ()

    def read(self, value: Any) -> int | str:
        """Return the number, or one of the words that are allowed beside it."""
        if isinstance(value, str) and value in self.also:
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            replacement = None
            if isinstance(value, float) and math.isfinite(value) and value == int(value):
                replacement = str(int(value))
            elif isinstance(value, str) and value.strip().lstrip("-").isdecimal():
                replacement = str(int(value[:20]))
            words = "".join(f" or `{word}`" for word in self.also)
            raise FieldFault(
                f"expected a whole number{words}, got {describe_value(value)}",
                help=f"write {replacement}" if replacement else None,
                replacement=replacement,
            )
        if not self.at_least <= value <= self.at_most:
            bound = (
                f"at least {self.at_least}"
                if value < self.at_least
                else f"at most {self.at_most:,}"
            )
            shown = value if abs(value) < 10**20 else "a number of more than 20 digits"
            raise FieldFault(f"expected {bound}, got {shown}", code="out-of-range")
        return value

    def schema(self) -> dict[str, Any]:
        """Return an integer in range, or an expression."""
        number = {"type": "integer", "minimum": self.at_least, "maximum": self.at_most}
        options: list[dict[str, Any]] = [number, {"type": "string", "pattern": EXPRESSION}]
        if self.also:
            options.append({"enum": list(self.also)})
        return {"anyOf": options}


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a range, kept as float."""

    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None

    def read(self, value: Any) -> float:
        """Return the number as float."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FieldFault(f"expected a number, got {describe_value(value)}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise FieldFault(f"expected a finite number, got {number}", code="out-of-range")
        bounds = (
            (self.at_least, "at least", self.at_least is None or number >= self.at_least),
            (self.at_most, "at most", self.at_most is None or number <= self.at_most),
            (self.above, "above", self.above is None or number > self.above),
            (self.below, "below", self.below is None or number < self.below),
        )
        for bound, word, holds in bounds:
            if not holds:
                raise FieldFault(f"expected {word} {bound:g}, got {value}", code="out-of-range")
        return number

    def schema(self) -> dict[str, Any]:
        """Return a number in range."""
        keys = {
            "minimum": self.at_least,
            "maximum": self.at_most,
            "exclusiveMinimum": self.above,
            "exclusiveMaximum": self.below,
        }
        return {"type": "number"} | {k: v for k, v in keys.items() if v is not None}


@dataclass(frozen=True, slots=True)
class Boolean:
    """true or false."""

    def read(self, value: Any) -> bool:
        """Return the truth value."""
        if not isinstance(value, bool):
            word = str(value).lower()
            replacement = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(word)
            raise FieldFault(
                f"expected true or false, got {describe_value(value)}",
                help=f"write {replacement}" if replacement else None,
                replacement=replacement,
            )
        return value

    def schema(self) -> dict[str, Any]:
        """Return a boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Text:
    """A text, not empty."""

    def read(self, value: Any) -> str:
        """Return the text."""
        if not isinstance(value, str) or not value.strip():
            raise FieldFault(f"expected a text, got {describe_value(value)}")
        return value

    def schema(self) -> dict[str, Any]:
        """Return a text."""
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: Any) -> str:
        """Return the word."""
        if not isinstance(value, str) or value not in self.words:
            listed = ", ".join(f"`{word}`" for word in self.words)
            near = did_you_mean(value, self.words) if isinstance(value, str) else None
            raise FieldFault(
                f"expected one of {listed}, got {describe_value(value)}",
                help=near,
                code="unknown-word",
            )
        return value

    def schema(self) -> dict[str, Any]:
        """Return an enumeration."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class PerAxis:
    """One whole number for every axis, or a list with one for each; kept as a tuple."""

    item: Integer = dataclasses.field(default_factory=Integer)
    most: int = 3

    def read(self, value: Any) -> tuple[int, ...] | str:
        """Return (3,) for `3` and (3, 5) for `[3, 5]`; allowed words stay words."""
        if not isinstance(value, list | tuple):
            number = self.item.read(value)
            return number if isinstance(number, str) else (number,)
        if not 1 <= len(value) <= self.most:
            raise FieldFault(
                f"expected a number or a list of 1 to {self.most}, got {describe_value(value)}",
                code="wrong-length",
            )
        bare = Integer(self.item.at_least, self.item.at_most)
        return tuple(_read_item(bare, item, index) for index, item in enumerate(value))

    def schema(self) -> dict[str, Any]:
        """Return a number or a list of them."""
        bare = Integer(self.item.at_least, self.item.at_most)
        many = {"type": "array", "items": bare.schema(), "minItems": 1, "maxItems": self.most}
        return {"anyOf": [*self.item.schema()["anyOf"], many]}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one type; kept as a tuple."""

    item: FieldType
    at_least: int = 0
    at_most: int | None = None

    def read(self, value: Any) -> tuple[Any, ...]:
        """Return the values as a tuple."""
        if not isinstance(value, list | tuple):
            raise FieldFault(f"expected a list, got {describe_value(value)}")
        if len(value) < self.at_least or (self.at_most is not None and len(value) > self.at_most):
            bound = f"{self.at_least} to {self.at_most}" if self.at_most else self.at_least
            raise FieldFault(f"expected {bound} values, got {len(value)}", code="wrong-length")
        return tuple(_read_item(self.item, item, index) for index, item in enumerate(value))

    def schema(self) -> dict[str, Any]:
        """Return an array."""
        sizes = {"minItems": self.at_least, "maxItems": self.at_most}
        bounds = {key: size for key, size in sizes.items() if size}
        return {"type": "array", "items": self.item.schema()} | bounds


@dataclass(frozen=True, slots=True)
class Either:
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


@dataclass(frozen=True, slots=True)
class Nested:
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
            raise faults[0]
        return self.owner(**read)

    def schema(self) -> dict[str, Any]:
        """Return the schema of the owner's fields."""
        return fields_schema(self.owner)


@dataclass(frozen=True, slots=True)
class Sub:
    """Another layer inside a layer: a word, or `{word: fields}`; `none` for nothing."""

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
            return _read_entry(self._choice(value), {})
        if isinstance(value, Mapping) and len(value) == 1:
            ((word, fields),) = value.items()
            chosen = self._choice(word, (word,))
            if not isinstance(fields, Mapping):
                shorthand = chosen.shorthand
                if shorthand is None:
                    raise FieldFault(
                        f"expected the fields of `{word}`, got {describe_value(fields)}",
                        path=(word,),
                    )
                fields = {shorthand: fields}
            try:
                return _read_entry(chosen, fields)
            except FieldFault as fault:
                raise fault.under(word) from None
        words = ", ".join(f"`{word}`" for word in list(self.choices)[:4])
        raise FieldFault(
            f"expected a name such as {words}, or one name with its fields, "
            f"got {describe_value(value)}"
        )

    def _choice(self, word: Any, path: tuple[str | int, ...] = ()) -> type[Layer]:
        if not isinstance(word, str) or word not in self.choices:
            listed = ", ".join(f"`{name}`" for name in self.choices)
            near = did_you_mean(str(word), [*self.choices, self.none])
            short = near or (f"use one of {listed}" if len(self.choices) <= 6 else None)
            raise FieldFault(
                f"unknown name {describe_value(word)}", help=short, path=path, code="unknown-word"
            )
        return self.choices[word]

    def schema(self) -> dict[str, Any]:
        """Return the words, and each word with its fields."""
        options: list[dict[str, Any]] = [
            {"enum": [self.none, *(w for w, c in self.choices.items() if not required(c))]}
        ]
        if self.number_means:
            chosen = self.choices[self.number_means]
            assert chosen.shorthand
            options.append(field_type(chosen, chosen.shorthand).schema())
        for word, chosen in self.choices.items():
            options.append(
                {
                    "type": "object",
                    "properties": {word: fields_schema(chosen)},
                    "required": [word],
                    "additionalProperties": False,
                }
            )
        return {"anyOf": options}


def field(type: FieldType, doc: str, default: Any = MISSING) -> Any:
    """Declare a YAML field of a layer or section: its type, one sentence, and its default."""
    return dataclasses.field(default=default, metadata={"type": type, "doc": doc})


def field_type(owner: type, name: str) -> FieldType:
    """Return the declared type of a field."""
    declared: FieldType = owner.__dataclass_fields__[name].metadata["type"]
    return declared


def required(owner: type) -> tuple[str, ...]:
    """Return the names of the fields without a default."""
    return tuple(f.name for f in dataclasses.fields(owner) if f.default is MISSING)


def read_fields(owner: type, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldFault]]:
    """Read the fields of a layer or section from plain values; return what was read, and all faults."""
    declared = owner.__dataclass_fields__
    read: dict[str, Any] = {}
    faults: list[FieldFault] = []
    for name, value in values.items():
        if name not in declared:
            near = did_you_mean(str(name), declared)
            faults.append(
                FieldFault(
                    f"unknown field {describe_value(name)[9:] if isinstance(name, str) else name}",
                    help=near,
                    path=(name,),
                    code="unknown-field",
                )
            )
            continue
        try:
            read[name] = declared[name].metadata["type"].read(value)
        except FieldFault as fault:
            faults.append(fault.under(name))
    for name in required(owner):
        if name not in values:
            faults.append(
                FieldFault(f"the field `{name}` is missing", code="missing-field", help=f"add `{name}: …`")
            )
    return read, faults


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


def _read_item(item: FieldType, value: Any, index: int) -> Any:
    try:
        return item.read(value)
    except FieldFault as fault:
        raise fault.under(index) from None


def _read_entry(chosen: type[Layer], values: Mapping[str, Any]) -> Layer:
    read, faults = read_fields(chosen, values)
    if faults:
        raise faults[0]
    return chosen(**read)
