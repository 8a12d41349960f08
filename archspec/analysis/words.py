"""Shapes, values per axis and receptive fields as tables and drawings print them."""

from __future__ import annotations

from fractions import Fraction

from archspec.analysis.model import ReceptiveField
from archspec.layers import Shape

NOTHING = "-"
"""The cell of a row that has no such thing, as the kernel of an activation."""


def show_shape(shape: Shape) -> str:
    """Return a (C, …) shape as tables print it: `28x28x1` is H x W x C, `10` are features."""
    return "x".join(map(str, (*shape[1:], *shape[:1])))


def show_axes(values: tuple[int, ...] | tuple[Fraction, ...] | None) -> str:
    """Return one value per axis as `3x3`, or `-` where there is none."""
    return "x".join(map(str, values)) if values else NOTHING


def show_equal_axes(values: tuple[int, ...] | tuple[Fraction, ...]) -> str:
    """Return one number where all axes agree, else one for each: `28`, or `5x9`."""
    return str(values[0]) if len(set(values)) == 1 else show_axes(values)


def show_receptive_field(receptive_field: ReceptiveField) -> str:
    """Return the size as tables print it: `28`, `5x9`, or `global (28)`."""
    size = show_equal_axes(receptive_field.size)
    return f"global ({size})" if receptive_field.is_global else size
