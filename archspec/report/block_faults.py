"""Blocks whose body is not what it should be, with the lines that differ."""

from __future__ import annotations

from difflib import SequenceMatcher

from archspec.diagnostics import Diagnostic, Related, Span
from archspec.report.blocks import PageBlock

MOST_LINES = 6
"""Lines of an excerpt."""
MOST_COMPARED = 400
"""Lines of a body that are compared line by line; a longer one is compared as a whole."""


def stale_block(block: PageBlock, body: str, expected: str) -> Diagnostic:
    """Return the fault of a block that is out of date."""
    if body == expected:
        fact = f"the block `{block.name}` is right, and its mark is not"
        help = f"run `archspec sync {block.span.source.name}`, which renews the mark"
        return Diagnostic("stale-block", fact, block.span, help)
    if not body.strip():
        fact, excerpt = f"the block `{block.name}` was never filled", ""
    else:
        fact, excerpt = f"the block `{block.name}` is out of date", _excerpt(body, expected)
    help = f"run `archspec sync {block.span.source.name}`"
    return _fault("stale-block", fact + excerpt, block, help, body, expected)


def edited_block(block: PageBlock, body: str, expected: str) -> Diagnostic:
    """Return the fault of a block whose body is not as archspec wrote it."""
    fact = f"the block `{block.name}` was edited by hand"
    if block.hash is None:
        fact = f"the block `{block.name}` has a body that archspec did not write"
    help = (
        "move your words out of the block; "
        f"`archspec sync --force {block.span.source.name}` writes over them"
    )
    return _fault("edited-block", fact + _excerpt(body, expected), block, help, body, expected)


def _fault(
    code: str, message: str, block: PageBlock, help: str, body: str, expected: str
) -> Diagnostic:
    span = _first_difference(block, body, expected)
    related = (Related("the block", block.span),) if span.line != block.span.line else ()
    return Diagnostic(code, message, span, help, related=related)


def _first_difference(block: PageBlock, body: str, expected: str) -> Span:
    """Return the first line of the body that differs, where it has one."""
    where = block.body_span
    if where.line == where.end_line:
        return block.span if not body.strip() else where
    ours, theirs = _lines(body), _lines(expected)
    number = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), 0)
    if not 0 < number < len(ours) - 1:
        return block.span
    line = ours[number]
    start = len(line) - len(line.lstrip()) + 1
    place = where.line + number
    return Span(where.source, place, start, place, max(start + 1, len(line) + 1))


def _excerpt(body: str, expected: str) -> str:
    """Return the lines that differ, `-` as they are and `+` as they should be."""
    old, new = (_lines(text.strip("\r\n")) for text in (body, expected))
    lines: list[str] = []
    if max(len(old), len(new)) > MOST_COMPARED:
        return f"\n  {len(old):,} lines stand here, {len(new):,} should"
    for tag, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            lines += [f"- {line}" for line in old[i:i_end]]
            lines += [f"+ {line}" for line in new[j:j_end]]
    more = len(lines) - MOST_LINES
    shown = lines if more <= 1 else [*lines[:MOST_LINES], f"… {more} more lines"]
    return "".join(f"\n  {line}" for line in shown)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")
