"""Reading back: the tables and headings of a markdown file, each cell with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from archspec.diagnostics import Source, Span

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)$")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_DELIMITER = re.compile(r"[ \t]*:?-+:?[ \t]*")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


class MarkdownCell(NamedTuple):
    """One cell: its text without escapes and the spaces around it, and where it stands."""

    text: str
    span: Span


class Heading(NamedTuple):
    """A heading with its level (1 to 6) and its anchor on GitHub."""

    text: str
    slug: str
    level: int
    line: int


class MarkdownTable(NamedTuple):
    """A pipe table; every row has as many cells as there are headers."""

    headers: tuple[MarkdownCell, ...]
    rows: tuple[tuple[MarkdownCell, ...], ...]

    @property
    def line(self) -> int:
        """The line of the headers."""
        return self.headers[0].span.line

    @property
    def span(self) -> Span:
        """The line of the headers, as a place."""
        first, last = self.headers[0].span, self.headers[-1].span
        return Span(first.source, first.line, first.column, last.end_line, last.end_column)


class MarkdownDocument(NamedTuple):
    """The tables and headings of a file, in their order."""

    tables: tuple[MarkdownTable, ...]
    headings: tuple[Heading, ...]

    def find_heading(self, wanted: str) -> Heading | None:
        """Return the heading with this anchor (`step-3`) or this text, or None."""
        folded = wanted.strip().casefold()
        for heading in self.headings:
            if heading.slug == folded:
                return heading
        matches = (h for h in self.headings if h.text.casefold() == folded)
        return next(matches, None)

    def tables_under(self, heading: Heading) -> tuple[MarkdownTable, ...]:
        """Return the tables from a heading to the next one of its level or above."""
        ends = [h.line for h in self.headings if h.line > heading.line and h.level <= heading.level]
        end = min(ends, default=None)
        return tuple(
            t for t in self.tables if t.line > heading.line and (end is None or t.line < end)
        )


def read_markdown(source: Source) -> MarkdownDocument:
    """Return the pipe tables and headings outside code and comments (GitHub-flavoured rules).

    One rule is stricter than GitHub's: a line without a pipe ends a table.
    """
    lines = [line.rstrip("\r") for line in source.text.split("\n")]
    is_prose = list(_prose(lines))
    tables: list[MarkdownTable] = []
    headings: list[Heading] = []
    used: dict[str, int] = {}
    number = 0
    while number < len(lines):
        line, number = lines[number], number + 1
        if not is_prose[number - 1]:
            continue
        following = lines[number] if number < len(lines) and is_prose[number] else ""
        if "|" in line and (table := _table(source, lines, is_prose, number)):
            tables.append(table)
            number += 1 + len(table.rows)
        elif match := _HEADING.match(line):
            text = match[2] or ""
            headings.append(Heading(text, _slug(text, used), len(match[1]), number))
        elif line.strip() and (match := _UNDERLINE.match(following)):
            text = line.strip()
            level = 1 if match[1].startswith("=") else 2
            headings.append(Heading(text, _slug(text, used), level, number))
            number += 1
    return MarkdownDocument(tuple(tables), tuple(headings))


def read_markdown_tables(source: Source) -> tuple[MarkdownTable, ...]:
    """Return the pipe tables of a markdown text, outside code and comments."""
    return read_markdown(source).tables


def _prose(lines: list[str]) -> Iterator[bool]:
    """Say of every line whether it is outside fenced code, indented code and comments."""
    fence, in_comment = "", False
    for line in lines:
        match = _FENCE.match(line)
        if fence:
            if match and match[1].startswith(fence) and not match[2].strip():
                fence = ""
            yield False
        elif in_comment:
            in_comment = "-->" not in line
            yield False
        elif match and not (match[1][0] == "`" and "`" in match[2]):
            fence = match[1]
            yield False
        elif line.lstrip().startswith("<!--") and "-->" not in line:
            in_comment = True
            yield False
        else:
            yield not line.startswith(("    ", "\t"))


def _table(
    source: Source, lines: list[str], is_prose: list[bool], number: int
) -> MarkdownTable | None:
    """Return the table whose headers stand in line `number`, or None when it is not one."""
    if number >= len(lines) or not is_prose[number]:
        return None
    headers = _cells(source, lines[number - 1], number)
    marks = _split(lines[number])
    if "|" not in lines[number] and len(headers) > 1:
        return None
    if len(marks) != len(headers) or not all(
        _DELIMITER.fullmatch(lines[number][start:end]) for start, end in marks
    ):
        return None
    rows = []
    for index in range(number + 1, len(lines)):
        line = lines[index]
        if "|" not in line or not is_prose[index] or _HEADING.match(line):
            break
        cells = _cells(source, line, index + 1)[: len(headers)]
        end = len(line) + 1
        absent = MarkdownCell("", Span(source, index + 1, end, index + 1, end))
        rows.append(cells + (absent,) * (len(headers) - len(cells)))
    return MarkdownTable(headers, tuple(rows))


def _cells(source: Source, line: str, number: int) -> tuple[MarkdownCell, ...]:
    cells = []
    for start, end in _split(line):
        raw = line[start:end]
        text = raw.strip(" \t")
        first = start + len(raw) - len(raw.lstrip(" \t")) if text else start
        last = first + len(text) if text else end
        span = Span(source, number, first + 1, number, last + 1)
        cells.append(MarkdownCell(_ESCAPE.sub(r"\1", text), span))
    return tuple(cells)


def _split(line: str) -> list[tuple[int, int]]:
    """Return where the cells of a row start and end; an escaped pipe divides nothing."""
    bars, index = [], 0
    while index < len(line):
        if line[index] == "\\":
            index += 1
        elif line[index] == "|":
            bars.append(index)
        index += 1
    edges = [-1, *bars, len(line)]
    cells = [(start + 1, end) for start, end in pairwise(edges)]
    if bars and not line[: bars[0]].strip():
        cells = cells[1:]
    if bars and not line[bars[-1] + 1 :].strip():
        cells = cells[:-1]
    return cells


def _slug(text: str, used: dict[str, int]) -> str:
    """Return GitHub's anchor of a heading; the second of the same name gets `-1`."""
    kept = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
    repeats = used.get(kept, 0)
    used[kept] = repeats + 1
    return f"{kept}-{repeats}" if repeats else kept
