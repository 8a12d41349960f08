"""What the tests of this folder ask of a spec's layers."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.analysis import Analysis
from archspec.language import Entry, Group, Item, Spec
from archspec.layers import Layer


def entries(spec: Spec) -> tuple[Entry, ...]:
    """Return the entries of a spec that has no groups."""
    found = tuple(item for item in spec.layers if isinstance(item, Entry))
    assert len(found) == len(spec.layers)
    return found


def every_entry(items: Iterable[Item]) -> list[Entry]:
    """Return the entries of a layer list and of the groups in it, joins left out."""
    found: list[Entry] = []
    for item in items:
        if isinstance(item, Group):
            found += [entry for way in item.paths for entry in every_entry(way.items)]
        else:
            found.append(item)
    return found


def layers(spec: Spec) -> list[Layer | None]:
    """Return the layers of a spec, those of groups among them."""
    return [entry.layer for entry in every_entry(spec.layers)]


def ids(analysis: Analysis) -> list[str]:
    """Return the ids of all entries in the order in which they run."""
    return [facts.entry.id for facts in analysis.entries]
