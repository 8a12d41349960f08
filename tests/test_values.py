"""Frozen values are what the standard library's frozen dataclasses are."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any, ClassVar

import pytest

from archspec import values


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """As the standard library makes it."""

    kind: ClassVar[str] = "sample"

    size: int
    names: tuple[str, ...] = ()
    notes: dict[str, int] = field(default_factory=dict, compare=False, repr=False)


@values.dataclass(frozen=True, slots=True)
class Ours:
    """The same fields, made quickly."""

    kind: ClassVar[str] = "sample"

    size: int
    names: tuple[str, ...] = ()
    notes: dict[str, int] = field(default_factory=dict, compare=False, repr=False)


@values.dataclass(frozen=True, slots=True, eq=False)
class Itself:
    """Equal to nothing else."""

    size: int


BOTH = pytest.mark.parametrize("kind", [Theirs, Ours])


@BOTH
def test_fields_are_given_by_place_by_name_or_by_default(kind: Any) -> None:
    value = kind(3, names=("a",))

    assert (value.size, value.names, value.notes) == (3, ("a",), {})
    assert kind(3).names == ()
    assert kind(3).notes is not kind(3).notes


@BOTH
@pytest.mark.parametrize(
    ("given", "named"),
    [((), {}), ((1, (), {}, 4), {}), ((1,), {"size": 2}), ((1,), {"other": 2})],
    ids=["missing", "too many", "twice", "unknown"],
)
def test_what_does_not_fit_is_refused(kind: Any, given: Any, named: Any) -> None:
    with pytest.raises(TypeError):
        kind(*given, **named)


@BOTH
def test_equal_are_values_of_one_class_with_equal_fields(kind: Any) -> None:
    assert kind(3, ("a",)) == kind(3, ("a",))
    assert hash(kind(3, ("a",))) == hash(kind(3, ("a",)))
    assert kind(3) != kind(4)
    assert kind(3, notes={"a": 1}) == kind(3)  # which is not compared
    assert kind(3) != 3


def test_values_of_different_classes_differ() -> None:
    ours: object = Ours(3)

    assert ours != Theirs(3)
    assert Itself(3) != Itself(3)


@BOTH
def test_a_value_shows_its_fields(kind: Any) -> None:
    assert repr(kind(3, ("a",))) == f"{kind.__name__}(size=3, names=('a',))"


@BOTH
def test_a_value_stays_as_it_is(kind: Any) -> None:
    value = kind(3)

    with pytest.raises(dataclasses.FrozenInstanceError):
        value.size = 4
    with pytest.raises(dataclasses.FrozenInstanceError):
        del value.size
    assert not hasattr(value, "__dict__")


@BOTH
@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))],
    ids=["copy", "deep copy", "pickle"],
)
def test_a_copy_has_the_same_fields(kind: Any, copied: Callable[[Any], Any]) -> None:
    value = kind(3, ("a",), {"b": 1})

    made = copied(value)

    assert (made, made.notes) == (value, {"b": 1})


@BOTH
def test_a_value_can_be_replaced_and_asked_for_its_fields(kind: Any) -> None:
    assert dataclasses.replace(kind(3, ("a",)), size=5) == kind(5, ("a",))
    assert [f.name for f in dataclasses.fields(kind)] == ["size", "names", "notes"]
    assert kind.__dataclass_params__.frozen
