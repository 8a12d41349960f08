"""Where a list of entries stands while a network is written out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from archspec.diagnostics import Diagnostic, Related, Span
from archspec.language import tree
from archspec.language.expressions import Value, names_in
from archspec.language.faults import locate
from archspec.layers.fields import FieldFault, describe_value
from archspec.values import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """What is before the names of a list's entries, and what they may mention.

    places: where the names have their values. blocks: those being written out, the outermost first.
    taken: the ids that may not be used behind this prefix, and why not.
    """

    prefix: str = ""
    names: Mapping[str, Value] = field(default_factory=dict)
    places: Mapping[str, Span] = field(default_factory=dict)
    scopes: tuple[str, ...] = ("",)
    uses: tuple[Span, ...] = ()
    blocks: tuple[str, ...] = ()
    taken: Mapping[str, Span] = field(default_factory=dict)
    levels: int = 0

    def inside(self, prefix: str) -> Scope:
        """Return the scope of a list one level further in."""
        if prefix == self.prefix:
            return replace(self, levels=self.levels + 1)
        scopes = (prefix, *self.scopes)
        return replace(self, prefix=prefix, scopes=scopes, taken={}, levels=self.levels + 1)

    def with_name(self, name: str, value: Value, place: Span) -> Scope:
        """Return the scope with one more name."""
        names, places = {**self.names, name: value}, {**self.places, name: place}
        return replace(self, names=names, places=places)

    def located(self, fault: FieldFault, fields: tree.Mapping, owner: Span) -> Diagnostic:
        """Return the diagnostic of a fault, with the places of the parameters behind the value."""
        written: tree.Node = fields
        for step in fault.path:
            written = written.child(step) or written
        text = written.text if isinstance(written, tree.Scalar) else ""
        related = tuple(
            Related(f"`{name}` is {describe_value(self.names[name])} here", self.places[name])
            for name in names_in(text)
            if name in self.places and name in self.names
        )
        return replace(locate(fault, fields, owner), related=related)


__all__ = ["Scope"]
