"""How the fields of a layer are drawn: the parts of which makers are put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from archspec.layers import Shape

Draw = Callable[[st.SearchStrategy[Any]], Any]
Fields = dict[str, Any]
Maker = Callable[[Draw, Shape], Fields | None]
"""Draws the fields of a kind for an input; None where the kind does not fit it."""

NUMBERS = st.sampled_from([0.01, 0.1, 0.3, 1, 0.001])
PROBABILITIES = st.sampled_from([0, 0.05, 0.25, 0.5, 1])
EPSILONS = st.sampled_from([1e-5, 0.001, 1e-12])


def some(draw: Draw, fields: dict[str, st.SearchStrategy[Any]]) -> Fields:
    """Draw which of these optional fields are written, and their values."""
    return {name: draw(values) for name, values in fields.items() if draw(st.booleans())}


def axes(draw: Draw, ranges: list[tuple[int, int]]) -> list[int]:
    """Draw a number for each axis; half of the time the same for all, as most networks have it."""
    low, high = max(low for low, _ in ranges), min(high for _, high in ranges)
    if low <= high and draw(st.booleans()):
        return [draw(st.integers(low, high))] * len(ranges)
    return [draw(st.integers(*each)) for each in ranges]


def written(draw: Draw, numbers: list[int]) -> int | list[int]:
    """Return numbers as a file may say them: one for all axes where they are equal, or a list."""
    if len(set(numbers)) == 1 and draw(st.booleans()):
        return numbers[0]
    return numbers


def divisor(draw: Draw, *numbers: int) -> int:
    fitting = [d for d in range(1, min(numbers) + 1) if all(n % d == 0 for n in numbers)]
    return int(draw(st.sampled_from(fitting)))


def optional(**fields: st.SearchStrategy[Any]) -> Maker:
    return lambda draw, input: some(draw, fields)


def tokens_of(make: Maker) -> Maker:
    """Return a maker for tokens (L, D) alone."""
    return lambda draw, input: make(draw, input) if len(input) == 2 else None


def dims_of(input: Shape) -> st.SearchStrategy[int]:
    """Return the axes of an input as torch counts them, from 1 or back from -1."""
    return st.integers(1, len(input)) | st.integers(-len(input), -1)
