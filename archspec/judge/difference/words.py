"""A difference in words: `conv3.dropout none → 0.25`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archspec.analysis import EntryFacts
from archspec.analysis.words import show_shape
from archspec.judge.difference.model import (
    ABSENT,
    Change,
    Difference,
    EntryDifference,
    FigureChange,
)
from archspec.judge.plain import given_fields

FIGURES = {
    "output": "output",
    "receptive_field": "receptive field",
    "params": "params",
    "macs": "MACs",
}


def changes_in_words(difference: Difference) -> tuple[str, ...]:
    """Return everything that someone changed, one short text each, layers before data and training.

    Such as `conv3.dropout none → 0.25`, `conv4 removed`, `train.epochs 20 → 15`.
    """
    words = [show_change(change) for change in difference.input]
    for entry in difference.changed_entries:
        if entry.status == "added":
            words.append(f"{entry.id} added: {entry_in_words(entry.facts)}")
        elif entry.status == "removed":
            words.append(f"{entry.id} removed")
        else:
            words += [f"{entry.id}.{show_change(change)}" for change in entry.changes]
    return (*words, *map(show_change, difference.data), *map(show_change, difference.train))


def show_change(change: Change) -> str:
    """Return a change with its path: `train.epochs 20 → 15`."""
    return f"{'.'.join(change.path)} {show_value(change.old)} → {show_value(change.new)}"


def show_value(value: Any) -> str:
    """Return a plain value as a file says it, on one line; None is `none`."""
    if value is ABSENT:
        return str(ABSENT.value)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(show_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {show_value(item)}' for key, item in value.items())}}}"
    return " ".join(str(value).split())


def entry_in_words(facts: EntryFacts) -> str:
    """Return an entry as the layer list says it: `conv {out_channels: 16, kernel_size: 1}`."""
    entry = facts.entry
    given = given_fields(entry.layer) if entry.layer is not None else {}
    shorthand = entry.layer.shorthand if entry.layer is not None else None
    if not given:
        return entry.kind
    if shorthand is not None and list(given) == [shorthand]:
        return f"{entry.kind} {show_value(given[shorthand])}"
    return f"{entry.kind} {show_value(given)}"


def show_figure_change(figure: FigureChange) -> str:
    """Return a figure with its name and delta: `params 8,172 → 7,720 (−452)`."""
    return f"{FIGURES[figure.name]} {show_figure(figure)}"


def show_figure(figure: FigureChange) -> str:
    """Return a figure with its delta; only the one value of an entry that is on one side only."""
    if figure.old is None or figure.new is None:
        return _number(figure.new if figure.old is None else figure.old)
    return f"{_number(figure.old)} → {_number(figure.new)}{_delta(figure)}"


def name_of(entry: EntryDifference) -> str:
    """Return the id, and the one before where they differ: `conv4 (was conv5)`."""
    return f"{entry.id} (was {entry.old_id})" if entry.old_id else entry.id


def _number(value: Any) -> str:
    if isinstance(value, tuple):
        return show_shape(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _delta(figure: FigureChange) -> str:
    if figure.delta is None:
        return ""
    sign = "+" if figure.delta > 0 else "\N{MINUS SIGN}"
    return f" ({sign}{abs(figure.delta):,})"
