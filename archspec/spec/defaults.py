"""`defaults:` gives fields to every entry of a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archspec.diagnostics import Diagnostic
from archspec.layers import REGISTRY
from archspec.layers.fields import describe_value, field_types, read_fields
from archspec.spec import tree
from archspec.spec.entry import known_kind, meant_kind
from archspec.spec.expressions import substitute_fields
from archspec.spec.faults import locate


@dataclass(frozen=True, slots=True)
class Defaults:
    """Kind → fields, and kind → names of the fields that stand there but could not be read.

    An entry that leaves a faulty field to `defaults` gets no layer and no fault of its own.
    """

    fields: dict[str, tree.Mapping] = field(default_factory=dict)
    faulty: dict[str, frozenset[str]] = field(default_factory=dict)

    def doubt(self, kind: str, own: Mapping[str, object]) -> frozenset[str]:
        """Return the faulty fields that an entry with fields of its own leaves to `defaults`."""
        return self.faulty.get(kind, frozenset()) - own.keys()


def read_defaults(node: tree.Node | None, faults: list[Diagnostic]) -> Defaults:
    """Read `defaults:`; every fault is reported once, and the faulty fields are left out."""
    result = Defaults()
    if node is None:
        return result
    if not isinstance(node, tree.Mapping):
        fact = f"expected fields for each kind, got {describe_value(node.plain())}"
        help = "write `defaults: {conv: {kernel_size: 3}}`"
        faults.append(Diagnostic("wrong-type", fact, node.span, help))
        result.faulty.update({kind: _all_fields(kind) for kind in REGISTRY})
        return result
    for kind, value in node:
        _read_kind(node, kind, value, result, faults)
    return result


def _read_kind(
    node: tree.Mapping,
    written: str,
    value: tree.Node,
    result: Defaults,
    faults: list[Diagnostic],
) -> None:
    kind = known_kind(written, node.key_place(written), faults)
    if kind is None:
        for possible in meant_kind(written).names:
            result.faulty[possible] = _all_fields(possible)
        return
    if not isinstance(value, tree.Mapping):
        fact = f"expected the fields of {kind}, got {describe_value(value.plain())}"
        shorthand = REGISTRY[kind].shorthand or "field"
        help = f"write `{kind}: {{{shorthand}: …}}`"
        faults.append(Diagnostic("wrong-type", fact, value.span, help))
        result.faulty[kind] = _all_fields(kind)
        return
    computed, unknown = substitute_fields(value, faults)
    _, found = read_fields(REGISTRY[kind], computed.plain())
    found = [fault for fault in found if fault.code != "missing-field"]
    place = node.key_place(written)
    faults.extend(locate(fault, computed, place) for fault in found)
    names = {str(fault.path[0]) for fault in found}
    meant = {fault.replacement for fault in found if fault.code == "unknown-field"}
    kept = {key: entry for key, entry in computed.entries.items() if key not in names}
    result.fields[kind] = tree.Mapping(kept, computed.span)
    result.faulty[kind] = frozenset({*names, *unknown, *filter(None, meant)})


def _all_fields(kind: str) -> frozenset[str]:
    return frozenset(field_types(REGISTRY[kind]))
