"""`defaults:` gives fields to every entry of a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from archspec.diagnostics import Diagnostic
from archspec.language import tree
from archspec.language.entry import known_kind, meant_kind
from archspec.language.expressions import Value, substitute_fields
from archspec.language.faults import locate
from archspec.language.forms import BLOCK_NAME, LAYER_FORMS
from archspec.language.groups import GROUPS
from archspec.layers import REGISTRY
from archspec.layers.fields import describe_value, field_types, read_fields, shorten
from archspec.values import dataclass


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


def read_defaults(
    node: tree.Node | None, names: Mapping[str, Value], faults: list[Diagnostic]
) -> Defaults:
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
        _read_kind(node, kind, value, names, result, faults)
    return result


def _read_kind(
    node: tree.Mapping,
    written: str,
    value: tree.Node,
    names: Mapping[str, Value],
    result: Defaults,
    faults: list[Diagnostic],
) -> None:
    if written in GROUPS or BLOCK_NAME.fullmatch(written):
        help = "write the fields where it is used"
        if written not in GROUPS:
            help = "give the parameters of the block a default"
        if not (near := meant_kind(written, LAYER_FORMS)).replacement:
            fact = f"defaults are for layers, and `{shorten(written)}` is none"
            place = node.key_place(written)
            faults.append(Diagnostic("unknown-kind", fact, place, near.help or help))
            return
    kind = known_kind(written, node.key_place(written), LAYER_FORMS, faults)
    if kind is None:
        for possible in meant_kind(written, LAYER_FORMS).names:
            result.faulty[possible] = _all_fields(possible)
        return
    if not isinstance(value, tree.Mapping):
        fact = f"expected the fields of {kind}, got {describe_value(value.plain())}"
        shorthand = REGISTRY[kind].shorthand or "field"
        help = f"write `{kind}: {{{shorthand}: …}}`"
        faults.append(Diagnostic("wrong-type", fact, value.span, help))
        result.faulty[kind] = _all_fields(kind)
        return
    computed, unknown = substitute_fields(value, names, faults)
    _, found = read_fields(REGISTRY[kind], computed.plain())
    found = [fault for fault in found if fault.code != "missing-field"]
    place = node.key_place(written)
    faults.extend(locate(fault, computed, place) for fault in found)
    faulty = {str(fault.path[0]) for fault in found}
    meant = {fault.replacement for fault in found if fault.code == "unknown-field"}
    kept = {key: entry for key, entry in computed.entries.items() if key not in faulty}
    result.fields[kind] = tree.Mapping(kept, computed.span)
    result.faulty[kind] = frozenset({*faulty, *unknown, *filter(None, meant)})


def _all_fields(kind: str) -> frozenset[str]:
    return frozenset(field_types(REGISTRY[kind]))
