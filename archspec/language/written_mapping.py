"""A mapping made in Python as the YAML text that says the same, each line with its key path.

So it goes the way of every other spec: its faults have an excerpt, and a run keeps its text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from numbers import Integral, Real
from os import PathLike, fspath
from typing import Any, TypeAlias

from archspec.diagnostics import Diagnostic, Source, Span
from archspec.language.scalars import LEAST, MOST, resolve
from archspec.language.yaml_reader import MOST_LEVELS, MOST_NODES
from archspec.layers.fields import describe_value

HEAD = "# written down from a mapping"
_BARE = re.compile(r"[A-Za-z_$][\w./+-]*", re.ASCII)
Line: TypeAlias = tuple[str, str]
"""A line of text and the key path of what it holds."""


def write_mapping(mapping: Mapping[Any, Any], name: str) -> tuple[Source, list[Diagnostic]]:
    """Return a mapping as a text, and a fault for each value that YAML has no word for."""
    writer = _Writer()
    lines = [(HEAD, ""), *writer.lines(mapping, "", 0)]
    if len(lines) == 1:
        lines.append(("{}", ""))
    paths = tuple(path for _, path in lines)
    source = Source(name, "\n".join(text for text, _ in lines) + "\n", paths)
    faults = []
    for path, words in writer.foreign:
        line = paths.index(path) + 1 if path in paths else 1
        span = Span(source, line, 1, line, len(source.line(line)) + 1)
        fact = f"expected a value that YAML can hold, got {words}"
        help = "give texts, numbers, true, false or None, and lists and mappings of them"
        faults.append(Diagnostic("wrong-type", fact, span, help))
    return source, faults


class _Writer:
    """Counts values, so that a mapping that holds itself has an end; the reader refuses it then."""

    def __init__(self) -> None:
        self.values = 0
        self.foreign: list[tuple[str, str]] = []
        """Key path, and what stands there and is no value of YAML."""

    def lines(self, value: Any, path: str, level: int) -> Iterator[Line]:
        """Yield the lines of a list or mapping that is not empty."""
        if not isinstance(value, Mapping):
            for index, item in enumerate(value):
                place = f"{path}[{index}]"
                first, *others = self._lines_of(item, place, level)
                if first == ("", place):  # the mapping begins on the line of its dash
                    first, *others = others
                yield f"- {first[0].removeprefix('  ').lstrip()}", first[1]
                yield from others
            return
        for key, inner in value.items():
            place = f"{path}.{key}" if path else f"{key}"
            word = self._scalar(key, place)
            first, *others = self._lines_of(inner, place, level)
            yield f"{word}: {first[0]}".rstrip(), place
            yield from others

    def _lines_of(self, value: Any, path: str, level: int) -> Iterator[Line]:
        """Yield what stands behind a key or dash, maybe "", and then the lines below it."""
        self.values += 1
        is_full = level > MOST_LEVELS or self.values > MOST_NODES
        if not _is_nested(value):
            yield self._scalar(value, path), path
        elif is_full or not value:
            yield "{}" if isinstance(value, Mapping) else "[]", path
        elif not isinstance(value, Mapping) and not any(map(_is_nested, value)):
            self.values += len(value)
            yield f"[{', '.join(self._scalar(item, path) for item in value)}]", path
        else:
            yield "", path
            for text, place in self.lines(value, path, level + 1):
                yield f"  {text}", place

    def _scalar(self, value: Any, path: str) -> str:
        if value is None or isinstance(value, bool):
            return {None: "null", True: "true", False: "false"}[value]
        if isinstance(value, str | PathLike):
            return _quoted(str(fspath(value)))
        if isinstance(value, Integral):
            return str(min(max(int(value), LEAST), MOST))
        if isinstance(value, Real):
            return repr(float(value)).replace("inf", ".inf").replace("nan", ".nan")
        self.foreign.append((path, describe_value(value)))
        return "null"


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple)


def _quoted(text: str) -> str:
    """Return a text as a YAML scalar: bare where it stays a text, else in double quotes."""
    if _BARE.fullmatch(text) and isinstance(resolve(text), str):
        return text
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escaped(ord(c)) for c in shown)


def _escaped(code: int) -> str:
    """Return YAML's escape; a half of a surrogate pair has none, and is refused by the reader."""
    return chr(code) if 0xD800 <= code <= 0xDFFF else f"\\U{code:08X}"
