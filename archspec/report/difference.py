"""A difference between two networks, for people on a terminal, for a page, and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from archspec.judge.difference import (
    ABSENT,
    Change,
    Difference,
    EntryDifference,
    FigureChange,
    entry_in_words,
    show_change,
    show_figure_change,
    show_value,
)
from archspec.judge.difference.words import FIGURES, name_of, show_figure
from archspec.tables.formats import escape_cell

FORMAT_VERSION = 1
"""Raised when a program that reads today's JSON could misread tomorrow's."""

NOTHING = "nothing changed in layers, data and training"
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def difference_as_text(difference: Difference, a: str = "A", b: str = "B") -> str:
    """Return what was changed, a line each, and below it the figures that follow from it.

    a, b: how the networks are called in the first line.
    """
    lines = [f"{a} → {b}", *(f"  {line}" for line in _change_lines(difference))]
    if difference.is_empty:
        return "\n".join([*lines, f"  {NOTHING}"]) + "\n"
    figures = [(name_of(e), e.figures) for e in difference.entries if e.old and e.new and e.figures]
    rows = [*figures, ("in total", difference.totals or ())]
    width = max(len(name) for name, _ in rows)
    lines.append("")
    for name, changed in rows:
        words = ", ".join(map(show_figure_change, changed)) or "the same figures"
        lines.append(f"  {name:<{width}}  {words}")
    return "\n".join(lines) + "\n"


def difference_as_markdown(difference: Difference, *, figures: bool = True) -> str:
    """Return a table of what was changed, and the line with the totals.

    figures: with a second table, of the entries whose shape, receptive field, params or MACs
    changed. Lines end with a newline.
    """
    if difference.is_empty:
        return f"{NOTHING.capitalize()}.\n"
    rows = [("Where", "Before", "After"), *_change_rows(difference)]
    lines = [*_table(rows), "", totals_in_words(difference)]
    touched = [entry for entry in difference.entries if entry.figures]
    if figures and touched:
        heads = [name[:1].upper() + name[1:] for name in FIGURES.values()]
        cells = [("Layer", *heads), *map(_figure_cells, touched)]
        lines += ["", *_table(cells)]
    return "\n".join(lines) + "\n"


def totals_in_words(difference: Difference) -> str:
    """Return `In total: params 8,172 → 3,272 (−4,900).`, or that the figures are the same."""
    if not difference.totals:
        return "In total: the same figures."
    return f"In total: {', '.join(map(show_figure_change, difference.totals))}."


def difference_as_json(difference: Difference) -> dict[str, Any]:
    """Return a difference as plain values; a change without `old` or `new` had or has no value.

    Shapes are lists, (C, …) without batch. Entries that are the same are there where their figures
    changed.
    """
    return {
        "format": FORMAT_VERSION,
        "a": _network(difference.a.spec.name, difference.a.spec.path),
        "b": _network(difference.b.spec.name, difference.b.spec.path),
        "same": difference.is_empty,
        "input": [_change(change) for change in difference.input],
        "entries": [_entry(e) for e in difference.entries if e.status != "same" or e.figures],
        "data": [_change(change) for change in difference.data],
        "train": [_change(change) for change in difference.train],
        "totals": [_figure(figure) for figure in difference.totals],
    }


def _change_lines(difference: Difference) -> Iterator[str]:
    for change in difference.input:
        yield f"~ {show_change(change)}"
    for names, entry in _alike(difference.changed_entries):
        words = entry_in_words(entry.facts)
        if entry.status == "changed":
            words = ", ".join(map(show_change, entry.changes))
        name = ", ".join(names)
        yield f"{_SIGNS[entry.status]} " + (name if words == name else f"{name}: {words}")
    for change in (*difference.data, *difference.train):
        yield f"~ {show_change(change)}"


def _alike(entries: Iterable[EntryDifference]) -> Iterator[tuple[list[str], EntryDifference]]:
    """Yield entries that changed in the same way as one, with all their names."""
    names: list[str] = []
    before: EntryDifference | None = None
    for entry in entries:
        if before and entry.status == "changed" and before.changes == entry.changes:
            names.append(name_of(entry))
            continue
        if before:
            yield names, before
        names, before = [name_of(entry)], entry
    if before:
        yield names, before


def _change_rows(difference: Difference) -> Iterator[tuple[str, str, str]]:
    yield from map(_row, difference.input)
    for names, entry in _alike(difference.changed_entries):
        name, words = ", ".join(names), entry_in_words(entry.facts)
        if entry.status == "added":
            yield name, "–", words
        elif entry.status == "removed":
            yield name, words, "–"
        else:
            for change in entry.changes:
                yield _row(change, name)
    yield from map(_row, (*difference.data, *difference.train))


def _row(change: Change, owner: str = "") -> tuple[str, str, str]:
    path = ".".join(change.path)
    where = f"{owner}: {path}" if owner else path
    return where, show_value(change.old), show_value(change.new)


def _figure_cells(entry: EntryDifference) -> tuple[str, ...]:
    found = {figure.name: figure for figure in entry.figures}
    sign = {"added": " (new)", "removed": " (gone)"}.get(entry.status, "")
    cells = (show_figure(found[name]) if name in found else "" for name in FIGURES)
    return f"{name_of(entry)}{sign}", *cells


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(map(escape_cell, row))} |" for row in rows]
    return [lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]]


def _network(name: str, path: object) -> dict[str, Any]:
    return {"name": name, "spec": None if path is None else str(path)}


def _change(change: Change) -> dict[str, Any]:
    sides = {"old": change.old, "new": change.new}
    given = {key: value for key, value in sides.items() if value is not ABSENT}
    return {"path": list(change.path), **given}


def _figure(figure: FigureChange) -> dict[str, Any]:
    sides = [list(v) if isinstance(v, tuple) else v for v in (figure.old, figure.new)]
    return {"name": figure.name, "old": sides[0], "new": sides[1], "delta": figure.delta}


def _entry(entry: EntryDifference) -> dict[str, Any]:
    span = entry.facts.entry.span
    return {
        "status": entry.status,
        "id": entry.id,
        "old_id": entry.old.entry.id if entry.old else None,
        "kind": entry.facts.entry.kind,
        "entry": entry_in_words(entry.facts),
        "changes": [_change(change) for change in entry.changes],
        "figures": [_figure(figure) for figure in entry.figures],
        "file": span.source.name,
        "line": span.line,
    }
