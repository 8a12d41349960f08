"""Which diagnostic codes the source can emit, read from its syntax without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "archspec"
MAKERS = {"Diagnostic": 0, "LayerFault": 0, "ExpressionFault": 0, "FieldFault": 99, "Document": 2}
"""What makes a fault → the position of the code among its arguments; FieldFault names it."""


@dataclass(frozen=True)
class Emitted:
    """One code as the source writes it, and where; `{role}` stands for a part that is passed in."""

    code: str
    place: str


class Unclear(Exception):
    """A code that the syntax does not tell."""


def every_emitted() -> list[Emitted]:
    """Return every code that the package emits."""
    modules = {
        path.relative_to(PACKAGE.parent).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }
    public: dict[str, int] = dict(MAKERS)
    for tree in modules.values():
        found = passing_on(tree, MAKERS)
        public |= {name: position for name, position in found.items() if name[0] != "_"}
    return [
        emitted
        for place, tree in modules.items()
        for emitted in emitted_in(tree, place, public | passing_on(tree, public))
    ]


def emitted_in(tree: ast.Module, place: str, makers: Mapping[str, int]) -> Iterator[Emitted]:
    """Yield every code that a module emits.

    makers: functions and classes that take a code → its position among their arguments.
    """
    for node in ast.walk(tree):
        for value in _given(node, makers):
            where = f"{place}:{value.lineno}"
            yield from (Emitted(code, where) for code in _codes_of(value, where))
        for value in _kept(node):
            where = f"{place}:{value.lineno}"
            yield from (Emitted(code, where) for code in _codes_of(value, where))


def passing_on(tree: ast.Module, makers: Mapping[str, int]) -> dict[str, int]:
    """Return the functions of a module that pass a parameter `code` on to a maker."""
    found: dict[str, int] = {}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    while True:
        known = {**makers, **found}
        more = {
            function.name: names.index("code")
            for function in functions
            if function.name not in found
            and "code" in (names := [a.arg for a in function.args.args if a.arg != "self"])
            and any(
                isinstance(value, ast.Name) and value.id == "code"
                for node in ast.walk(function)
                for value in _given(node, known)
            )
        }
        if not more:
            return found
        found |= more


def filled_in(pattern: str) -> set[str]:
    """Return the codes that a pattern stands for: `unknown-{role}` with each role that is given."""
    before, _, rest = pattern.partition("{")
    parameter, _, after = rest.partition("}")
    if not parameter:
        return {pattern}
    trees = [ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))]
    functions = [f for t in trees for f in ast.walk(t) if isinstance(f, ast.FunctionDef)]
    makers: dict[str, int] = {}
    for function in functions:
        names = [argument.arg for argument in function.args.args]
        texts = (_part_text(n) for n in ast.walk(function) if isinstance(n, ast.JoinedStr))
        if parameter in names and pattern in texts:
            makers[function.name] = names.index(parameter)
    values = (v for tree in trees for node in ast.walk(tree) for v in _given(node, makers))
    return {
        before + value.value + after
        for value in values
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def _given(node: ast.AST, makers: Mapping[str, int]) -> Iterator[ast.expr]:
    """Yield what a call gives as the code."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if (
            name in makers
        ):
            first = args[: makers[name] + 1]
            if len(first) > makers[name] and not any(isinstance(a, ast.Starred) for a in first):
                yield first[-1]
            yield from (word.value for word in node.keywords if word.arg == "code")


def _kept(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what is kept under the name `code` for later: defaults and variables."""
    match node:
        case ast.FunctionDef(args=arguments):
            only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            yield from (value for a, value in only if a.arg == "code" and value is not None)
        case ast.Assign(targets=[target], value=value):
            yield from _assigned(target, value)


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    match target, value:
        case ast.Name(id="code"), ast.Constant() | ast.JoinedStr():
            yield value  # others are exit codes, or come from a call that is seen itself
        case ast.Tuple(elts=[*targets]), ast.Tuple(elts=[*values]):
            for one, given in zip(targets, values, strict=False):
                yield from _assigned(one, given)


def _codes_of(value: ast.expr, where: str) -> list[str]:
    match value:
        case ast.Constant(value=str(code)):
            return [code]
        case ast.Constant():
            return []  # an exit code
        case ast.JoinedStr():
            return [_part_text(value)]
        case ast.IfExp(body=body, orelse=orelse):
            return [*_codes_of(body, where), *_codes_of(orelse, where)]
        case ast.Name(id="code") | ast.Attribute(attr="code"):
            return []  # passed on: what was given is seen where it was given
    raise Unclear(f"{where}: cannot tell which code `{ast.unparse(value)}` is")


def _part_text(text: ast.JoinedStr) -> str:
    return "".join(map(_part, text.values))


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    return "{" + ast.unparse(part.value) + "}"
