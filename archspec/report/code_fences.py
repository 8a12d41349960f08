"""Which lines of a markdown text are code, fenced or indented."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r"( {0,3}(?:[-+*]|\d{1,9}[.)]))( +|$)")
_NO_TEXT = re.compile(r" {0,3}(?:#{1,6}(?: .*)?|=+ *|<!--.*-->.*)$")
"""A heading, the line under one, and a comment: no paragraph goes on behind them."""
_RULE = re.compile(r" {0,3}([-*_])(?: *\1){2,} *$")

_QUOTED = 0
"""Stands for a quote among the open containers; a list item stands as the width of its indent."""


def outside_code(lines: Sequence[str]) -> Iterator[bool]:
    """Say of every line whether it is outside code (CommonMark 0.31, sections 4.4 and 4.5).

    lines: without line ends. A fence inside a list item or a quote ends with it at the latest; one
    that is never closed goes on to the end of the text. A line indented by four or more is code
    where it goes on with no paragraph.
    """
    containers: list[int] = []
    fence = ""
    goes_on = False
    for line in lines:
        rest, entered = _inside(line.expandtabs(4), containers)
        if fence and entered == len(containers):
            match = _FENCE.fullmatch(rest)
            if match and match[1].startswith(fence) and not match[2].strip():
                fence, goes_on = "", False
            yield False
            continue
        del containers[entered:]
        before = len(containers)
        rest = _open_containers(rest, containers)
        if len(containers) > before:
            goes_on = False
        if rest.startswith("    ") and rest.strip() and not goes_on:
            yield False
            continue
        match = _FENCE.fullmatch(rest)
        is_fence = match is not None and not (match[1][0] == "`" and "`" in match[2])
        fence = match[1] if match and is_fence else ""
        is_text = bool(rest.strip()) and not _RULE.match(rest) and not _NO_TEXT.match(rest)
        goes_on = is_text and not is_fence
        yield not is_fence


def _inside(line: str, containers: Sequence[int]) -> tuple[str, int]:
    """Return the line without the marks of the open containers, and how many it is inside of."""
    for index, indent in enumerate(containers):
        if indent == _QUOTED:
            match = _QUOTE.match(line)
            if match is None:
                return line, index
            line = line[match.end() :]
        elif line.startswith(" " * indent) or not line.strip():
            line = line[indent:]
        else:
            return line, index
    return line, len(containers)


def _open_containers(line: str, containers: list[int]) -> str:
    """Add the quotes and list items that begin in this line; return what is left of it."""
    while True:
        if match := _QUOTE.match(line):
            containers.append(_QUOTED)
            line = line[match.end() :]
            continue
        match = _ITEM.match(line)
        if match is None or _RULE.match(line):
            return line
        # Five blanks or more begin indented code one blank behind the mark.
        blanks = len(match[2]) if 1 <= len(match[2]) <= 4 and line[match.end() :] else 1
        indent = len(match[1]) + blanks
        containers.append(indent)
        line = line[indent:]
