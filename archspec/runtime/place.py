"""How a fault finds its place in the spec that caused it."""

from __future__ import annotations

from typing import Protocol

from archspec.diagnostics import Span


class Place(Protocol):
    """Returns the place of a value of the spec: `place("data", "augment", 0, "RandomRotation")`."""

    def __call__(self, *path: str | int) -> Span | None:
        """Return the place, or None where the values were not read from a text."""


def nowhere(*path: str | int) -> Span | None:
    """Return None: the values were made in Python."""
    return None
