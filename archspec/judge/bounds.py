"""Whether a value keeps its bounds, exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from archspec.language.sections import Bound

_HOLDS: Mapping[Bound, Callable[..., bool]] = {
    "below": lambda value, limit: value < limit,
    "above": lambda value, limit: value > limit,
    "at_least": lambda value, limit: value >= limit,
    "at_most": lambda value, limit: value <= limit,
    "equals": lambda value, limit: value == limit,
    "between": lambda value, low, high: low <= value <= high,
}
_UPPER: frozenset[Bound] = frozenset({"below", "at_most", "between"})


def holds(bounds: Mapping[Bound, tuple[Fraction, ...]], value: Fraction) -> bool:
    """Return whether a value keeps all bounds."""
    return all(_HOLDS[word](value, *limits) for word, limits in bounds.items())


def limits_from_above(bounds: Mapping[Bound, tuple[Fraction, ...]]) -> bool:
    """Return whether a value can be too large for the bounds (`equals` names one figure only)."""
    return not _UPPER.isdisjoint(bounds)
