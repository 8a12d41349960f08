"""What became of one target or claim."""

from __future__ import annotations

from typing import Literal

from archspec.diagnostics import Diagnostic, Span
from archspec.language.quantities import STATIC
from archspec.language.sections import Claim, TableClaim, Target
from archspec.values import dataclass

Word = Literal["proven", "reproduced", "not reproduced", "unproven", "stale", "contradicted"]
"""Whether a published accuracy is reproduced informs: chance has a hand in it."""

OPEN: frozenset[Word] = frozenset({"unproven", "stale"})
"""What neither holds nor does not; only who is strict takes it for a fault."""

Role = Literal["target", "claim"]

NO_ANALYSIS = "the network has a fault"
"""Why static targets and claims are unproven where it has."""


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

    @classmethod
    def on(
        cls,
        item: Target | Claim | TableClaim,
        word: Word,
        actual: str | None = None,
        reason: str | None = None,
        expected: str | None = None,
    ) -> Verdict:
        """Return a verdict on an item; a figure that is contradicted brings its fault.

        expected: where that is not all that the item asks for.
        """
        expected = item.expected if expected is None else expected
        faults = (_contradiction(item, expected, actual),) if word == "contradicted" else ()
        role: Role = "target" if isinstance(item, Target) else "claim"
        return cls(role, item.name, expected, actual, word, item.span, reason, faults)


def _contradiction(
    item: Target | Claim | TableClaim, expected: str, actual: str | None
) -> Diagnostic:
    if not isinstance(item, Target):
        fact = f"{item.name} is claimed to be {expected}, computed {actual}"
        return Diagnostic("claim-contradicted", fact, item.span, "correct the claim, or the layers")
    what = "the layers" if item.name in STATIC else "the layers, the data or the training"
    cure = f"change {what} until it holds, or the target"
    fact = f"{item.name} is {actual}, demanded {expected}"
    return Diagnostic("target-missed", fact, item.span, cure)
