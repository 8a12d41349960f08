"""`{params:3000}` and `{params: 2,809}`: what YAML splits otherwise than whoever wrote it meant.

YAML takes the first for a key `params:3000` without a value, the second for two keys. Beside the
fault, what was meant is read on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from archspec.diagnostics import Diagnostic, Fix, Span
from archspec.language.scalars import resolve
from archspec.language.tree import Node, Scalar
from archspec.layers.fields import shorten

_COLON = "[:=\uff1a\ufe55\ua789]"
_TOGETHER = re.compile(rf"(?P<key>[^\s:=]+?)\s*{_COLON}\s*(?P<value>\S(.*\S)?)")
_FRACTION = re.compile(r"[0-9]+([.eE][-+.eE0-9]*)?", re.ASCII)
_WHOLE = re.compile(r"[-+]?[0-9]+", re.ASCII)


def with_values(children: Sequence[Node], faults: list[Diagnostic]) -> Iterator[tuple[Node, Node]]:
    """Yield the keys and values of a mapping as they were meant; tell where that is otherwise."""
    held: tuple[Node, Node] | None = None
    for key, value in zip(children[::2], children[1::2], strict=True):
        if not (isinstance(key, Scalar) and _is_bare(key, value)):
            pair = key, value
        elif held is not None and (number := _joined(held[1], key)):
            fact = f"unknown key `{shorten(key.text)}`: a comma in a number begins a new key"
            faults.append(Diagnostic("unknown-key", fact, key.span, f"write `{number.value}`"))
            held = held[0], number
            continue
        else:
            pair = _apart(key, faults) or (key, value)
        if held is not None:
            yield held
        held = pair
    if held is not None:
        yield held


def with_whole_numbers(items: Sequence[Node], faults: list[Diagnostic]) -> tuple[Node, ...]:
    """Return the items of a list, `1,024` as one; what does not begin with 0 may be two."""
    kept: list[Node] = []
    for item in items:
        is_part = isinstance(item, Scalar) and re.match("0[0-9]", item.text)
        if is_part and kept and (number := _joined(kept[-1], item)):
            fact = "a comma in a number begins a new item of the list"
            faults.append(Diagnostic("wrong-type", fact, number.span, f"write `{number.value}`"))
            kept[-1] = number
        else:
            kept.append(item)
    return tuple(kept)


def _is_bare(key: Scalar, value: Node) -> bool:
    """Say whether a key stands in braces without a colon behind it."""
    return isinstance(value, Scalar) and not value.text and _end(key.span) == _start(value.span)


def _apart(key: Scalar, faults: list[Diagnostic]) -> tuple[Scalar, Scalar] | None:
    """Return `params:3000` as a key and its value, and tell that a blank is missing."""
    match, span = _TOGETHER.fullmatch(key.text), key.span
    if match is None or span.end_column - span.column != len(key.text):
        return None  # what is quoted, or stands on two lines, has other places
    name, text = match["key"], match["value"]
    separator = key.text[match.end("key") : match.start("value")]
    why = "a blank is missing behind the colon" if separator == ":" else "a key ends in a colon"
    fact, meant = f"unknown key `{shorten(key.text)}`: {why}", f"{name}: {text}"
    help = f"did you mean `{shorten(meant)}`?"
    faults.append(Diagnostic("unknown-key", fact, span, help, fix=Fix(span, meant)))
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    place = span._replace(column=span.column + match.start("value"))
    value = Scalar(text[1:-1] if is_quoted else resolve(text), text, place)
    end = span.column + len(name)
    return Scalar(name, name, span._replace(end_column=end)), value


def _joined(before: Node, part: Node) -> Scalar | None:
    """Return `2` and `809` as 2809, and `0` and `5` as 0.5, where only a comma is between them."""
    if not isinstance(before, Scalar) or not isinstance(part, Scalar):
        return None
    is_number = isinstance(before.value, int) and isinstance(part.value, int | float)
    is_next = before.span._replace(column=before.span.end_column + 1)[:3] == part.span[:3]
    whole = before.text.replace(",", "")
    if not (is_number and is_next and _WHOLE.fullmatch(whole)):
        return None
    if not _FRACTION.fullmatch(part.text):
        return None
    is_group = len(part.text.partition(".")[0]) == 3 and whole.lstrip("+-0")
    value = resolve(f"{whole}{'' if is_group else '.'}{part.text}")
    place = before.span._replace(end_line=part.span.end_line, end_column=part.span.end_column)
    return replace(before, value=value, text=f"{before.text},{part.text}", span=place)


def _start(span: Span) -> tuple[int, int]:
    return span.line, span.column


def _end(span: Span) -> tuple[int, int]:
    return span.end_line, span.end_column
