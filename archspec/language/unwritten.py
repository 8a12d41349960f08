"""What is not written out: branches that are not taken, rounds of none, blocks that nobody uses.

Their values are not known, but a misspelt kind or field is a fault all the same, and so is a value
that no parameter gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archspec.diagnostics import Diagnostic
from archspec.language import tree
from archspec.language.defaults import Defaults
from archspec.language.entry import OWN_ID, raw_entry
from archspec.language.expressions import is_expression
from archspec.language.faults import locate
from archspec.language.forms import Forms
from archspec.language.groups import GROUPS, LISTS
from archspec.layers import REGISTRY
from archspec.layers.fields import read_fields


def look_over(
    nodes: Iterable[tree.Node], forms: Forms, defaults: Defaults, faults: list[Diagnostic]
) -> None:
    """Report the faults of a list of entries that do not depend on the value of a parameter."""
    for node in nodes:
        entry = raw_entry(node, forms, faults)
        if entry.kind is None:
            continue
        owner: type | None = REGISTRY.get(entry.kind) or GROUPS.get(entry.kind)
        if owner is None:
            continue  # a block, of which each use is another
        fields = entry.fields.entries
        written = {name: e for name, e in fields.items() if not _mentions(e[1])}
        given = defaults.fields.get(entry.kind, tree.Mapping({}, entry.span)).entries
        unknown = {*fields, *given, *defaults.faulty.get(entry.kind, ())} - written.keys()
        plain = tree.Mapping(written, entry.fields.span)
        _, found = read_fields(owner, plain.plain(), also=(OWN_ID,), given_elsewhere=unknown)
        faults.extend(locate(fault, plain, entry.span) for fault in found)
        for inner in lists_of(entry.fields):
            if entry.kind in GROUPS:
                look_over(inner.items, forms, defaults, faults)


def lists_of(fields: tree.Mapping) -> Iterator[tree.Sequence]:
    """Yield the lists of entries that stand in the fields of a group, in its paths too."""
    for name, node in fields:
        if name in LISTS and isinstance(node, tree.Sequence):
            yield node
        elif name == "paths" and isinstance(node, tree.Mapping):
            for _, path in node:
                layers = path if isinstance(path, tree.Sequence) else path.child("layers")
                if isinstance(layers, tree.Sequence):
                    yield layers


def _mentions(node: tree.Node) -> bool:
    """Say whether a value of a field is an expression, or has one inside."""
    match node:
        case tree.Scalar(value=value):
            return is_expression(value)
        case tree.Sequence(items=items):
            return any(map(_mentions, items))
        case tree.Mapping(entries=entries):
            return any(_mentions(value) for _, value in entries.values())
