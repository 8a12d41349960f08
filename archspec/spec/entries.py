"""The layer list: located entries → layers with labels and ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from archspec.diagnostics import Diagnostic, Fix, Related, Span, did_you_mean, nearest
from archspec.layers import REGISTRY, Layer
from archspec.layers.fields import describe_value, read_fields
from archspec.spec import tree
from archspec.spec.expressions import substitute
from archspec.spec.faults import locate
from archspec.spec.model import Entry
from archspec.spec.naming import ID, RESERVED, default_id, labels

OWN_ID = "id"


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One item of the layer list before its fields are read. `kind` is None where it has a fault."""

    kind: str | None
    fields: tree.Mapping
    span: Span
    own_id: tree.Scalar | None


def raw_entry(node: tree.Node, faults: list[Diagnostic]) -> RawEntry:
    """Bring the three ways to write an entry into one: a kind and its fields."""
    empty = tree.Mapping({}, node.span)
    if isinstance(node, tree.Scalar) and isinstance(node.value, str):
        return RawEntry(_known_kind(node.value, node.span, faults), empty, node.span, None)
    if not isinstance(node, tree.Mapping) or not node.entries:
        shown = describe_value(node.plain())
        help = "write `- conv: 16`, or `- gap`"
        faults.append(Diagnostic("wrong-type", f"expected a layer, got {shown}", node.span, help))
        return RawEntry(None, empty, node.span, None)
    (kind, (key, value)), *others = node.entries.items()
    if others:
        faults.append(
            Diagnostic(
                "several-kinds",
                f"an entry has one kind, got `{kind}` and `{others[0][0]}`",
                others[0][1][0].span,
                f"indent the fields of `{kind}` deeper than `{kind}`, or begin a new entry with `- `",
            )
        )
        return RawEntry(None, empty, key.span, None)
    known = _known_kind(kind, key.span, faults)
    if known is None:
        return RawEntry(None, empty, key.span, None)
    if isinstance(value, tree.Mapping):
        own = value.entries.get(OWN_ID)
        if own is None:
            return RawEntry(known, value, key.span, None)
        fields = {name: entry for name, entry in value.entries.items() if name != OWN_ID}
        return RawEntry(known, tree.Mapping(fields, value.span), key.span, _own_id(own[1], faults))
    if isinstance(value, tree.Scalar) and value.value is None:
        return RawEntry(known, empty, key.span, None)
    shorthand = REGISTRY[known].shorthand
    if shorthand is None:
        shown = describe_value(value.plain())
        help = f"write `- {known}`" + (
            f", or `- {known}: {{…}}`" if REGISTRY[known].__dataclass_fields__ else ""  # type: ignore[attr-defined]
        )
        faults.append(
            Diagnostic("wrong-type", f"expected the fields of {known}, got {shown}", value.span, help)
        )
        return RawEntry(None, empty, key.span, None)
    return RawEntry(known, tree.Mapping({shorthand: (key, value)}, value.span), key.span, None)


def ids(entries: Iterable[RawEntry]) -> list[str]:
    """Return the id of every entry: its own, or its label in lower case."""
    entries = list(entries)
    named = labels(entry.kind for entry in entries)
    return [
        str(entry.own_id.value) if entry.own_id else default_id(label)
        for entry, label in zip(entries, named, strict=True)
    ]


def read_entries(
    items: Iterable[tree.Node],
    defaults: Mapping[str, tree.Mapping],
    faults: list[Diagnostic],
) -> tuple[Entry, ...]:
    """Read the whole layer list; an entry with a fault gets no layer."""
    raw = [raw_entry(item, faults) for item in items]
    named = labels(entry.kind for entry in raw)
    entries = []
    taken: dict[str, Span] = {}
    for entry, label, id in zip(raw, named, ids(raw), strict=True):
        fields = entry.fields
        if entry.kind in defaults:
            fields = tree.Mapping({**defaults[entry.kind].entries, **fields.entries}, fields.span)
        layer = _layer(entry, fields, faults)
        if id in taken:
            span = entry.own_id.span if entry.own_id else entry.span
            related = (Related("the first one", taken[id]),)
            help = "give each entry an id of its own"
            faults.append(
                Diagnostic("duplicate-id", f"a second entry is called `{id}`", span, help, related=related)
            )
        elif id:
            taken[id] = entry.own_id.span if entry.own_id else entry.span
        entries.append(Entry(entry.kind or "", id, label, layer, entry.span, fields))
    return tuple(entries)


def read_defaults(node: tree.Node | None, faults: list[Diagnostic]) -> dict[str, tree.Mapping]:
    """Read `defaults:`, kind → fields; faulty fields are reported once and left out."""
    result: dict[str, tree.Mapping] = {}
    if node is None:
        return result
    if not isinstance(node, tree.Mapping):
        shown = describe_value(node.plain())
        help = "write `defaults: {conv: {kernel_size: 3}}`"
        faults.append(
            Diagnostic("wrong-type", f"expected fields for each kind, got {shown}", node.span, help)
        )
        return result
    for kind, value in node:
        known = _known_kind(kind, node.key_place(kind), faults)
        if known is None:
            continue
        if not isinstance(value, tree.Mapping):
            shown = describe_value(value.plain())
            help = f"write `{kind}: {{field: value}}`"
            faults.append(
                Diagnostic("wrong-type", f"expected the fields of {kind}, got {shown}", value.span, help)
            )
            continue
        computed = substitute(value, {}, faults)
        if not isinstance(computed, tree.Mapping):
            continue
        _, found = read_fields(REGISTRY[known], computed.plain())
        fields = tuple(REGISTRY[known].__dataclass_fields__)  # type: ignore[attr-defined]
        found = [fault for fault in found if fault.code != "missing-field"]
        faults.extend(locate(f, computed, node.key_place(kind), fields) for f in found)
        faulty = {str(fault.path[0]) for fault in found}
        kept = {k: entry for k, entry in computed.entries.items() if k not in faulty}
        result[known] = tree.Mapping(kept, computed.span)
    return result


def _layer(entry: RawEntry, fields: tree.Mapping, faults: list[Diagnostic]) -> Layer | None:
    if entry.kind is None:
        return None
    computed = substitute(fields, {}, faults)
    if not isinstance(computed, tree.Mapping):
        return None
    layer = REGISTRY[entry.kind]
    read, found = read_fields(layer, computed.plain())
    known = (*layer.__dataclass_fields__, OWN_ID)  # type: ignore[attr-defined]
    faults.extend(locate(fault, computed, entry.span, known) for fault in found)
    return None if found else layer(**read)


def _known_kind(kind: str, span: Span, faults: list[Diagnostic]) -> str | None:
    if kind in REGISTRY:
        return kind
    near = nearest(kind, REGISTRY)
    help = did_you_mean(kind, REGISTRY) or "`archspec schema` lists every kind"
    fix = Fix(span, near[0]) if len(near) == 1 else None
    shown = kind if len(kind) <= 40 else kind[:37] + "…"
    faults.append(Diagnostic("unknown-kind", f"unknown layer kind `{shown}`", span, help, fix=fix))
    return None


def _own_id(node: tree.Node, faults: list[Diagnostic]) -> tree.Scalar | None:
    if isinstance(node, tree.Scalar) and isinstance(node.value, str) and ID.fullmatch(node.value):
        if node.value not in RESERVED:
            return node
        fact = f"`{node.value}` is a name that torch or Python uses itself"
        faults.append(Diagnostic("reserved-id", fact, node.span, "choose another id"))
        return None
    fact = f"an id is a word of letters, digits and _, got {describe_value(node.plain())}"
    faults.append(Diagnostic("bad-id", fact, node.span, "write `id: stem`"))
    return None
