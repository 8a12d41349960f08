"""A field's short fact and the located tree, joined into a diagnostic."""

from __future__ import annotations

from archspec.diagnostics import Diagnostic, Fix, Span, nearest
from archspec.layers.fields import FieldFault
from archspec.spec.tree import Mapping, Node, Scalar


def locate(fault: FieldFault, node: Node, owner: Span, known: tuple[str, ...] = ()) -> Diagnostic:
    """Return the diagnostic of a fault inside `node`.

    owner: the place that stands for the whole section, used where a field is missing.
    known: the names that an unknown field could have meant.
    """
    if fault.code == "missing-field":
        return Diagnostic(fault.code, fault.message, owner, fault.help)
    if fault.code == "unknown-field":
        holder = node
        for step in fault.path[:-1]:
            holder = holder.child(step) or holder
        key = str(fault.path[-1])
        if isinstance(holder, Mapping) and key in holder.entries:
            span = holder.key_place(key)
            near = nearest(key, known) if len(fault.path) == 1 else ()
            fix = Fix(span, near[0]) if len(near) == 1 else None
            return Diagnostic(fault.code, fault.message, span, fault.help, fix=fix)
    value = node
    for step in fault.path:
        value = value.child(step) or value
    span = node.place(*fault.path) if fault.path else owner
    fix = None
    if fault.replacement is not None and isinstance(value, Scalar):
        fix = Fix(value.span, fault.replacement)
    return Diagnostic(fault.code, fault.message, span, fault.help, fix=fix)
