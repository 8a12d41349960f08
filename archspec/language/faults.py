"""A field's short fact and the located tree, joined into a diagnostic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from archspec.diagnostics import Diagnostic, Fix, Related, Span
from archspec.diagnostics.characters import odd_character
from archspec.language.tree import Mapping, Node, Scalar
from archspec.layers.fields import FieldFault
from archspec.layers.synonyms import Suggestion

MOST_FAULTS = 200
"""Faults of one spec that are worth reading; the time to word them must not grow with the file."""

MOST_ECHOES = 1000
"""Times that faults may come again, from an alias, or a block that is used more than once."""

MOST_USES = 4
"""Uses of blocks inside blocks that are shown with a fault; the last is the outermost."""


class TooManyFaults(Exception):
    """Reading stops here."""


class Faults(list[Diagnostic]):
    """The faults found so far; an alias or a block brings the same one again.

    Raises TooManyFaults rather than to hold more than MOST_FAULTS that differ, and when so many are
    the same that finding them again takes the time.
    """

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[tuple[str, str, str]] = set()

    def append(self, fault: Diagnostic) -> None:
        """Add one fault."""
        same = (fault.code, fault.message, str(fault.span))
        is_full = len(self._seen) >= MOST_FAULTS and same not in self._seen
        if is_full or len(self) - len(self._seen) >= MOST_ECHOES:
            raise TooManyFaults
        self._seen.add(same)
        super().append(fault)

    def extend(self, faults: Iterable[Diagnostic]) -> None:
        """Add faults one by one."""
        for fault in faults:
            self.append(fault)


def without_echoes(faults: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return each fault once: an alias brings the same one from the same place again."""
    once: dict[tuple[str, str, str], Diagnostic] = {}
    for fault in faults:
        once.setdefault((fault.code, fault.message, str(fault.span)), fault)
    return tuple(once.values())


def with_character_named(fault: Diagnostic) -> Diagnostic:
    """Return a fault that says which character of what it points at is taken for another."""
    span = fault.span
    if span is None or span.line != span.end_line or fault.code == "not-yaml":
        return fault
    odd = odd_character(span.source.line(span.line)[span.column - 1 : span.end_column - 1])
    if odd is None:
        return fault
    fact = f"the character {odd.name} in column {span.column + odd.at} {odd.fact}"
    return replace(fault, message=f"{fault.message}: {fact}", help=odd.cure)


def used(places: Sequence[Span]) -> tuple[Related, ...]:
    """Return where a block was used that a fault is in, the innermost first; of many the ends."""
    shown = places if len(places) <= MOST_USES else (*places[: MOST_USES - 1], places[-1])
    return tuple(Related("used here", place) for place in shown)


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
    # An expression stands for its value, and `2,0` for what was meant by it: nothing is certain.
    is_written_so = isinstance(value, Scalar) and not re.search(r"^\$|,", value.text)
    if fault.replacement is not None and is_written_so:
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
