"""SVG: the drawing as it is, for any page; made here, without another program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from archspec.drawing.layout import lay_out
from archspec.drawing.lettering import mono_width, sans_width, shortened, wrapped
from archspec.drawing.model import Look, Picture
from archspec.drawing.paths import path_data, shown
from archspec.drawing.sizes import FIGURES, INSET, LABEL, LINE, SPACE, Sizes
from archspec.drawing.style import LOOKS, stylesheet
from archspec.drawing.tile import PlacedBox, PlacedFrame, Tile

_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MARGIN = 24.0
NARROWEST = 420.0
_TIP = """\
<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" \
orient="auto" markerUnits="userSpaceOnUse"><path class="tip" d="M0,0.5L8,4L0,7.5z"/></marker></defs>
"""
TITLE = 16.0
ABOVE = 22.0
"""Between two lines of the heading."""


def as_svg(picture: Picture) -> str:
    """Return the drawing as an SVG file; the same bytes for the same network."""
    tile, sizes = lay_out(picture)
    wide = max(NARROWEST, tile.left + tile.right + 2 * MARGIN)
    heading = list(_heading(picture, wide))
    top = MARGIN + ABOVE * len(heading)
    legend = list(_legend(picture, wide, top + tile.height + MARGIN))
    high = top + tile.height + MARGIN + ABOVE * max(1, len(legend)) + MARGIN / 2
    x = (wide - tile.left - tile.right) / 2 + tile.left
    size = f'width="{shown(wide)}" height="{shown(high)}"'
    view = f'viewBox="0 0 {shown(wide)} {shown(high)}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} role="img">',
        f"<title>{_text(picture.title)}</title>",
        f"<desc>{_text(picture.subtitle)}</desc>",
        f"<style>\n{stylesheet()}\n</style>",
        _TIP,
        f'<rect class="page" {size} rx="8"/>',
        *heading,
        *_drawing(picture, tile.shifted(x, top), sizes),
        *legend,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _drawing(picture: Picture, tile: Tile, sizes: Sizes) -> Iterator[str]:
    """Yield frames, then lines over them, then boxes over these."""
    for frame in tile.frames:
        yield from _frame(frame)
    dashed = {(edge.source, edge.target) for edge in picture.edges if edge.is_auxiliary}
    for line in tile.lines:
        style = "line dashed" if (line.source, line.target) in dashed else "line"
        yield f'<path class="{style}" marker-end="url(#tip)" d="{path_data(line.points)}"/>'
    for placed in tile.boxes:
        yield from _box(placed, sizes)


def _frame(placed: PlacedFrame) -> Iterator[str]:
    frame = placed.frame
    style = f"frame {'odd' if placed.level % 2 else 'even'}{' dashed' * frame.is_auxiliary}"
    yield _rect(style, placed.x, placed.y, placed.width, placed.height, 8)
    y = placed.y + 16
    yield _written("name soft", placed.x + 9, y, frame.label)
    if frame.kind:
        yield _written("words soft", placed.x + placed.width - 9, y, frame.kind, "end")


def _box(placed: PlacedBox, sizes: Sizes) -> Iterator[str]:
    box = placed.box
    x, y, width, height = placed.x, placed.y, placed.width, placed.height
    yield "<g>" + "".join(
        f"<title>{_text(chr(10).join(box.tooltip))}</title>" if box.tooltip else ""
    )
    style = f"{box.look.value}{' dashed' * box.is_auxiliary}"
    if box.look is Look.group:
        yield _rect(style, x + 3, y + 3, width, height, 5)
    yield _rect(style, x, y, width, height, height / 2 if box.look is Look.end else 5)
    left, right = x + INSET, x + width - INSET
    first, second = y + LINE + 1, y + 2 * LINE + 2
    if box.look is Look.end:
        text = f"{box.label} {box.output}"
        yield _written("end-text", placed.middle, y + LINE + 1, text, "middle")
    else:
        room = width - 2 * INSET - mono_width(box.detail, FIGURES)
        yield _written("label ink", left, first, shortened(box.label, LABEL, room - SPACE / 2))
        yield _written("soft", right, first, box.detail, "end")
        shape = shortened(box.output, FIGURES, width - 2 * INSET, is_mono=True)
        yield _written("ink", left, second, shape)
        last, field_at = second, x + sizes.field_at
        if box.look is Look.group:
            last, field_at = second + LINE, left
            before = mono_width(box.receptive_field, FIGURES)
            after = mono_width(box.params, FIGURES)
            between = placed.middle + (before - after) / 2
            yield _written("soft", between, last, box.entries, "middle")
        yield _written("soft", field_at, last, box.receptive_field)
        yield _written("ink", right, last, box.params, "end")
    yield "</g>"


def _heading(picture: Picture, wide: float) -> Iterator[str]:
    y = MARGIN + 8
    room = wide - 2 * MARGIN
    for line in wrapped(picture.title, TITLE, room):
        yield _written("title ink", MARGIN, y, line)
        y += ABOVE
    for line in wrapped(picture.subtitle, FIGURES, room, is_bold=False):
        yield _written("words soft", MARGIN, y, line)
        y += ABOVE


def _legend(picture: Picture, wide: float, top: float) -> Iterator[str]:
    """Yield one line of SVG for each line of the legend."""
    looks = {box.look for box in picture.boxes}
    entries = [(look.value, words) for look, words in LOOKS.items() if look in looks]
    if any(box.is_auxiliary for box in picture.boxes):
        entries.append(("other dashed", "in training only"))
    x, y, line = MARGIN, top + 10, ""
    for style, words in entries:
        width = 18 + sans_width(words, FIGURES, is_bold=False) + 12
        if line and x + width > wide - MARGIN:
            yield line
            x, y, line = MARGIN, y + ABOVE, ""
        line += _rect(style, x, y - 9, 12, 11, 3) + _written("words soft", x + 18, y, words)
        x += width
    yield line
    y += ABOVE
    for words in wrapped(picture.words, FIGURES, wide - 2 * MARGIN, is_bold=False):
        yield _written("words soft", MARGIN, y, words)
        y += ABOVE


def _rect(style: str, x: float, y: float, width: float, height: float, round: float) -> str:
    place = f'x="{shown(x)}" y="{shown(y)}" width="{shown(width)}" height="{shown(height)}"'
    return f'<rect class="{style}" {place} rx="{shown(round)}"/>'


def _written(style: str, x: float, y: float, text: str, anchor: str = "start") -> str:
    end = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text class="{style}" x="{shown(x)}" y="{shown(y)}"{end}>{_text(text)}</text>'


def _text(text: str) -> str:
    """Return a text that XML shows as it is; signs that XML cannot hold are left out."""
    return escape(_NOT_IN_XML.sub("", text), quote=False)
