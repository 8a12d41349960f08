"""Markers: the comments `<!-- archspec:… -->` of a markdown text, outside code."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from archspec.diagnostics import Diagnostic, Source, Span
from archspec.report.code_fences import outside_code

_START = re.compile(r"<!--[ \t]*archspec[ \t]*:[ \t]*", re.IGNORECASE)
_WORD = re.compile(r'[^\s"]*(?:"[^"]*"[^\s"]*)+|\S+')


class MarkedText:
    """A source with the offset of every line, so that offsets become places."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = source.text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def span(self, start: int, end: int) -> Span:
        """Return the place of the characters from `start` to `end`, the end exclusive."""
        first, last = (bisect_right(self.starts, place) for place in (start, end))
        columns = start - self.starts[first - 1] + 1, end - self.starts[last - 1] + 1
        return Span(self.source, first, columns[0], last, columns[1])


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a marker, its quotes taken off, and where it stands."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Marker:
    """One comment of ours: its words, the kind of the block (or `end`) first, and its offsets."""

    words: tuple[Word, ...]
    start: int
    end: int
    span: Span


def find_markers(text: MarkedText, faults: list[Diagnostic]) -> list[Marker]:
    """Return the markers outside code and code spans, in order.

    A marker begins and ends on one line, and so does a code span that hides one.
    """
    markers = []
    for number, is_prose in enumerate(outside_code([line.rstrip("\r") for line in text.lines])):
        line = text.lines[number]
        if not is_prose or "<!--" not in line:
            continue
        for start, end in _comments(line):
            first = text.starts[number] + start
            match = _START.match(line, start)
            if match is None:
                continue
            if end < 0:
                span = text.span(first, text.starts[number] + len(line.rstrip("\r")))
                fact, help = "the marker is not closed on its line", "end it with ` -->`"
                faults.append(Diagnostic("unclosed-marker", fact, span, help))
                continue
            words = tuple(_words(text, text.starts[number], line, match.end(), end))
            last = text.starts[number] + end + 3
            markers.append(Marker(words, first, last, text.span(first, last)))
    return markers


def _comments(line: str) -> Iterator[tuple[int, int]]:
    """Yield where comments begin in a line and where `-->` ends them, -1 where nothing does.

    Not those in a code span or in another comment. What was found ahead is not looked for again.
    """
    place, tick, end = 0, line.find("`"), line.find("-->")
    while (start := line.find("<!--", place)) >= 0:
        if 0 <= tick < place:
            tick = line.find("`", place)
        if 0 <= tick < start:
            if _is_escaped(line, tick):
                place = tick + 1
                continue
            behind = _end_of_run(line, tick)
            closing = _closing(line, behind, behind - tick)
            place = behind if closing is None else closing
            continue
        if 0 <= end < start + 4:
            end = line.find("-->", start + 4)
        yield start, end
        place = start + 4 if end < 0 else end + 3


def _is_escaped(line: str, place: int) -> bool:
    first = place
    while first and line[first - 1] == "\\":
        first -= 1
    return (place - first) % 2 == 1


def _end_of_run(line: str, place: int) -> int:
    while place < len(line) and line[place] == "`":
        place += 1
    return place


def _closing(line: str, place: int, length: int) -> int | None:
    """Return where the code span ends that a run of so many backticks opened, if it does."""
    while (tick := line.find("`", place)) >= 0:
        place = _end_of_run(line, tick)
        if place - tick == length:
            return place
    return None


def _words(text: MarkedText, offset: int, line: str, start: int, end: int) -> Iterator[Word]:
    for match in _WORD.finditer(line, start, end):
        span = text.span(offset + match.start(), offset + match.end())
        yield Word(match[0].replace('"', ""), span)
