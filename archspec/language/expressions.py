"""`$width` and `${width * 4}`: whole-number arithmetic by a whitelist, and nothing else."""

from __future__ import annotations

import ast
import keyword
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from archspec.diagnostics import Diagnostic, did_you_mean
from archspec.language import tree
from archspec.layers.fields import describe_value, shorten

Value: TypeAlias = int | float | bool | str
"""What a parameter may be. Arithmetic takes whole numbers only; the others are passed on whole."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PATTERN = re.compile(r"\$(?:\{(?P<braced>.*)\}|(?P<name>[A-Za-z_][A-Za-z0-9_]*))", re.DOTALL)
LONGEST = 200
LARGEST = 2**63

OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Value, Value], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
FUNCTIONS: dict[str, Callable[[list[int]], int]] = {"min": min, "max": max}


class ExpressionFault(Exception):
    """An expression that cannot be computed: the short fact and the cure."""

    def __init__(self, code: str, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


def is_expression(text: object) -> bool:
    """Say whether a value is `$name` or `${…}` as a whole."""
    return isinstance(text, str) and text.startswith("$") and PATTERN.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Say whether a parameter can have this name, so that every expression can mention it."""
    return NAME.fullmatch(text) is not None and not keyword.iskeyword(text)


def names_in(text: str) -> tuple[str, ...]:
    """Return the names that an expression mentions, each once, those of functions too."""
    return tuple(dict.fromkeys(NAME.findall(text))) if is_expression(text) else ()


def evaluate(text: str, names: Mapping[str, Value]) -> Value:
    """Return what `$name` or `${…}` stands for; raise ExpressionFault.

    A whole number, the truth value of a comparison, or a parameter as it is.
    """
    match = PATTERN.fullmatch(text)
    assert match, text
    body = (match["name"] or match["braced"]).strip()
    if body in names:
        return names[body]
    if len(body) > LONGEST:
        fact = f"an expression of {len(body):,} characters is too long"
        help = f"use {LONGEST} or fewer; a parameter can hold a part of it"
        raise ExpressionFault("bad-expression", fact, help)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of texts that look like odd Python
            parsed = ast.parse(body, mode="eval").body
        return _Computation(body, names).value(parsed)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionFault(
            "bad-expression",
            f"cannot read the expression {shorten(body)!r}",
            "use whole numbers, names and + - * // %, such as ${width * 4}",
        ) from None


class _Computation(NamedTuple):
    """One expression and the names that it may mention."""

    body: str
    names: Mapping[str, Value]

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=str(text)):
                return text  # to compare a parameter with
            case ast.Constant(value=int(number)) if not isinstance(number, bool):
                value = number
            case ast.Name(id=name):
                return self.named(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = -self.whole(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                first, second = self.whole(left), self.whole(right)
                if second == 0 and isinstance(op, ast.FloorDiv | ast.Mod):
                    fact = f"{self.shown(node)} divides by zero"
                    raise ExpressionFault("division-by-zero", fact, "divide by 1 or more")
                value = OPERATORS[type(op)](first, second)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
                are_equal = isinstance(op, ast.Eq | ast.NotEq)
                read = self.value if are_equal else self.whole
                return COMPARISONS[type(op)](read(left), read(right))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if (
                name in FUNCTIONS and arguments
            ):
                value = FUNCTIONS[name]([self.whole(argument) for argument in arguments])
            case _:
                raise self.refused(node)
        if abs(value) > LARGEST:
            fact = f"{self.shown(node)} is larger than 2^63"
            raise ExpressionFault("out-of-range", fact, "use smaller numbers")
        return value

    def named(self, name: str) -> Value:
        if name in self.names:
            return self.names[name]
        help = did_you_mean(name, self.names)
        if help is None and name in ("true", "false"):
            help = "a parameter that is true or false is a condition by itself: `$name`"
        help = help or "give it under `parameters:`, or write the value itself"
        fact = f"no parameter is called `{shorten(name)}`"
        raise ExpressionFault("unknown-parameter", fact, help)

    def whole(self, node: ast.expr) -> int:
        """Return the whole number of an operand; a comparison that holds counts as 1."""
        value = self.value(node)
        if isinstance(value, int):
            return int(value)
        fact = f"{self.shown(node)} is {describe_value(value)}, no whole number"
        raise ExpressionFault("not-whole", fact, "arithmetic is of whole numbers only")

    def refused(self, node: ast.expr) -> ExpressionFault:
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            fact = f"`{node.value}` is no whole number"
            return ExpressionFault("not-whole", fact, "write halves as // 2, tenths as // 10")
        help = "use whole numbers, names, + - * // %, comparisons, min and max"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            help = "write // for whole-number division"
        return ExpressionFault("bad-expression", f"{self.shown(node)} is not allowed", help)

    def shown(self, node: ast.expr) -> str:
        """Return a part of the expression as it is written, in one line."""
        written = ast.get_source_segment(self.body, node) or self.body
        return f"`{shorten(' '.join(written.split()))}`"


def substitute(
    node: tree.Node, names: Mapping[str, Value], faults: list[Diagnostic]
) -> tree.Node | None:
    """Return `node` with every expression computed; None, and a fault, where one cannot be."""
    match node:
        case tree.Scalar(value=text):
            if not is_expression(text):
                return node
            try:
                return tree.Scalar(evaluate(str(text), names), node.text, node.span)
            except ExpressionFault as fault:
                faults.append(Diagnostic(fault.code, fault.message, node.span, fault.help))
                return None
        case tree.Sequence(items=items):
            done = [substitute(item, names, faults) for item in items]
            if all(new is old for new, old in zip(done, items, strict=True)):
                return node
            kept = tuple(item for item in done if item is not None)
            return tree.Sequence(kept, node.span) if len(kept) == len(items) else None
        case tree.Mapping(entries=entries):
            computed = {key: substitute(v, names, faults) for key, (_, v) in entries.items()}
            if all(new is entries[key][1] for key, new in computed.items()):
                return node
            if any(value is None for value in computed.values()):
                return None
            return tree.Mapping(
                {k: (entries[k][0], v) for k, v in computed.items() if v is not None}, node.span
            )
    return node


def substitute_fields(
    fields: tree.Mapping, names: Mapping[str, Value], faults: list[Diagnostic]
) -> tuple[tree.Mapping, frozenset[str]]:
    """Return fields with every expression computed, and the names of those that cannot be."""
    computed = {name: substitute(value, names, faults) for name, value in fields}
    if all(new is fields.entries[name][1] for name, new in computed.items()):
        return fields, frozenset()
    kept = {n: (fields.entries[n][0], v) for n, v in computed.items() if v is not None}
    return tree.Mapping(kept, fields.span), frozenset(computed) - frozenset(kept)
