"""Two analyses → their Difference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from archspec.analysis import Analysis, EntryFacts, ReceptiveField
from archspec.analysis.words import show_receptive_field
from archspec.judge.difference.align import align, join_moved
from archspec.judge.difference.model import (
    ABSENT,
    Change,
    Difference,
    EntryDifference,
    FigureChange,
)
from archspec.judge.plain import Named, fields_of, given_fields, shown
from archspec.language import Data, Train
from archspec.language.naming import default_id
from archspec.layers import Shape


def difference(a: Analysis, b: Analysis) -> Difference:
    """Return what changed from network `a` to network `b`.

    It is empty exactly when nothing that archspec hashes differs, ids apart, which name tensors.
    """
    return Difference(
        a,
        b,
        tuple(_changes(("input",), list(a.spec.input), list(b.spec.input))),
        tuple(_entries(a, b)),
        tuple(_section("data", a.spec.data, b.spec.data)),
        tuple(_section("train", a.spec.train, b.spec.train)),
        tuple(_changed(_network_figures(a), _network_figures(b))),
    )


def _entries(a: Analysis, b: Analysis) -> Iterator[EntryDifference]:
    """Yield every pair of entries; one that moved stands where it is now."""
    pairs = align(a.entries, b.entries)
    moved = join_moved(pairs, a.entries, b.entries)
    came = {j: i for i, j in moved}
    went = {i for i, _ in moved}
    for i, j in pairs:
        if j is None and i in went:
            continue
        from_elsewhere = j in came and i is None
        i = came[j] if from_elsewhere else i
        old = a.entries[i] if i is not None else None
        new = b.entries[j] if j is not None else None
        move: tuple[Change, ...] = ()
        if from_elsewhere and i is not None and j is not None:
            move = (Change(("position",), _behind(a, i), _behind(b, j)),)
        yield _entry(old, new, move)


def _behind(analysis: Analysis, position: int) -> str:
    return f"behind {analysis.entries[position - 1].entry.id}" if position else "first"


def _entry(
    old: EntryFacts | None, new: EntryFacts | None, move: tuple[Change, ...]
) -> EntryDifference:
    if old is None or new is None:
        figures = tuple(_changed(_entry_figures(old), _entry_figures(new)))
        return EntryDifference("added" if old is None else "removed", old, new, (), figures)
    before, after = old.entry, new.entry
    fields = [fields_of(entry.layer) if entry.layer else {} for entry in (before, after)]
    changes = [*move, *_changes((), *fields)]
    counted = [e.id == default_id(e.label) for e in (before, after)]
    if before.id != after.id and not all(counted):
        changes.append(Change(("id",), before.id, after.id))
    figures = tuple(_changed(_entry_figures(old), _entry_figures(new)))
    return EntryDifference("changed" if changes else "same", old, new, tuple(changes), figures)


def _section(name: str, old: Data | Train | None, new: Data | Train | None) -> Iterator[Change]:
    """Yield the changes of a section; one that a side lacks is compared by what the other gives."""
    if old is None or new is None:
        before, after = (given_fields(side) if side else {} for side in (old, new))
    else:
        before, after = fields_of(old), fields_of(new)
    yield from _changes((name,), before, after)


def _changes(path: tuple[str, ...], old: Any, new: Any) -> Iterator[Change]:
    """Yield every innermost value that differs; lists of other lengths differ as a whole."""
    if isinstance(old, Named) and isinstance(new, Named) and old.name == new.name:
        yield from _changes((*path, old.name), old.fields, new.fields)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in {**old, **new}:
            yield from _changes((*path, key), old.get(key, ABSENT), new.get(key, ABSENT))
    elif _are_alike(old, new):
        for before, after in zip(old, new, strict=True):
            yield from _changes(path, before, after)
    elif not _same(old, new):
        yield Change(path, shown(old), shown(new))


def _are_alike(old: Any, new: Any) -> bool:
    """Return whether two lists hold the same classes, each once, so that arguments are compared."""
    if not (isinstance(old, list) and isinstance(new, list)):
        return False
    names = [[item.name for item in side if isinstance(item, Named)] for side in (old, new)]
    return (
        names[0] == names[1]
        and len(set(names[0])) == len(names[0]) == len(old) == len(new)
        and bool(old)
    )


def _same(old: Any, new: Any) -> bool:
    if old is ABSENT or new is ABSENT:
        return old is new
    # As JSON, in which 1 is not true.
    one, two = (json.dumps(shown(v), sort_keys=True, default=repr) for v in (old, new))
    return one == two


def _entry_figures(facts: EntryFacts | None) -> dict[str, int | str | Shape] | None:
    if facts is None:
        return None
    return {
        "output": facts.output,
        "receptive_field": _size(facts.receptive_field),
        "params": facts.params,
        "macs": facts.macs,
    }


def _network_figures(analysis: Analysis) -> dict[str, int | str | Shape]:
    return {
        "output": analysis.output,
        "receptive_field": _size(analysis.receptive_field),
        "params": analysis.totals.params,
        "macs": analysis.totals.macs,
    }


def _size(field: ReceptiveField) -> int | str:
    """Return one number where all axes agree, else what tables print."""
    if not field.size:
        return "-"
    is_one_number = len(set(field.size)) == 1 and not field.is_global
    return field.size[0] if is_one_number else show_receptive_field(field)


def _changed(
    old: Mapping[str, int | str | Shape] | None, new: Mapping[str, int | str | Shape] | None
) -> Iterator[FigureChange]:
    for name in old or new or {}:
        before, after = (side[name] if side else None for side in (old, new))
        if before != after:
            yield FigureChange(name, before, after)
