"""What a recipe said when a run was made, and says now, in words."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.analysis import Analysis
from archspec.diagnostics.words import few, listed

MOST_SHOWN = 4


def what_changed(then: Analysis | None, now: Analysis) -> tuple[str, ...] | None:
    """Return what differs from a run's recipe to the present one: `train.epochs 15 → 20`, ….

    then: of the texts that the record keeps; None, as the result, when they make no network any
    more. Empty when no key differs, so that archspec itself computes the hash in another way.
    """
    from archspec.judge.difference import changes_in_words, difference

    return None if then is None else changes_in_words(difference(then, now))


def show_changes(changes: Sequence[str] | None) -> str:
    """Return the changes in one line, the first few of many."""
    if changes is None:
        return "the texts that the record keeps cannot be read any more"
    if not changes:
        return "no key differs, but this archspec hashes them in another way"
    if len(changes) <= MOST_SHOWN:
        return ", ".join(changes)
    return listed(few(changes, MOST_SHOWN))
