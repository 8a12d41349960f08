"""Diagnostics for people: the fact, the place, the line itself with a caret, and the cure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TextIO

from archspec.diagnostics.cells import cells_of, visible, width_of, wrapped
from archspec.diagnostics.model import Diagnostic, Severity, Span
from archspec.diagnostics.paint import BLUE, BOLD, CYAN, RED, RESET, YELLOW
from archspec.diagnostics.words import counted

WIDTH = 100
"""Cells that an excerpt may fill where there is no terminal to say; longer lines are cut."""

NARROWEST = 40
"""Cells that are used at least, however narrow a terminal claims to be."""

_COLOURS: dict[Severity, str] = {"error": RED, "warning": YELLOW, "info": CYAN}


def wants_colour(stream: TextIO) -> bool:
    """Return whether a stream is a terminal whose user has not asked for plain text."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width(stream: TextIO) -> int | None:
    """Return how many cells a terminal's lines have; None where a stream is none, or does not say.

    COLUMNS, where it is set, counts more than what the terminal says, as for other programs.
    """
    if not stream.isatty():
        return None
    named = os.environ.get("COLUMNS", "")
    try:
        width = int(named) if named.isdigit() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return None
    return max(width, NARROWEST) if width else None


def render_text(
    diagnostics: Iterable[Diagnostic], *, colour: bool = False, width: int | None = None
) -> str:
    """Return diagnostics with excerpts, a blank line between them; "" when there are none.

    colour: with the marks of `diagnostics.paint`. width: cells of a line, at which messages are
    wrapped; None leaves each on one line.
    """
    return "\n".join(render_one(d, colour=colour, width=width) for d in diagnostics)


def render_one(diagnostic: Diagnostic, *, colour: bool = False, width: int | None = None) -> str:
    """Return one diagnostic as lines, each with its line end."""
    paint = _COLOURS[diagnostic.severity]
    spans = [diagnostic.span, *(related.span for related in diagnostic.related)]
    digits = max((len(str(span.line)) for span in spans if span), default=1)
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    message = wrapped(diagnostic.message, width, first=len(head) + 2, indent=digits + 1)
    if colour:
        head = f"{BOLD}{paint}{head}{RESET}"
        message = [f"{BOLD}{line}{RESET}" for line in message]
    lines = [f"{head}: {message[0]}", *message[1:]]
    if diagnostic.span:
        lines += _excerpt(diagnostic.span, digits, paint if colour else "", width)
    for related in diagnostic.related:
        lines += _labelled("note", related.message, digits, colour, width)
        lines += _excerpt(related.span, digits, BLUE if colour else "", width)
    if diagnostic.help:
        lines += _labelled("help", diagnostic.help, digits, colour, width)
    return "\n".join(lines) + "\n"


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the count in words, `2 errors, 1 warning`; "" when there are none."""
    names: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}
    counts = [(sum(d.severity == s for d in diagnostics), name) for s, name in names.items()]
    return ", ".join(counted(n, name) for n, name in counts if n)


def _labelled(label: str, text: str, digits: int, colour: bool, width: int | None) -> list[str]:
    """Return `help: …` or `note: …`, further lines below its first word."""
    before = digits + 1 + len(label) + 2
    first, *rest = wrapped(text, width, first=before, indent=before)
    shown = f"{BOLD}{label}{RESET}" if colour else label
    return [f"{' ' * (digits + 1)}{shown}: {first}", *rest]


def _excerpt(span: Span, digits: int, paint: str, width: int | None) -> list[str]:
    """Return the place, the line it names and the caret under it; the place alone past the end.

    A span over several lines is underlined to the end of its first.
    """
    reset = RESET if paint else ""
    frame = BLUE if paint else ""
    gutter = " " * digits
    lines = [f"{gutter}{frame}-->{reset} {visible(str(span))}"]
    text = span.source.line(span.line)
    if not text.strip():
        return lines
    end = span.end_column if span.end_line == span.line else len(text) + 1
    room = max(20, (width or WIDTH) - digits - 3)
    shown, start, length = _window(text, span.column - 1, end - 1, room)
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
    # Of a line as long as a file only what may be seen is laid out, for each of its faults.
    before, after = max(0, first - 4 * width), first + 4 * width
    is_cut = before > 0 or after < len(text)
    cells = cells_of(text[before:after])
    first = min(first - before, len(cells))
    last = max(first, min(last - before, len(cells)))
    widths = [width_of(cell) for cell in cells]
    left, right = 0, len(cells)
    if is_cut or sum(widths) > width:
        # A third of the window before the caret shows what it belongs to.
        left, room = first, width // 3
        while left > 0 and widths[left - 1] <= room:
            left -= 1
            room -= widths[left]
        right, room = left, width - 2
        while right < len(cells) and widths[right] <= room:
            room -= widths[right]
            right += 1
    head = "…" if before + left > 0 else ""
    tail = "…" if before + right < len(text) else ""
    start = len(head) + sum(widths[left:first])
    length = max(1, sum(widths[first : min(last, right)]))
    return head + "".join(cells[left:right]) + tail, start, length
