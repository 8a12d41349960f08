"""What a spec allows: by `lint:` everywhere, by a comment on one line, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from archspec.diagnostics import Diagnostic, Fix, Source, Span
from archspec.judge.lint.about_allowances import UNKNOWN, UNREASONED, UNUSED
from archspec.language import Spec, tree
from archspec.layers.synonyms import suggest

KEY = "lint"
WORD = "allow"
COMMENT = re.compile(
    rf"(?<!\S)#\s*{WORD}\s+(?P<code>[a-z0-9]+(?:-[a-z0-9]+)+)(?:\s*(?P<colon>:)(?P<reason>[^#]*))?"
)
"""`# allow even-kernel: the reason`; there may be several on a line."""


class Allowance(NamedTuple):
    """A code that a spec allows, and why. line: the only line it speaks of; None for all."""

    code: str
    reason: str
    span: Span
    line: int | None

    def covers(self, found: Diagnostic) -> bool:
        """Say whether a diagnostic is allowed by this; an error never is."""
        if found.code != self.code or found.severity == "error":
            return False
        if self.line is None:
            return True
        place = found.span
        return place is not None and (place.source, place.line) == (self.span.source, self.line)


def settle(
    spec: Spec, found: Iterable[Diagnostic], known: Collection[str], asked: Collection[str]
) -> tuple[Diagnostic, ...]:
    """Return what is not allowed of what was found, and what is wrong with the allowances.

    known: every code that there is to allow. asked: those that were looked for this time, of
    allowances too.
    """
    allowed = [*_in_spec(spec), *_in_comments(spec, known)]
    used: set[Allowance] = set()
    kept = []
    for diagnostic in found:
        covering = [allowance for allowance in allowed if allowance.covers(diagnostic)]
        used.update(covering)
        if not covering:
            kept.append(diagnostic)
    wrong: list[Diagnostic] = []
    for allowance in allowed:
        if allowance.code not in known:
            wrong.append(_unknown(allowance, known))
        elif not allowance.reason:
            wrong.append(_unreasoned(allowance))
        elif allowance not in used and allowance.code in asked and _is_own(allowance.span, spec):
            wrong.append(_unused(allowance))
    return (*kept, *(diagnostic for diagnostic in wrong if diagnostic.code in asked))


def _in_spec(spec: Spec) -> Iterator[Allowance]:
    section = spec.tree.child(KEY)
    for code, reason in spec.allowed.items():
        if isinstance(section, tree.Mapping) and code in section.entries:
            yield Allowance(code, reason, section.key_place(code), None)


def _in_comments(spec: Spec, known: Collection[str]) -> Iterator[Allowance]:
    for source in spec.sources:
        if WORD not in source.text:
            continue
        for number, line in enumerate(source.text.split("\n"), start=1):
            for match in COMMENT.finditer(line):
                code, column = match["code"], match.start("code") + 1
                is_meant = code in known or match["colon"]
                if not is_meant or _is_in_text(spec.tree, source, number, column):
                    continue
                span = Span(source, number, column, number, column + len(code))
                yield Allowance(code, (match["reason"] or "").strip(), span, _line(source, number))


def _line(source: Source, number: int) -> int:
    """Return the line a comment speaks of: its own, or the next one when nothing else is on it."""
    text = source.line(number).strip()
    while text.startswith("#"):
        number += 1
        text = source.line(number).strip()
    return number


def _is_in_text(node: tree.Node, source: Source, line: int, column: int) -> bool:
    """Say whether a place lies inside a value, such as a note that speaks of comments."""
    match node:
        case tree.Scalar(span=span):
            is_after = (span.line, span.column) <= (line, column)
            return (
                span.source is source
                and is_after
                and (line, column)
                < (
                    span.end_line,
                    span.end_column,
                )
            )
        case tree.Sequence(items=items):
            return any(_is_in_text(item, source, line, column) for item in items)
        case tree.Mapping():
            return any(_is_in_text(value, source, line, column) for _, value in node)


def _is_own(span: Span, spec: Spec) -> bool:
    """Say whether a place is not inherited: what a parent allows may be gone in a child."""
    return span.source is spec.sources[0] or span.source.name.startswith("--")


def _unknown(allowance: Allowance, known: Collection[str]) -> Diagnostic:
    near = suggest(allowance.code, known)
    fix = Fix(allowance.span, near.replacement) if near.replacement else None
    help = near.help or "`archspec explain` lists the rules"
    fact = f"no rule is called `{allowance.code}`"
    return Diagnostic(UNKNOWN.code, fact, allowance.span, help, UNKNOWN.severity, fix=fix)


def _unreasoned(allowance: Allowance) -> Diagnostic:
    fact = f"`{allowance.code}` is allowed without a reason"
    help = f"write `# {WORD} {allowance.code}: the reason`"
    return Diagnostic(UNREASONED.code, fact, allowance.span, help, UNREASONED.severity)


def _unused(allowance: Allowance) -> Diagnostic:
    where = "here" if allowance.line is None else "on this line"
    fact = f"`{allowance.code}` is allowed {where}, and nothing is found"
    return Diagnostic(UNUSED.code, fact, allowance.span, "remove it", UNUSED.severity)
