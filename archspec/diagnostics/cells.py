"""Text as a terminal lays it out: how many cells each character fills, and lines that fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

_TAB = 4
_PIECE = re.compile(r"[^\s`]*`[^`]*`[^\s`]*|[^ ]+")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the order of what follows; a caret, and a reader, would be led astray."""

_MARK = "\ufeff"
"""A byte-order mark that went astray: without width, it would be nowhere to be seen."""

_JAMO = range(0x1160, 0x1200)
"""Vowels and finals of Hangul, which join the consonant before them."""


def cells_of(text: str) -> list[str]:
    """Return what is printed for each character: tabs as spaces, what steers a terminal as `�`."""
    cells: list[str] = []
    column = 0
    for character in text:
        cell = character
        if character == "\t":
            cell = " " * (_TAB - column % _TAB)
        elif not character.isprintable() and _steers(character):
            cell = "�"
        column += width_of(cell)
        cells.append(cell)
    return cells


def _steers(character: str) -> bool:
    return (
        character in _BIDI
        or character == _MARK
        or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
    )


def width_of(cell: str) -> int:
    """Return the terminal cells that a printed character fills; tabs came as spaces."""
    if cell.isascii():
        return len(cell)
    if unicodedata.category(cell) in {"Cf", "Me", "Mn"} or ord(cell) in _JAMO:
        return 0
    return 2 if unicodedata.east_asian_width(cell) in "WF" else 1


def width_of_text(text: str) -> int:
    """Return the terminal cells that a line fills."""
    return sum(map(width_of, cells_of(text)))


def visible(text: str) -> str:
    """Return a text that cannot steer a terminal; its own line ends stay."""
    return "\n".join(
        line if line.isprintable() else "".join(cells_of(line)) for line in text.split("\n")
    )


def wrapped(text: str, width: int | None, *, first: int = 0, indent: int = 0) -> list[str]:
    """Return a visible text as lines of at most `width` cells, broken at blanks; None for no bound.

    first: cells that are taken on the first line. indent: blanks before each further line. A word
    that fits no line stands on one of its own, and lines that were indented by hand stay whole.
    """
    lines: list[str] = []
    for line in visible(text).split("\n"):
        taken = indent if lines else first
        if width is None or line.startswith(" ") or taken + width_of_text(line) <= width:
            lines.append(line)
            continue
        lines += _filled(_pieces(line, width - indent), width, taken, indent)
    return [lines[0], *(" " * indent + line for line in lines[1:])]


def _pieces(line: str, room: int) -> Iterator[str]:
    """Yield what is not broken: words, and code in backticks that fits a line."""
    for piece in _PIECE.findall(line):
        if width_of_text(piece) <= room:
            yield piece
        else:
            yield from piece.split(" ")


def _filled(words: Iterable[str], width: int, taken: int, indent: int) -> list[str]:
    lines, line = [], ""
    for word in words:
        room = width - taken - width_of_text(line) - 1
        if line and width_of_text(word) > room:
            lines.append(line)
            line, taken = word, indent
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]
