"""What became of one target or claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archspec.diagnostics import Diagnostic, Span

Word = Literal["proven", "unproven", "stale", "contradicted", "reproduced", "not reproduced"]
"""The last two are for published accuracies, which chance has a hand in: they inform."""

Role = Literal["target", "claim"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target or claim, what was found instead, and the word on it.

    actual: None where nothing was computed or measured. reason: in words, for whatever is not
    proven or contradicted by a figure alone. diagnostics: the faults behind it, one for each
    difference of a table.
    """

    role: Role
    name: str
    expected: str
    actual: str | None
    verdict: Word
    span: Span
    reason: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
