"""One item of the layer list: its kind, its fields and its id, before the fields are read."""

from __future__ import annotations

import re
from typing import NamedTuple

from archspec.diagnostics import Diagnostic, Fix, Span
from archspec.language import tree
from archspec.language.faults import fix_name
from archspec.language.forms import BLOCK_NAME, Forms
from archspec.language.naming import ID, RESERVED
from archspec.layers.fields import describe_value, shorten
from archspec.layers.synonyms import KINDS, Suggestion, suggest

OWN_ID = "id"
_RUN_TOGETHER = re.compile(r"(?P<kind>[a-z_0-9]+?)[ :=]+(?P<value>[\w.]+)")


class RawEntry(NamedTuple):
    """One item of the layer list, its fields not read yet. `kind` is None where none is recognised.

    is_sound: False where a fault was reported, so that no layer is made of it; the kind is then
    what was meant for certain, so that the fields are looked at all the same.
    """

    kind: str | None
    fields: tree.Mapping
    span: Span
    own_id: tree.Scalar | None = None
    is_sound: bool = True


def raw_entry(node: tree.Node, forms: Forms, faults: list[Diagnostic]) -> RawEntry:
    """Bring the three ways to write an entry into one: a kind and its fields."""
    empty = tree.Mapping({}, node.span)
    if isinstance(node, tree.Scalar) and isinstance(node.value, str):
        kind = known_kind(node.value, node.span, forms, faults)
        return RawEntry(kind, empty, node.span, is_sound=kind == node.value)
    if not isinstance(node, tree.Mapping) or not node.entries:
        shown = describe_value(node.plain())
        help = "write `- conv: 16`, or `- gap`"
        if isinstance(node, tree.Sequence):
            help = "write the layers one below the other, each behind one `- `"
        faults.append(Diagnostic("wrong-type", f"expected a layer, got {shown}", node.span, help))
        return RawEntry(None, empty, node.span, is_sound=False)
    (word, (key, value)), *others = node.entries.items()
    kind = known_kind(word, key.span, forms, faults)
    if others:
        return _several(word, kind, (key, value), others, forms, faults)
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
    shorthand = forms[kind].shorthand
    if shorthand is None:
        shown = describe_value(value.plain())
        help = f"write `- {kind}`" + (f", or `- {kind}: {{…}}`" if forms[kind].fields else "")
        if forms[kind].fields and not forms[kind].is_layer:
            help = f"write `- {kind}: {{{', '.join(f'{name}: …' for name in forms[kind].fields)}}}`"
        fact = f"expected the fields of {kind}, got {shown}"
        faults.append(Diagnostic("wrong-type", fact, value.span, help))
        return RawEntry(None, empty, key.span, is_sound=False)
    fields = {shorthand: (key, value)}
    return RawEntry(kind, tree.Mapping(fields, value.span), key.span, is_sound=is_sound)


def known_kind(kind: str, span: Span, forms: Forms, faults: list[Diagnostic]) -> str | None:
    """Return a kind, or the one that is meant for certain after a fault; None otherwise."""
    if kind in forms:
        return kind
    fact = f"unknown layer kind `{shorten(kind)}`"
    together = _RUN_TOGETHER.fullmatch(kind[:80])
    if together and together["kind"] in forms:
        written = f"{together['kind']}: {together['value']}"
        fix = Fix(span, written)
        faults.append(Diagnostic("unknown-kind", fact, span, f"write `- {written}`", fix=fix))
        return None
    near = meant_kind(kind, forms)
    help = _with_hint(kind, near)
    if BLOCK_NAME.fullmatch(kind) and (not near.names or near.names[0][:1].isupper()):
        fact = f"unknown block `{shorten(kind)}`"
    faults.append(Diagnostic("unknown-kind", fact, span, help, fix=fix_name(span, near)))
    return near.replacement


def _with_hint(kind: str, near: Suggestion) -> str:
    """Return the cure: a plug-in by this very name, a name that is near, or where all stand."""
    from archspec.layers.plugins import hint  # imported here: only a fault needs it

    help = "`archspec schema` lists every kind"
    if BLOCK_NAME.fullmatch(kind):
        help = "declare it: `blocks: {" + shorten(kind) + ": {parameters: {…}, layers: […]}}`"
    return hint(kind, near.help) or near.help or help


def meant_kind(kind: str, forms: Forms) -> Suggestion:
    """Return the kinds that an unknown one could mean."""
    return suggest(kind, forms, KINDS)


def _several(
    word: str,
    kind: str | None,
    first: tuple[tree.Scalar, tree.Node],
    others: list[tuple[str, tuple[tree.Scalar, tree.Node]]],
    forms: Forms,
    faults: list[Diagnostic],
) -> RawEntry:
    """Report an entry of several keys; where they are fields of the first, they are kept."""
    key, value = first
    second, (place, _) = others[0]
    shown, beside = shorten(word), shorten(second)
    form = forms[kind] if kind else None
    fields: dict[str, tuple[tree.Scalar, tree.Node]] | None = None
    fact = f"an entry has one kind, got `{shown}` and `{beside}`"
    help = f"begin a new entry with `- {beside}`, or indent it deeper than `{shown}`"
    if form is not None and (second in form.fields or second == OWN_ID):
        if value.plain() is None:
            fields = dict(others)
            fact = f"`{beside}` stands beside `{shown}`, not inside it"
            help = f"indent the fields of `{shown}` deeper than `{shown}`"
        elif form.shorthand and not isinstance(value, tree.Mapping):
            fields = {form.shorthand: first, **dict(others)}
            text = shorten(value.text) if isinstance(value, tree.Scalar) else "[…]"
            fact = f"`{beside}` stands beside `{shown}: {text}`, not with it"
            help = f"write `- {shown}: {{{form.shorthand}: {text}, {beside}: …}}`"
    faults.append(Diagnostic("several-kinds", fact, place.span, help))
    if fields is None:
        return RawEntry(None, tree.Mapping({}, key.span), key.span, is_sound=False)
    fields.pop(OWN_ID, None)
    return RawEntry(kind, tree.Mapping(fields, key.span), key.span, is_sound=False)


def _own_id(node: tree.Node, faults: list[Diagnostic]) -> tree.Scalar | None:
    if isinstance(node, tree.Scalar) and isinstance(node.value, str) and ID.fullmatch(node.value):
        if node.value not in RESERVED:
            return node
        fact = f"`{node.value}` is a name that archspec, torch or Python uses itself"
        help = f"choose another id, such as `{node.value}_1`"
        faults.append(Diagnostic("reserved-id", fact, node.span, help))
        return None
    fact = f"an id is a word of letters, digits and _, got {describe_value(node.plain())}"
    faults.append(Diagnostic("bad-id", fact, node.span, "write `id: stem`"))
    return None
