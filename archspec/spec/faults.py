"""A field's short fact and the located tree, joined into a diagnostic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archspec.diagnostics import Diagnostic, Fix, Span
from archspec.layers.fields import FieldFault
from archspec.layers.synonyms import Suggestion
from archspec.spec.tree import Mapping, Node, Scalar

MOST_FAULTS = 200
"""Faults of one spec that are worth reading; the time to word them must not grow with the file."""


class TooManyFaults(Exception):
    """Reading stops here."""


class Faults(list[Diagnostic]):
    """The faults found so far; raises TooManyFaults rather than to hold more than MOST_FAULTS."""

    def append(self, fault: Diagnostic) -> None:
        """Add one fault."""
        if len(self) >= MOST_FAULTS:
            raise TooManyFaults
        super().append(fault)

    def extend(self, faults: Iterable[Diagnostic]) -> None:
        """Add faults one by one."""
        for fault in faults:
            self.append(fault)


def without_echoes(faults: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return each fault once: an alias brings the same one from the same place again."""
    seen = {(f.code, f.message, str(f.span)): f for f in reversed(list(faults))}
    return tuple(reversed(seen.values()))


def locate(fault: FieldFault, node: Node, owner: Span) -> Diagnostic:
    """Return the diagnostic of a fault inside `node`.

    owner: the place that stands for the whole section, used where a field is missing.
    """
    span = node.place(*fault.path) if fault.path else owner
    found = Diagnostic(fault.code, fault.message, span, fault.help)
    if fault.code == "unknown-field":
        return _at_key(fault, node, found)
    value = node
    for step in fault.path:
        value = value.child(step) or value
    if fault.replacement is not None and isinstance(value, Scalar):
        return replace(found, fix=Fix(value.span, fault.replacement))
    return found


def fix_name(span: Span, near: Suggestion) -> Fix | None:
    """Return the fix of a misspelt name, where it is certain."""
    return Fix(span, near.replacement) if near.replacement else None


def _at_key(fault: FieldFault, node: Node, found: Diagnostic) -> Diagnostic:
    holder = node
    for step in fault.path[:-1]:
        holder = holder.child(step) or holder
    key = str(fault.path[-1])
    if not isinstance(holder, Mapping) or key not in holder.entries:
        return found
    span = holder.key_place(key)
    meant = fault.replacement
    if meant is None:
        return replace(found, span=span)
    if meant in holder.entries and _inside(holder.key_place(meant), holder.span):
        help = f"`{meant}` is given here already: remove one of the two"
        return replace(found, span=span, help=help)
    return replace(found, span=span, fix=Fix(span, meant))


def _inside(inner: Span, outer: Span) -> bool:
    """Return whether a key stands in the text of a mapping, and did not come from `defaults`."""
    return (
        inner.source is outer.source
        and (outer.line, outer.column) <= (inner.line, inner.column)
        and (inner.line, inner.column) < (outer.end_line, outer.end_column)
    )
