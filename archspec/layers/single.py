"""The types of fields with a single value: numbers, truth values, texts and words.

Reading never guesses: a bool is no number, a number in quotes is text, and a value out of range is
a fault with the value in it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

from archspec.diagnostics.characters import plainly
from archspec.diagnostics.words import listed, ticked
from archspec.layers.synonyms import suggest

LARGEST = 2**31 - 1
LARGEST_FLOAT = (2 - 2**-23) * 2.0**127
"""Of float32: what is larger, torch refuses to put into a tensor or to multiply one by."""
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(
    r"-?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})([eE][-+]?[0-9]{1,2})?", re.ASCII
)
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}(,[0-9]{3}){1,5}", re.ASCII)
"""A whole number with commas between its thousands."""
_TRUE, _FALSE = ("yes", "on", "true", "1"), ("no", "off", "false", "0")


class FieldFault(Exception):
    """A value that a field does not take; `path` leads from the field to the faulty value.

    others: further faults inside the same value.
    """

    def __init__(
        self,
        message: str,
        *,
        help: str | None = None,
        path: tuple[str | int, ...] = (),
        code: str = "wrong-type",
        replacement: str | None = None,
        others: tuple[FieldFault, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message, self.help, self.path, self.code = message, help, path, code
        self.replacement, self.others = replacement, others

    def under(self, *steps: str | int) -> FieldFault:
        """Return the same faults, seen from one level further out."""
        return FieldFault(
            self.message,
            help=self.help,
            path=(*steps, *self.path),
            code=self.code,
            replacement=self.replacement,
            others=tuple(other.under(*steps) for other in self.others),
        )

    def each(self) -> tuple[FieldFault, ...]:
        """Return this fault and the others."""
        return (self, *(fault for other in self.others for fault in other.each()))


def together(faults: Sequence[FieldFault]) -> FieldFault:
    """Return one fault, to raise, that carries all."""
    first, *others = faults
    first.others = (*first.others, *others)
    return first


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
        return f"the text {shorten(value)!r}"
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, int) and abs(value) >= 10**24:
        return "a number of more than 24 digits"
    return f"{value!r}"


def shorten(text: str) -> str:
    """Return a text cut to what fits in a message."""
    return text if len(text) <= 40 else text[:37] + "…"


class Integer(NamedTuple):
    """A whole number in a range; texts such as `${4 * width}` were computed before reading."""

    at_least: int = 1
    at_most: int = LARGEST
    also: tuple[str, ...] = ()

    def read(self, value: Any) -> int | str:
        """Return the number, or one of the words that are allowed beside it."""
        if isinstance(value, str) and value in self.also:
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            replacement = self._meant(value)
            help = f"write `{replacement}`" if replacement else None
            if isinstance(value, str) and _GROUPED.fullmatch(value):
                help = f"write `{value.replace(',', '')}`"
            if isinstance(value, str) and value.startswith("$"):
                help = "an expression is `${…}` and nothing around it"
            words = "".join(f" or `{word}`" for word in self.also)
            raise FieldFault(
                f"expected a whole number{words}, got {describe_value(value)}",
                help=help,
                replacement=replacement,
            )
        if not self.at_least <= value <= self.at_most:
            too_small = value < self.at_least
            bound = f"at least {self.at_least}" if too_small else f"at most {self.at_most:,}"
            raise FieldFault(
                f"expected {bound}, got {describe_value(value)}",
                help=f"use {self.at_least:,} or more"
                if too_small
                else f"use {self.at_most:,} or less",
                code="out-of-range",
            )
        return value

    def _meant(self, value: Any) -> str | None:
        if isinstance(value, float) and abs(value) < 10**15 and value == int(value):
            return str(int(value))
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            return str(int(value))
        return suggest(value, self.also).replacement if isinstance(value, str) else None

    def schema(self) -> dict[str, Any]:
        """Return an integer in range, or one of the words."""
        number = {"type": "integer", "minimum": self.at_least, "maximum": self.at_most}
        return {"anyOf": [number, {"enum": list(self.also)}]} if self.also else number


class Number(NamedTuple):
    """A number in a range that float32 holds, kept as float."""

    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None

    def read(self, value: Any) -> float:
        """Return the number as float."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            text = value.strip() if isinstance(value, str) else ""
            replacement = text if _DECIMAL.fullmatch(text) else None
            help = f"write `{replacement}` without quotes" if replacement else None
            if _GROUPED.fullmatch(text):
                help = f"write `{text.replace(',', '')}`, or a point for a fraction"
            elif text.count(",") == 1 and _DECIMAL.fullmatch(pointed := text.replace(",", ".")):
                help = f"write `{pointed}`, with a point"
            raise FieldFault(
                f"expected a number, got {describe_value(value)}",
                help=help,
                replacement=replacement,
            )
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not abs(number) <= LARGEST_FLOAT:
            wanted = "a number that float32 holds" if math.isfinite(number) else "a finite number"
            fact = f"expected {wanted}, got {describe_value(value)}"
            raise FieldFault(fact, help=self._range(), code="out-of-range")
        bounds = (
            (self.at_least, "at least", self.at_least is None or number >= self.at_least),
            (self.at_most, "at most", self.at_most is None or number <= self.at_most),
            (self.above, "above", self.above is None or number > self.above),
            (self.below, "below", self.below is None or number < self.below),
        )
        for bound, word, holds in bounds:
            if not holds:
                article = "a number " if word in ("above", "below") else ""
                fact = f"expected {article}{word} {bound:g}, got {describe_value(value)}"
                raise FieldFault(fact, help=self._range(), code="out-of-range")
        return number

    def _range(self) -> str:
        if self.at_least is not None and self.at_most is not None:
            return f"use a number from {self.at_least:g} to {self.at_most:g}"
        words = {"of at least": self.at_least, "of at most": self.at_most}
        words |= {"above": self.above, "below": self.below}
        given = [f"{word} {bound:g}" for word, bound in words.items() if bound is not None]
        ends = f"from {-LARGEST_FLOAT:.2g} to {LARGEST_FLOAT:.2g}"
        return f"use a number {' and '.join(given) or ends}"

    def schema(self) -> dict[str, Any]:
        """Return a number in range."""
        least, most = (
            ("minimum", self.at_least) if self.above is None else ("exclusiveMinimum", self.above),
            ("maximum", self.at_most) if self.below is None else ("exclusiveMaximum", self.below),
        )
        ends = {"minimum": -LARGEST_FLOAT, "maximum": LARGEST_FLOAT}
        given = {name: ends[name] if bound is None else bound for name, bound in (least, most)}
        return {"type": "number", **given}


class Boolean:
    """true or false."""

    def read(self, value: Any) -> bool:
        """Return the truth value."""
        if not isinstance(value, bool):
            word = str(value).lower() if isinstance(value, str | int) else ""
            replacement = "true" if word in _TRUE else "false" if word in _FALSE else None
            raise FieldFault(
                f"expected true or false, got {describe_value(value)}",
                help=f"write `{replacement}`" if replacement else "write `true` or `false`",
                replacement=replacement,
            )
        return value

    def schema(self) -> dict[str, Any]:
        """Return a boolean."""
        return {"type": "boolean"}


class Text:
    """A text, not empty."""

    def read(self, value: Any) -> str:
        """Return the text."""
        if not isinstance(value, str) or not value.strip():
            raise FieldFault(f"expected a text, got {describe_value(value)}")
        if plainly(value) != value.strip():  # a name with it would name something else
            raise FieldFault(f"expected a name, got {describe_value(value)}")
        return value

    def schema(self) -> dict[str, Any]:
        """Return a text."""
        return {"type": "string", "minLength": 1}


class Reference:
    """The id of an earlier entry; `none` for nothing."""

    none: ClassVar[str] = "none"

    def read(self, value: Any) -> str | None:
        """Return the id, or None for `none`."""
        id = Text().read(value)
        return None if id == self.none else id

    def schema(self) -> dict[str, Any]:
        """Return a text."""
        return Text().schema()


class Choice(NamedTuple):
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: Any) -> str:
        """Return the word."""
        if not isinstance(value, str) or value not in self.words:
            near = suggest(value, self.words) if isinstance(value, str) else suggest("", ())
            raise FieldFault(
                f"expected {listed(ticked(self.words), 'or')}, got {describe_value(value)}",
                help=near.help or "write one of these words",
                code="unknown-word",
                replacement=near.replacement,
            )
        return value

    def schema(self) -> dict[str, Any]:
        """Return an enumeration."""
        return {"enum": list(self.words)}
