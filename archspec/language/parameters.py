"""`parameters:` of a spec: values that its layers mention, and that a child may set anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from archspec.diagnostics import Diagnostic, Related, Source
from archspec.language import tree
from archspec.language.blocks import WORDS, type_of
from archspec.language.expressions import Value, is_expression, is_name, names_in, substitute
from archspec.language.faults import fix_name
from archspec.layers.fields import describe_value, shorten
from archspec.layers.synonyms import suggest

MENTIONING = ("input", "parameters", "blocks", "defaults", "layers")
"""The keys under which a parameter can be mentioned."""


def read_parameters(node: tree.Node | None, faults: list[Diagnostic]) -> dict[str, Value]:
    """Return the values of the spec's `parameters:`; each may mention those above it."""
    if node is None:
        return {}
    if not isinstance(node, tree.Mapping):
        fact = f"expected values by name, got {describe_value(node.plain())}"
        help = "write `parameters: {width: 64}`"
        faults.append(Diagnostic("wrong-type", fact, node.span, help))
        return {}
    values: dict[str, Value] = {}
    for name, value in node:
        if not is_name(name):
            fact = f"a parameter's name is a word, got `{shorten(name)}`"
            place, help = node.key_place(name), "write one such as `width`"
            faults.append(Diagnostic("bad-parameter", fact, place, help))
            continue
        if not isinstance(value, tree.Scalar) or value.value is None:
            fact = f"expected one value, got {describe_value(value.plain())}"
            help = f"write `{name}: 64`"
            faults.append(Diagnostic("wrong-type", fact, value.span, help))
            continue
        computed = substitute(value, values, faults)
        if computed is not None:
            values[name] = computed.plain()
    return values


def with_types_kept(inherited: tree.Node, given: tree.Node, faults: list[Diagnostic]) -> tree.Node:
    """Return what a child, or `--set`, gives without the values of another type than inherited.

    A fault tells each of them; a number may come over a whole number.
    """
    if not isinstance(inherited, tree.Mapping) or not isinstance(given, tree.Mapping):
        return given
    kept = {}
    for name, (key, value) in given.entries.items():
        before = inherited.child(name)
        kept[name] = (key, value)
        if value is before or not (_is_plain(before) and _is_plain(value)):
            continue
        assert isinstance(before, tree.Scalar)
        assert isinstance(value, tree.Scalar)
        wanted, got = type_of(before), type_of(value)
        if wanted != got and not {wanted, got} <= {"integer", "number"}:
            fact = f"expected {WORDS[wanted]} for `{name}`, got {describe_value(value.value)}"
            related = (Related(f"`{name}` is {shorten(before.text)} here", before.span),)
            help = f"give {WORDS[wanted]}"
            faults.append(Diagnostic("wrong-type", fact, value.span, help, related=related))
            kept[name] = inherited.entries[name]
    return tree.Mapping(kept, given.span)


def _is_plain(node: tree.Node | None) -> bool:
    is_value = isinstance(node, tree.Scalar) and node.value is not None
    return is_value and not is_expression(node.plain() if node else None)


def unused_parameters(root: tree.Mapping, parents: Collection[Source]) -> Iterator[Diagnostic]:
    """Yield a fault for each parameter that nothing mentions, so that its value changes nothing.

    What a parent wrote and nothing mentions any more is left alone.
    """
    section = root.child("parameters")
    if not isinstance(section, tree.Mapping):
        return
    mentioned = {name for key in MENTIONING for name in _mentioned(root.child(key))}
    used = [name for name in section.entries if name in mentioned]
    for name in section.entries:
        place = section.key_place(name)
        if name in mentioned or place.source in parents or not is_name(name):
            continue
        if (value := section.child(name)) is None or not isinstance(value.plain(), Value):
            continue
        near = suggest(name, used)
        help = near.help or f"mention it as `${shorten(name)}`, or remove it"
        fact = f"nothing mentions the parameter `{shorten(name)}`"
        fix = fix_name(place, near)
        if fix and section.key_place(fix.replacement).source is place.source:
            fix = None  # it stands there already
        yield Diagnostic("unused-parameter", fact, place, help, fix=fix)


def _mentioned(node: tree.Node | None) -> Iterator[str]:
    match node:
        case tree.Scalar(value=str(text)):
            yield from names_in(text)
        case tree.Sequence(items=items):
            for item in items:
                yield from _mentioned(item)
        case tree.Mapping(entries=entries):
            for _, value in entries.values():
                yield from _mentioned(value)
