"""Reading `targets:` (what is demanded) and `claims:` (what someone published)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from archspec.diagnostics import Diagnostic, Span
from archspec.language import tree
from archspec.language.faults import fix_name, locate
from archspec.language.quantities import CLAIMS, MEASURED, TARGETS
from archspec.language.sections import (
    BOUNDS,
    Bound,
    Claim,
    Claims,
    SeedDemand,
    TableClaim,
    Target,
)
from archspec.layers.fields import (
    Boolean,
    FieldFault,
    FieldType,
    Integer,
    Nested,
    Number,
    describe_value,
    shorten,
)
from archspec.layers.synonyms import QUANTITIES, suggest

CONDITIONS: dict[str, FieldType] = {
    "epochs": Integer(),
    "consecutive": Boolean(),
    "within": Integer(),
    "seeds": Nested(SeedDemand),
}
"""Fields beside the bounds of a measured target."""
T = TypeVar("T", Target, Claim)


def read_targets(node: tree.Node | None, faults: list[Diagnostic]) -> tuple[Target, ...]:
    """Read every target; a faulty one is left out."""
    return _each(node, "targets", "params: {below: 8000}", TARGETS, _target, faults)


def read_claims(
    node: tree.Node | None, folder_of: Callable[[Span], Path], faults: list[Diagnostic]
) -> Claims:
    """Read every claim; `folder_of` gives the folder that a path written there starts from."""
    table = None
    if isinstance(node, tree.Mapping) and "table" in node.entries:
        table = _table(node.entries["table"][1], folder_of, faults)
        others = {key: entry for key, entry in node.entries.items() if key != "table"}
        node = tree.Mapping(others, node.span)
    figures = _each(node, "claims", "params: 7720", (*CLAIMS, "table"), _claim, faults)
    return Claims(figures, table)


def _each(
    node: tree.Node | None,
    section: str,
    example: str,
    known: tuple[str, ...],
    read: Callable[[str, tree.Node, Span, list[Diagnostic]], T | None],
    faults: list[Diagnostic],
) -> tuple[T, ...]:
    if node is None:
        return ()
    if not isinstance(node, tree.Mapping):
        fact = f"expected {section} by name, got {describe_value(node.plain())}"
        faults.append(
            Diagnostic("wrong-type", fact, node.span, f"write `{section}: {{{example}}}`")
        )
        return ()
    found = []
    for name, value in node:
        span = node.key_place(name)
        if name not in known:
            near = suggest(name, known, QUANTITIES)
            help = near.help or f"known are {', '.join(known[:4])} and others"
            fact = f"unknown quantity `{shorten(name)}`"
            fix = fix_name(span, near)
            faults.append(Diagnostic("unknown-quantity", fact, span, help, fix=fix))
        elif (item := read(name, value, span, faults)) is not None:
            found.append(item)
    return tuple(found)


def _target(name: str, node: tree.Node, span: Span, faults: list[Diagnostic]) -> Target | None:
    if not isinstance(node, tree.Mapping):
        shown = describe_value(node.plain())
        usual = "at_least" if name in (*MEASURED, "receptive_field") else "below"
        is_number = type(node.plain()) in (int, float)
        number = shorten(node.text) if is_number and isinstance(node, tree.Scalar) else "8000"
        help = f"write `{name}: {{{usual}: {number}}}`; bounds are {', '.join(BOUNDS)}"
        faults.append(Diagnostic("wrong-type", f"expected a bound, got {shown}", node.span, help))
        return None
    before = len(faults)
    bounds: dict[Bound, tuple[Fraction, ...]] = {}
    conditions: dict[str, object] = {}
    for key, value in node:
        bound = next((word for word in BOUNDS if word == key), None)
        if bound is not None:
            numbers = _numbers(value, 2 if bound == "between" else 1, faults)
            if numbers is not None:
                bounds[bound] = numbers
        elif key in CONDITIONS and name in MEASURED:
            try:
                conditions[key] = CONDITIONS[key].read(value.plain())
            except FieldFault as fault:
                if key == "seeds" and not fault.path:
                    fault.help = "write `seeds: {at_least: 5, share: 0.9}`, or one of the two"
                for one in fault.each():
                    one.help = one.help or f"write `{key}: 2`, a number of epochs"
                    faults.append(locate(one, value, value.span))
        else:
            allowed = (*BOUNDS, *(CONDITIONS if name in MEASURED else ()))
            near, place = suggest(key, allowed), node.key_place(key)
            help, fix = near.help or f"use one of {', '.join(allowed)}", fix_name(place, near)
            if key in CONDITIONS:
                help = f"`{key}` goes with measured quantities: {', '.join(MEASURED)}"
                fix = None
            fact = f"unknown bound `{shorten(key)}`"
            faults.append(Diagnostic("unknown-field", fact, place, help, fix=fix))
    if len(faults) == before and not bounds:
        help = f"add one of {', '.join(BOUNDS)}"
        faults.append(Diagnostic("missing-field", f"the target `{name}` has no bound", span, help))
    epochs, within = conditions.get("epochs"), conditions.get("within")
    if isinstance(epochs, int) and isinstance(within, int) and epochs > within:
        fact = f"{epochs} epochs cannot fit within {within}"
        place = node.place("epochs")
        faults.append(Diagnostic("out-of-range", fact, place, "lower `epochs` or raise `within`"))
    if "consecutive" in conditions and epochs is None and len(faults) == before:
        place = node.key_place("consecutive")
        fact = "`consecutive` speaks of a number of epochs, and none is given"
        faults.append(Diagnostic("missing-field", fact, place, "add `epochs: 2`"))
    if len(faults) > before:
        return None
    return Target(name, bounds, span, **conditions)  # type: ignore[arg-type]


def _numbers(node: tree.Node, wanted: int, faults: list[Diagnostic]) -> tuple[Fraction, ...] | None:
    nodes = node.items if wanted == 2 and isinstance(node, tree.Sequence) else (node,)
    if len(nodes) != wanted:
        fact = f"expected two numbers, got {describe_value(node.plain())}"
        faults.append(Diagnostic("wrong-length", fact, node.span, "write `between: [7000, 8000]`"))
        return None
    numbers = [exact_number(item, faults) for item in nodes]
    if any(number is None for number in numbers):
        return None
    exact = tuple(number for number in numbers if number is not None)
    if wanted == 2 and exact[0] > exact[1]:
        low, high = (describe_value(item.plain()) for item in nodes)
        fact = f"nothing lies between {low} and {high}: the first is larger"
        faults.append(Diagnostic("out-of-range", fact, node.span, "write the smaller one first"))
        return None
    return exact


def exact_number(node: tree.Node, faults: list[Diagnostic]) -> Fraction | None:
    """Return a finite number exactly as it is written in decimal: 99.4 is 497/5."""
    value = node.plain()
    try:
        Number().read(value)
    except FieldFault as fault:
        fault.help = fault.help or "write a plain number"
        faults.append(locate(fault, node, node.span))
        return None
    return Fraction(repr(value))


def _claim(name: str, node: tree.Node, span: Span, faults: list[Diagnostic]) -> Claim | None:
    number = exact_number(node, faults)
    return None if number is None else Claim(name, number, node.span)


def _table(
    node: tree.Node, folder_of: Callable[[Span], Path], faults: list[Diagnostic]
) -> TableClaim | None:
    value = node.plain()
    if not isinstance(value, str) or not value.partition("#")[0].strip() or "\0" in value:
        fact = f"expected the path of a markdown file, got {describe_value(value)}"
        help = "write `table: published/step3.md`, or with `#heading` behind it"
        faults.append(Diagnostic("wrong-type", fact, node.span, help))
        return None
    file, _, heading = value.partition("#")
    return TableClaim(
        folder_of(node.span) / file.strip(), heading.strip() or None, value, node.span
    )
