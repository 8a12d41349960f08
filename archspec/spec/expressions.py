"""`$width` and `${width * 4}`: whole-number arithmetic by a whitelist, and nothing else."""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Mapping

from archspec.diagnostics import Diagnostic, did_you_mean
from archspec.spec import tree

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
FUNCTIONS: dict[str, Callable[[list[int]], int]] = {"min": min, "max": max}


class ExpressionFault(Exception):
    """An expression that cannot be computed: the short fact and the cure."""

    def __init__(self, code: str, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


def is_expression(text: object) -> bool:
    """Say whether a value is `$name` or `${…}` as a whole."""
    return isinstance(text, str) and text.startswith("$") and PATTERN.fullmatch(text) is not None


def evaluate(text: str, names: Mapping[str, int]) -> int:
    """Return the whole number that `$name` or `${…}` stands for; raise ExpressionFault."""
    match = PATTERN.fullmatch(text)
    assert match, text
    body = (match["name"] or match["braced"]).strip()
    if len(body) > LONGEST:
        raise ExpressionFault(
            "bad-expression", f"an expression of {len(body)} characters is too long"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of texts that look like odd Python
            parsed = ast.parse(body, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionFault(
            "bad-expression",
            f"cannot read the expression {body!r}",
            "use whole numbers, names and + - * // %, such as ${width * 4}",
        ) from None
    return _compute(parsed, names)


def _compute(node: ast.expr, names: Mapping[str, int]) -> int:
    value: int
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            value = number
        case ast.Name(id=name):
            if name not in names:
                near = did_you_mean(name, names) or "write the whole number itself"
                raise ExpressionFault("unknown-parameter", f"no parameter is called `{name}`", near)
            value = names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = -_compute(operand, names)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            first, second = _compute(left, names), _compute(right, names)
            if second == 0 and isinstance(op, ast.FloorDiv | ast.Mod):
                fact = f"`{ast.unparse(node)}` divides by zero"
                raise ExpressionFault("division-by-zero", fact, "divide by 1 or more")
            value = OPERATORS[type(op)](first, second)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if (
            name in FUNCTIONS and arguments
        ):
            value = FUNCTIONS[name]([_compute(argument, names) for argument in arguments])
        case _:
            help = "use whole numbers, names, + - * // %, min and max"
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                help = "write // for whole-number division"
            raise ExpressionFault("bad-expression", f"`{ast.unparse(node)}` is not allowed", help)
    if abs(value) > LARGEST:
        fact = f"`{ast.unparse(node)}` is larger than 2^63"
        raise ExpressionFault("out-of-range", fact, "use smaller numbers")
    return value


def substitute(
    node: tree.Node, names: Mapping[str, int], faults: list[Diagnostic]
) -> tree.Node | None:
    """Return `node` with every expression computed; None, and a fault, where one cannot be."""
    match node:
        case tree.Scalar(value=text) if is_expression(text):
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
    fields: tree.Mapping, faults: list[Diagnostic]
) -> tuple[tree.Mapping, frozenset[str]]:
    """Return fields with every expression computed, and the names of those that cannot be."""
    computed = {name: substitute(value, {}, faults) for name, value in fields}
    if all(new is fields.entries[name][1] for name, new in computed.items()):
        return fields, frozenset()
    kept = {n: (fields.entries[n][0], v) for n, v in computed.items() if v is not None}
    return tree.Mapping(kept, fields.span), frozenset(computed) - frozenset(kept)
