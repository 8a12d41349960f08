"""One item of the layer list: its kind, its fields and its id, before the fields are read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archspec.diagnostics import Diagnostic, Fix, Span
from archspec.layers import REGISTRY
from archspec.layers.fields import describe_value, field_types, shorten
from archspec.layers.synonyms import KINDS, Suggestion, suggest
from archspec.spec import tree
from archspec.spec.faults import fix_name
from archspec.spec.naming import ID, RESERVED

OWN_ID = "id"
_RUN_TOGETHER = re.compile(r"(?P<kind>[a-z_0-9]+?)[ :=]+(?P<value>[\w.]+)")


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One item of the layer list, its fields not read yet. `kind` is None where none is recognised.

    is_sound: False where a fault was reported, so that no layer is made of it; the kind is then
    what was meant for certain, so that the fields are looked at all the same.
    """

    kind: str | None
    fields: tree.Mapping
    span: Span
    own_id: tree.Scalar | None = None
    is_sound: bool = True


def raw_entry(node: tree.Node, faults: list[Diagnostic]) -> RawEntry:
    """Bring the three ways to write an entry into one: a kind and its fields."""
    empty = tree.Mapping({}, node.span)
    if isinstance(node, tree.Scalar) and isinstance(node.value, str):
        kind = known_kind(node.value, node.span, faults)
        return RawEntry(kind, empty, node.span, is_sound=kind == node.value)
    if not isinstance(node, tree.Mapping) or not node.entries:
        shown = describe_value(node.plain())
        help = "write `- conv: 16`, or `- gap`"
        if isinstance(node, tree.Sequence):
            help = "write the layers one below the other, each behind one `- `"
        faults.append(Diagnostic("wrong-type", f"expected a layer, got {shown}", node.span, help))
        return RawEntry(None, empty, node.span, is_sound=False)
    (word, (key, value)), *others = node.entries.items()
    kind = known_kind(word, key.span, faults)
    if others:
        faults.append(_several(word, kind, value, others))
        beside = tree.Mapping(dict(others), node.span) if value.plain() is None else empty
        return RawEntry(kind, beside, key.span, is_sound=False)
    if kind is None:
        return RawEntry(None, empty, key.span, is_sound=False)
    is_sound = kind == word
    if isinstance(value, tree.Mapping):
        own = value.entries.get(OWN_ID)
        if own is None:
            return RawEntry(kind, value, key.span, is_sound=is_sound)
        fields = {name: entry for name, entry in value.entries.items() if name != OWN_ID}
        own_id = _own_id(own[1], faults)
        return RawEntry(kind, tree.Mapping(fields, value.span), key.span, own_id, is_sound)
    if isinstance(value, tree.Scalar) and value.value is None:
        return RawEntry(kind, empty, key.span, is_sound=is_sound)
    shorthand = REGISTRY[kind].shorthand
    if shorthand is None:
        shown = describe_value(value.plain())
        help = f"write `- {kind}`" + (
            f", or `- {kind}: {{…}}`" if field_types(REGISTRY[kind]) else ""
        )
        fact = f"expected the fields of {kind}, got {shown}"
        faults.append(Diagnostic("wrong-type", fact, value.span, help))
        return RawEntry(None, empty, key.span, is_sound=False)
    fields = {shorthand: (key, value)}
    return RawEntry(kind, tree.Mapping(fields, value.span), key.span, is_sound=is_sound)


def known_kind(kind: str, span: Span, faults: list[Diagnostic]) -> str | None:
    """Return a kind, or the one that is meant for certain after a fault; None otherwise."""
    if kind in REGISTRY:
        return kind
    fact = f"unknown layer kind `{shorten(kind)}`"
    together = _RUN_TOGETHER.fullmatch(kind[:80])
    if together and together["kind"] in REGISTRY:
        written = f"{together['kind']}: {together['value']}"
        fix = Fix(span, written)
        faults.append(Diagnostic("unknown-kind", fact, span, f"write `- {written}`", fix=fix))
        return None
    near = meant_kind(kind)
    help = near.help or "`archspec schema` lists every kind"
    faults.append(Diagnostic("unknown-kind", fact, span, help, fix=fix_name(span, near)))
    return near.replacement


def meant_kind(kind: str) -> Suggestion:
    """Return the kinds that an unknown one could mean."""
    return suggest(kind, REGISTRY, KINDS)


def _several(
    word: str,
    kind: str | None,
    value: tree.Node,
    others: list[tuple[str, tuple[tree.Scalar, tree.Node]]],
) -> Diagnostic:
    second, (key, _) = others[0]
    first, second = shorten(word), shorten(second)
    layer = REGISTRY[kind] if kind else None
    is_field = layer is not None and (second in field_types(layer) or second == OWN_ID)
    if is_field and value.plain() is None:
        fact = f"`{second}` stands beside `{first}`, not inside it"
        help = f"indent the fields of `{first}` deeper than `{first}`"
    elif is_field and layer is not None and layer.shorthand and isinstance(value, tree.Scalar):
        fact = f"`{second}` stands beside `{first}: {shorten(value.text)}`"
        fields = f"{layer.shorthand}: {shorten(value.text)}, {second}: …"
        help = f"write `- {first}: {{{fields}}}`"
    else:
        fact = f"an entry has one kind, got `{first}` and `{second}`"
        help = f"begin a new entry with `- {second}`, or indent it deeper than `{first}`"
    return Diagnostic("several-kinds", fact, key.span, help)


def _own_id(node: tree.Node, faults: list[Diagnostic]) -> tree.Scalar | None:
    if isinstance(node, tree.Scalar) and isinstance(node.value, str) and ID.fullmatch(node.value):
        if node.value not in RESERVED:
            return node
        fact = f"`{node.value}` is a name that torch or Python uses itself"
        help = f"choose another id, such as `{node.value}_1`"
        faults.append(Diagnostic("reserved-id", fact, node.span, help))
        return None
    fact = f"an id is a word of letters, digits and _, got {describe_value(node.plain())}"
    faults.append(Diagnostic("bad-id", fact, node.span, "write `id: stem`"))
    return None
