"""What every way of `archspec verify` answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from archspec.commands.verify.junit import Suite

FORMAT_VERSION = 1
"""Of the JSON; raised when a program that reads today's could misread tomorrow's."""


class Outcome(Protocol):
    """The outcome of a verification, in each form."""

    @property
    def is_ok(self) -> bool:
        """Whether the command may exit with 0."""

    def as_text(self, *, colour: bool = False, width: int | None = None) -> str:
        """Return it for people."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""

    def suites(self) -> Sequence[Suite]:
        """Return it as suites of test cases."""
