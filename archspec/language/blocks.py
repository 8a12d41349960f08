"""`blocks:`: layer lists with names and typed parameters, used like a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from archspec.diagnostics import Diagnostic, Related, Source, Span
from archspec.language import tree
from archspec.language.expressions import Value, is_expression, is_name, substitute
from archspec.language.faults import fix_name
from archspec.language.forms import BLOCK_NAME, parameters_of
from archspec.language.yaml_reader import read_tree
from archspec.layers.fields import describe_value, shorten
from archspec.layers.synonyms import suggest

TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "text": (str,),
}
"""What a parameter without a default says of its values."""

WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "text": "a text",
}
BLOCK_KEYS = ("parameters", "layers", "doc")
SHIPPED = {"SqueezeExcitation": "squeeze_excitation.yaml"}
"""Blocks that every spec may use; a block of the spec's own by this name comes first."""


class Parameter(NamedTuple):
    """A parameter of a block: its type, and its default, None where it must be given."""

    type: str
    default: tree.Scalar | None
    span: Span


class Block(NamedTuple):
    """A named layer list. `is_sound` is False where its own faults were reported already."""

    name: str
    parameters: Mapping[str, Parameter]
    layers: tree.Sequence
    span: Span
    is_sound: bool = True


def read_blocks(node: tree.Node | None, faults: list[Diagnostic]) -> dict[str, Block]:
    """Read `blocks:`; a block with a fault is kept, so that its name is known."""
    if node is None:
        return {}
    if not isinstance(node, tree.Mapping):
        fact = f"expected blocks by name, got {describe_value(node.plain())}"
        help = "write `blocks: {Name: {parameters: {width: integer}, layers: […]}}`"
        faults.append(Diagnostic("wrong-type", fact, node.span, help))
        return {}
    return {name: _block(name, node.key_place(name), value, faults) for name, value in node}


def _block(name: str, span: Span, node: tree.Node, faults: list[Diagnostic]) -> Block:
    before = len(faults)
    nothing = tree.Sequence((), span)
    if not BLOCK_NAME.fullmatch(name):
        fact = f"a block's name begins with a capital letter, got `{shorten(name)}`"
        help = "write it in CapWords, such as `Bottleneck`; kinds of layers are in lower case"
        faults.append(Diagnostic("bad-block-name", fact, span, help))
    if not isinstance(node, tree.Mapping):
        fact = f"expected the block's `parameters` and `layers`, got {describe_value(node.plain())}"
        help = f"write `{name}: {{parameters: {{width: integer}}, layers: […]}}`"
        faults.append(Diagnostic("wrong-type", fact, node.span, help))
        return Block(name, {}, nothing, span, is_sound=False)
    for key in node.entries:
        if key not in BLOCK_KEYS:
            near, place = suggest(key, BLOCK_KEYS), node.key_place(key)
            help = near.help or "a block has `parameters` and `layers`"
            fact = f"unknown field `{shorten(key)}`"
            fix = fix_name(place, near)
            faults.append(Diagnostic("unknown-field", fact, place, help, fix=fix))
    doc = node.child("doc")
    if doc is not None and not isinstance(doc.plain(), str):
        fact = f"expected a text, got {describe_value(doc.plain())}"
        help = "write a sentence on what the block is, in quotes"
        faults.append(Diagnostic("wrong-type", fact, node.place("doc"), help))
    parameters = _parameters(node.child("parameters"), faults)
    layers = node.child("layers")
    if layers is None:
        if not any("layers" in suggest(key, BLOCK_KEYS).names for key in node.entries):
            fact = "the field `layers` is missing"
            faults.append(Diagnostic("missing-field", fact, span, "add `layers: […]`"))
    elif not isinstance(layers, tree.Sequence):
        fact = f"expected a list of layers, got {describe_value(layers.plain())}"
        help = "write each layer on a line of its own, with `- ` before it"
        faults.append(Diagnostic("wrong-type", fact, node.place("layers"), help))
    is_sound = len(faults) == before
    sound = layers if isinstance(layers, tree.Sequence) else nothing
    return Block(name, parameters, sound, span, is_sound)


def _parameters(node: tree.Node | None, faults: list[Diagnostic]) -> dict[str, Parameter]:
    if node is None:
        return {}
    if not isinstance(node, tree.Mapping):
        fact = f"expected parameters by name, got {describe_value(node.plain())}"
        help = "write `parameters: {width: integer, stride: 1}`"
        faults.append(Diagnostic("wrong-type", fact, node.span, help))
        return {}
    found: dict[str, Parameter] = {}
    for name, value in node:
        place = node.key_place(name)
        if not is_name(name) or name == "id":
            fact = f"a parameter's name is a word, and not `id`, got `{shorten(name)}`"
            faults.append(Diagnostic("bad-parameter", fact, place, "write one such as `width`"))
        elif not isinstance(value, tree.Scalar) or value.value is None:
            fact = f"expected a type or a default, got {describe_value(value.plain())}"
            help = f"write `{name}: integer`, or `{name}: 1`; types are {', '.join(TYPES)}"
            faults.append(Diagnostic("wrong-type", fact, value.span, help))
        elif value.value in TYPES and isinstance(value.value, str):
            found[name] = Parameter(value.value, None, place)
        else:
            found[name] = Parameter(type_of(value), value, place)
    return found


def type_of(default: tree.Scalar) -> str:
    """Return the type that a default gives; `any` for an expression."""
    value = default.value
    if is_expression(value):
        return "any"
    fits = {bool: "boolean", int: "integer", float: "number", str: "text"}
    return fits[type(value)]


def bind(
    block: Block,
    fields: tree.Mapping,
    place: Span,
    outer: Mapping[str, Value],
    shared: Mapping[str, Value],
    faults: list[Diagnostic],
) -> dict[str, Value] | None:
    """Return the values of a block's parameters where it is used; None after a fault.

    place: where it is used. outer: the names that the use may mention. shared: the names that the
    block's own defaults may mention, the spec's parameters.
    """
    before = len(faults)
    unknown = [name for name in fields.entries if name not in block.parameters]
    faults.extend(_unknown(block, name, fields.key_place(name)) for name in unknown)
    values = dict(shared)
    possible = {near for name in unknown for near in suggest(name, block.parameters).names}
    for name, parameter in block.parameters.items():
        given = fields.child(name)
        if given is not None:
            computed = substitute(given, outer, faults)
            if computed is not None and not _fits(computed.plain(), parameter.type):
                faults.append(_misfit(name, parameter, computed.plain(), fields.place(name)))
            elif computed is not None:
                values[name] = computed.plain()
        elif parameter.default is None and name not in possible:
            fact = f"`{block.name}` needs the parameter `{name}`, {_words(parameter)}"
            related = (Related("it is declared here", parameter.span),)
            help = f"add `{name}: …`"
            faults.append(Diagnostic("missing-parameter", fact, place, help, related=related))
    if len(faults) > before:
        return None  # a default may mention what could not be read
    known = dict(shared)
    for name, parameter in block.parameters.items():
        if parameter.default is not None and name not in fields.entries:
            found: list[Diagnostic] = []
            computed = substitute(parameter.default, known, found)
            used = Related(f"{block.name} is used here", place)
            faults.extend(replace(fault, related=(*fault.related, used)) for fault in found)
            if computed is None:
                return None
            values[name] = computed.plain()
        known[name] = values[name]
    return values


def _misfit(name: str, parameter: Parameter, value: object, place: Span) -> Diagnostic:
    words = _words(parameter)
    fact = f"expected {words} for `{name}`, got {describe_value(value)}"
    help = f"give {words}"
    if parameter.type == "integer" and parameter.default is not None and isinstance(value, float):
        help = f"give {words}, or declare `{name}: {parameter.default.text}.0`"
    related = (Related("it is declared here", parameter.span),)
    return Diagnostic("wrong-type", fact, place, help, related=related)


def _unknown(block: Block, name: str, span: Span) -> Diagnostic:
    near = suggest(name, (*block.parameters, "id"))
    known = ", ".join(f"`{known}`" for known in list(block.parameters)[:4])
    nothing = "it takes none: remove it"
    help = near.help or (f"its parameters are {known}" if known else nothing)
    fact = f"`{block.name}` has no parameter `{shorten(name)}`"
    related = (Related("the block", block.span),)
    return Diagnostic(
        "unknown-parameter", fact, span, help, related=related, fix=fix_name(span, near)
    )


def _fits(value: object, type: str) -> bool:
    if type == "any":
        return isinstance(value, int | float | str | bool)
    is_truth_value = isinstance(value, bool)
    return isinstance(value, TYPES[type]) and is_truth_value == (type == "boolean")


def _words(parameter: Parameter) -> str:
    return WORDS.get(parameter.type, "a value")


@cache
def shipped_block(name: str) -> Block:
    """Return a block that comes with archspec."""
    path = Path(__file__).parent / "shipped" / SHIPPED[name]
    root, faults = read_tree(
        Source(f"archspec/language/shipped/{path.name}", path.read_text("utf-8"))
    )
    assert root is not None, faults
    found: list[Diagnostic] = list(faults)
    blocks = read_blocks(root.child("blocks"), found)
    assert not found, found
    return blocks[name]


def block_parameters(section: tree.Node | None) -> dict[str, tuple[str, ...]]:
    """Return the parameters of every block that a spec may use, its own and those shipped."""
    return {**_shipped_parameters(), **parameters_of(section)}


def _shipped_parameters() -> dict[str, tuple[str, ...]]:
    # Written here, so that no file is read for a spec that uses none; a test holds it to the files.
    return {"SqueezeExcitation": ("input_channels", "squeeze_channels", "activation", "gate")}
