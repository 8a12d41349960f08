"""`edit:` changes inherited layers by id: set, replace, before, after, remove."""

from __future__ import annotations

from archspec.diagnostics import Diagnostic, Related, Span
from archspec.language import tree
from archspec.language.entries import OWN_ID, RawEntry, named, raw_entry
from archspec.language.faults import fix_name
from archspec.language.forms import Forms
from archspec.language.merge import merge
from archspec.layers.fields import describe_value, shorten
from archspec.layers.synonyms import suggest

ACTIONS = ("set", "replace", "before", "after", "remove")


def apply_edit(
    layers: tree.Sequence, edit: tree.Node, forms: Forms, faults: list[Diagnostic]
) -> tree.Sequence:
    """Return the inherited layer list with `edit` applied; ids are those of the inherited list.

    Inherited entries with faults of their own are passed on as they are: they are reported where
    the list is read.
    """
    actions = _actions(edit, faults)
    raw = [raw_entry(item, forms, []) for item in layers.items]
    ids = [id for _, id in named(raw, forms)]
    by_id = {id: index for index, id in enumerate(ids) if id}
    changed: dict[str, Span] = {}
    for action, id, span, _ in actions:
        if id not in by_id:
            near = suggest(id, by_id)
            help = near.help or f"the inherited ids are {_some(list(by_id))}"
            if (group := id.partition(".")[0]) in by_id and not near.names:
                help = f"what is inside `{group}` is changed with it, as one of its fields"
            fact = f"no inherited layer is called `{shorten(id)}`"
            fix = fix_name(span, near)
            faults.append(Diagnostic("unknown-id", fact, span, help, fix=fix))
        elif action in ("set", "replace", "remove"):
            if id in changed:
                fact = f"`{id}` is changed twice"
                related = (Related("the first change", changed[id]),)
                help = "keep one of set, replace and remove for each id"
                faults.append(Diagnostic("edited-twice", fact, span, help, related=related))
            changed.setdefault(id, span)
    by_place = {(action, id): value for action, id, _, value in actions}
    items: list[tree.Node] = []
    for index, (id, item) in enumerate(zip(ids, layers.items, strict=True)):
        items.extend(_list(by_place.get(("before", id))))
        if ("replace", id) in by_place:
            items.extend(_list(by_place[("replace", id)]))
        elif ("set", id) in by_place:
            items.append(_with_fields(item, raw[index], by_place[("set", id)], forms, faults))
        elif ("remove", id) not in by_place:
            items.append(item)
        items.extend(_list(by_place.get(("after", id))))
    return tree.Sequence(tuple(items), layers.span)


def _actions(edit: tree.Node, faults: list[Diagnostic]) -> list[tuple[str, str, Span, tree.Node]]:
    """Return (action, id, place of the id, value) for everything that `edit` asks."""
    if not isinstance(edit, tree.Mapping):
        shown = describe_value(edit.plain())
        help = "write `edit: {set: {conv3: {dropout: 0.25}}}`"
        faults.append(Diagnostic("wrong-type", f"expected changes, got {shown}", edit.span, help))
        return []
    found: list[tuple[str, str, Span, tree.Node]] = []
    for action, value in edit:
        if action not in ACTIONS:
            near, place = suggest(action, ACTIONS), edit.key_place(action)
            help = near.help or f"use one of {', '.join(ACTIONS)}"
            fact = f"unknown change `{shorten(action)}`"
            fix = fix_name(place, near)
            faults.append(Diagnostic("unknown-field", fact, place, help, fix=fix))
        elif action == "remove" and isinstance(value, tree.Sequence):
            for item in value.items:
                if isinstance(item, tree.Scalar):
                    found.append((action, item.text, item.span, item))
                    continue
                fact = f"expected the id of a layer, got {describe_value(item.plain())}"
                help = "write `remove: [conv7]`"
                faults.append(Diagnostic("wrong-type", fact, item.span, help))
        elif action != "remove" and isinstance(value, tree.Mapping):
            found.extend((action, id, value.key_place(id), inner) for id, inner in value)
        else:
            example = "[conv7]" if action == "remove" else "{conv7: …}"
            fact = f"expected `{action}: {example}`, got {describe_value(value.plain())}"
            faults.append(Diagnostic("wrong-type", fact, value.span, "name layers by their id"))
    checked = []
    for action, id, span, inner in found:
        wanted = tree.Sequence if action in ("replace", "before", "after") else tree.Node
        if not isinstance(inner, wanted):
            fact = f"expected a list of layers, got {describe_value(inner.plain())}"
            help = f"write `{action}: {{{id}: [{{conv: 16}}]}}`"
            faults.append(Diagnostic("wrong-type", fact, inner.span, help))
        else:
            checked.append((action, id, span, inner))
    return checked


def _with_fields(
    item: tree.Node, raw: RawEntry, change: tree.Node, forms: Forms, faults: list[Diagnostic]
) -> tree.Node:
    """Return an entry with some of its fields set anew."""
    if raw.kind is None or not raw.is_sound:
        return item
    kind, form = raw.kind, forms[raw.kind]
    if not isinstance(change, tree.Mapping):
        fact = f"expected the fields to set, got {describe_value(change.plain())}"
        faults.append(Diagnostic("wrong-type", fact, change.span, "write `{field: value}`"))
        return item
    if isinstance(item, tree.Mapping):
        ((key, value),) = item.entries.values()
    else:
        assert isinstance(item, tree.Scalar)
        key, value = tree.Scalar(kind, kind, item.span), tree.Mapping({}, item.span)
    if isinstance(value, tree.Mapping):
        fields = value
    elif isinstance(value, tree.Scalar) and value.value is None:
        fields = tree.Mapping({}, key.span)
    else:
        assert form.shorthand
        fields = tree.Mapping({form.shorthand: (key, value)}, value.span)
    if OWN_ID in change.entries:
        fact = "an edit does not rename a layer"
        span = change.key_place(OWN_ID)
        faults.append(Diagnostic("unknown-field", fact, span, "use `replace` to give a new one"))
        return item
    return tree.Mapping({kind: (key, merge(fields, change))}, item.span)


def _list(node: tree.Node | None) -> tuple[tree.Node, ...]:
    return node.items if isinstance(node, tree.Sequence) else ()


def _some(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:4])
    return shown + (f" … `{names[-1]}`" if len(names) > 4 else "")
