"""The layer list: located entries → layers with labels and ids."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.diagnostics import Diagnostic, Related, Span
from archspec.layers import REGISTRY, Layer
from archspec.layers.fields import read_fields
from archspec.spec import tree
from archspec.spec.defaults import Defaults
from archspec.spec.entry import OWN_ID, RawEntry, raw_entry
from archspec.spec.expressions import substitute_fields
from archspec.spec.faults import locate
from archspec.spec.model import Entry
from archspec.spec.naming import default_id, labels


def ids(entries: Iterable[RawEntry]) -> list[str]:
    """Return the id of every entry: its own, or its label in lower case."""
    entries = list(entries)
    named = labels(entry.kind for entry in entries)
    return [
        str(entry.own_id.value) if entry.own_id else default_id(label)
        for entry, label in zip(entries, named, strict=True)
    ]


def read_entries(
    items: Iterable[tree.Node], defaults: Defaults, faults: list[Diagnostic]
) -> tuple[Entry, ...]:
    """Read the whole layer list; an entry with a fault gets no layer."""
    raw = [raw_entry(item, faults) for item in items]
    named = labels(entry.kind for entry in raw)
    entries = []
    taken: dict[str, Span] = {}
    for entry, label, id in zip(raw, named, ids(raw), strict=True):
        layer = _layer(entry, defaults, faults)
        if id in taken:
            span = entry.own_id.span if entry.own_id else entry.span
            related = (Related("the first one", taken[id]),)
            fact, help = f"a second entry is called `{id}`", "give each entry an id of its own"
            faults.append(Diagnostic("duplicate-id", fact, span, help, related=related))
        elif id:
            taken[id] = entry.own_id.span if entry.own_id else entry.span
        entries.append(Entry(entry.kind or "", id, label, layer, entry.span, entry.fields))
    return tuple(entries)


def _layer(entry: RawEntry, defaults: Defaults, faults: list[Diagnostic]) -> Layer | None:
    if entry.kind is None:
        return None
    own, unknown = substitute_fields(entry.fields, faults)
    fields = own
    if entry.kind in defaults.fields:
        fields = tree.Mapping({**defaults.fields[entry.kind].entries, **own.entries}, own.span)
    unknown |= defaults.doubt(entry.kind, own.entries)
    read, found = read_fields(
        REGISTRY[entry.kind], fields.plain(), also=(OWN_ID,), given_elsewhere=unknown
    )
    faults.extend(locate(fault, fields, entry.span) for fault in found)
    return None if found or unknown or not entry.is_sound else REGISTRY[entry.kind](**read)


__all__ = ["OWN_ID", "RawEntry", "ids", "raw_entry", "read_entries"]
