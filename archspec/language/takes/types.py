"""The types of arguments that torch's classes take, beside those of fields."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from archspec.layers.fields import FieldFault, describe_value, shorten


class Argument(Protocol):
    """What an argument's type answers."""

    def read(self, value: Any) -> Any:
        """Return the form that the class takes of a plain YAML value, or raise FieldFault."""


class Maybe(NamedTuple):
    """A value, or null."""

    item: Argument

    def read(self, value: Any) -> Any:
        """Return None for null."""
        return None if value is None else self.item.read(value)


class OneOr(NamedTuple):
    """A single value, or a list of them."""

    one: Argument
    many: Argument

    def read(self, value: Any) -> Any:
        """Return what fits the value's form."""
        return (self.many if isinstance(value, list | tuple) else self.one).read(value)


class Listed(NamedTuple):
    """A list with a type for each place."""

    items: tuple[Argument, ...]

    def read(self, value: Any) -> tuple[Any, ...]:
        """Return the values as a tuple."""
        wanted = len(self.items)
        if not isinstance(value, list | tuple) or len(value) != wanted:
            fact = f"expected a list of {wanted} values, got {describe_value(value)}"
            raise FieldFault(fact, help=f"write {wanted} values in brackets", code="wrong-length")
        return tuple(item.read(each) for item, each in zip(self.items, value, strict=True))


class Interval(NamedTuple):
    """Two values, the smaller one first."""

    item: Argument

    def read(self, value: Any) -> tuple[Any, Any]:
        """Return both."""
        low, high = Listed((self.item, self.item)).read(value)
        if low > high:
            fact = f"runs from {low:g} down to {high:g}"
            raise FieldFault(fact, help=f"write [{high:g}, {low:g}]", code="out-of-range")
        return low, high


class Lengths(NamedTuple):
    """A list of one of a few lengths."""

    item: Argument
    lengths: tuple[int, ...]

    def read(self, value: Any) -> tuple[Any, ...]:
        """Return the values as a tuple."""
        if not isinstance(value, list | tuple) or len(value) not in self.lengths:
            words = " or ".join(map(str, self.lengths))
            fact = f"expected a list of {words} values, got {describe_value(value)}"
            raise FieldFault(fact, help=f"write {words} values in brackets", code="wrong-length")
        return tuple(self.item.read(each) for each in value)


class Odd(NamedTuple):
    """An odd number."""

    item: Argument

    def read(self, value: Any) -> int:
        """Return the number."""
        number: int = self.item.read(value)
        if number % 2 == 0:
            raise FieldFault(
                f"expected an odd number, got {number}",
                help=f"write {number + 1}",
                code="out-of-range",
            )
        return number


class Only(NamedTuple):
    """The one value that the trainer can use of those that torch takes, and why."""

    value: Any
    because: str

    def read(self, value: Any) -> Any:
        """Return it."""
        if value != self.value or isinstance(value, bool) is not isinstance(self.value, bool):
            given = value if isinstance(value, str) else describe_value(value)
            fact = f"is `{shorten(given)}`, {self.because}" if isinstance(value, str) else ""
            raise FieldFault(
                fact or f"got {given}, {self.because}", help="leave it out", code="bad-argument"
            )
        return value


class OrWord(NamedTuple):
    """A value, or one word."""

    word: str
    item: Argument

    def read(self, value: Any) -> Any:
        """Return the word as it is."""
        return value if value == self.word else self.item.read(value)
