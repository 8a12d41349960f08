"""Diagnostics for people: the fact, the place, the line itself with a caret, and the cure."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

from archspec.diagnostics.model import Diagnostic, Severity, Span

WIDTH = 100
"""Terminal cells that an excerpt may fill; longer lines show the part around the caret."""

_TAB = 4
_BOLD, _BLUE, _RESET = "\x1b[1m", "\x1b[34m", "\x1b[0m"
_COLOURS: dict[Severity, str] = {"error": "\x1b[31m", "warning": "\x1b[33m", "info": "\x1b[36m"}


def wants_colour(stream: TextIO) -> bool:
    """Return whether a stream is a terminal whose user has not asked for plain text."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def render_text(
    diagnostics: Iterable[Diagnostic], *, colour: bool = False, width: int = WIDTH
) -> str:
    """Return diagnostics with excerpts, a blank line between them; "" when there are none."""
    return "\n".join(render_one(d, colour=colour, width=width) for d in diagnostics)


def render_one(diagnostic: Diagnostic, *, colour: bool = False, width: int = WIDTH) -> str:
    """Return one diagnostic as lines, each with its line end."""
    paint = _COLOURS[diagnostic.severity]
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    spans = [diagnostic.span, *(related.span for related in diagnostic.related)]
    digits = max((len(str(span.line)) for span in spans if span), default=1)
    message = _visible(diagnostic.message)
    if colour:
        head, message = f"{_BOLD}{paint}{head}{_RESET}", f"{_BOLD}{message}{_RESET}"
    lines = [f"{head}: {message}"]
    if diagnostic.span:
        lines += _excerpt(diagnostic.span, digits, "", paint if colour else "", width)
    for related in diagnostic.related:
        lines += _excerpt(related.span, digits, related.message, _BLUE if colour else "", width)
    if diagnostic.help:
        words = f"{_BOLD}help{_RESET}" if colour else "help"
        lines.append(f"{' ' * digits} {words}: {_visible(diagnostic.help)}")
    return "\n".join(lines) + "\n"


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the count in words, `2 errors, 1 warning`; "" when there are none."""
    names: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}
    counts = [(sum(d.severity == s for d in diagnostics), name) for s, name in names.items()]
    return ", ".join(f"{n} {name}{'s' if n > 1 else ''}" for n, name in counts if n)


def _excerpt(span: Span, digits: int, message: str, paint: str, width: int) -> list[str]:
    """Return the place, the line it names and the caret under it; the place alone past the end.

    A span over several lines is underlined to the end of its first.
    """
    reset = _RESET if paint else ""
    frame = _BLUE if paint else ""
    note = f": {_visible(message)}" if message else ""
    gutter = " " * digits
    lines = [f"{gutter}{frame}-->{reset} {_visible(str(span))}{note}"]
    text = span.source.line(span.line)
    if not text.strip():
        return lines
    end = span.end_column if span.end_line == span.line else len(text) + 1
    shown, start, length = _window(text, span.column - 1, end - 1, max(20, width - digits - 3))
    bar = f"{frame}|{reset}"
    number = f"{frame}{span.line:>{digits}}{reset}"
    lines.append(f"{gutter} {bar}")
    lines.append(f"{number} {bar} {shown}".rstrip())
    lines.append(f"{gutter} {bar} {' ' * start}{paint}{'^' * length}{reset}")
    return lines


def _window(text: str, first: int, last: int, width: int) -> tuple[str, int, int]:
    """Return the part of a line around a caret, the cells before the caret, and under it.

    first and last: character offsets, the end exclusive. The rest of a long line becomes `…`.
    """
    cells = _cells(text)
    first = min(first, len(cells))
    last = max(first, min(last, len(cells)))
    widths = [_width(cell) for cell in cells]
    left, right = 0, len(cells)
    if sum(widths) > width:
        # A third of the window before the caret shows what it belongs to.
        left, room = first, width // 3
        while left > 0 and widths[left - 1] <= room:
            left -= 1
            room -= widths[left]
        right, room = left, width - 2
        while right < len(cells) and widths[right] <= room:
            room -= widths[right]
            right += 1
    head, tail = "…" if left > 0 else "", "…" if right < len(cells) else ""
    start = len(head) + sum(widths[left:first])
    length = max(1, sum(widths[first : min(last, right)]))
    return head + "".join(cells[left:right]) + tail, start, length


def _cells(text: str) -> list[str]:
    """Return what is printed for each character: tabs as spaces, control characters as `�`."""
    cells: list[str] = []
    column = 0
    for character in text:
        cell = character
        if character == "\t":
            cell = " " * (_TAB - column % _TAB)
        elif unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
            cell = "�"
        column += _width(cell)
        cells.append(cell)
    return cells


def _width(cell: str) -> int:
    """Return the terminal cells that a printed character fills; tabs came as spaces."""
    if cell.isascii():
        return len(cell)
    if unicodedata.combining(cell) or unicodedata.category(cell) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(cell) in "WF" else 1


def _visible(text: str) -> str:
    """Return a text that cannot steer a terminal; its own line ends stay."""
    return "\n".join("".join(_cells(line)) for line in text.split("\n"))
