"""The place of a value inside a JSON text; the standard reader keeps none."""

from __future__ import annotations

import json
from collections.abc import Sequence

from archspec.diagnostics import Source, Span

SPACE = " \t\n\r"
DECODER = json.JSONDecoder(parse_int=str)
"""A number of any length has its end, whatever it is."""


def place_of(source: Source, path: Sequence[str | int]) -> Span:
    """Return the place of the value at `path`, or of the nearest value around it.

    The source must be valid JSON.
    """
    text = source.text
    start = _skip(text, 0)
    for step in path:
        inner = _child(text, start, step)
        if inner is None:
            break
        start = inner
    _, end = DECODER.raw_decode(text, start)
    # One line is enough for a caret; a whole object would fill the screen.
    line_end = text.find("\n", start)
    return span_at(source, start, min(end, line_end) if line_end >= 0 else end)


def span_at(source: Source, start: int, end: int | None = None) -> Span:
    """Return the span between two offsets of one line; one character when `end` is not given."""
    line = source.text.count("\n", 0, start) + 1
    column = start - (source.text.rfind("\n", 0, start) + 1) + 1
    length = max(1, (start + 1 if end is None else end) - start)
    return Span(source, line, column, line, column + length)


def _child(text: str, start: int, step: str | int) -> int | None:
    """Return the offset of one member's value; None when the container has no such member."""
    position = _skip(text, start + 1)
    index = 0
    found: int | None = None
    while text[start] in "{[" and text[position] not in "}]":
        key: str | int = index
        if text[start] == "{":
            key, position = DECODER.raw_decode(text, position)
            position = _skip(text, _skip(text, position) + 1)
        if key == step:
            found = position  # the last one counts, as it does for the reader
        _, position = DECODER.raw_decode(text, position)
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
        index += 1
    return found


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in SPACE:
        position += 1
    return position
