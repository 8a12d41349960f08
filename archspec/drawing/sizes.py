"""Sizes of what a drawing consists of, in pixels."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.drawing.lettering import mono_width, sans_width
from archspec.drawing.model import Box, Look, Picture

LABEL, FIGURES = 12.5, 11.0
"""Font sizes."""
INSET = 10.0
"""Between a box's edge and its letters."""
SPACE = 14.0
"""Between two texts in one line."""
LINE = 16.0
"""From one line of text to the next."""
GAP = 22.0
"""Between boxes below each other: an arrow has to show."""
FAN = 26.0
"""Where lines spread over the paths of a fork."""
BETWEEN = 22.0
"""Between paths side by side."""
LANE = 20.0
"""For a line that runs beside boxes."""
HEADING = 24.0
"""Of a frame, above what it holds."""
PADDING = 13.0
"""Between a frame and what it holds."""
NARROWEST, WIDEST = 150.0, 330.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """What all boxes of a drawing have in common, so that their figures stand below each other.

    field_at: where the receptive field begins, from the left edge of a box.
    """

    width: float
    field_at: float

    def height(self, box: Box) -> float:
        """Return the height of a box."""
        lines = 1 if box.look is Look.end else 3 if box.look is Look.group else 2
        return lines * LINE + 10


def measure(picture: Picture) -> Sizes:
    """Return the sizes with which every box holds its text, or as much of it as is readable."""
    entries = [box for box in picture.boxes if box.look not in (Look.end, Look.group)]
    groups = [box for box in picture.boxes if box.look is Look.group]
    shape = max((mono_width(box.output, FIGURES) for box in entries), default=0)
    field = max((mono_width(box.receptive_field, FIGURES) for box in entries), default=0)
    params = max((mono_width(box.params, FIGURES) for box in entries), default=0)
    rows = [shape + field + params + SPACE * ((field > 0) + (params > 0))]
    for box in picture.boxes:
        rows.append(sans_width(box.label, LABEL) + SPACE + mono_width(box.detail, FIGURES))
        rows.append(mono_width(box.output, FIGURES))
    for box in groups:
        last = filter(None, (box.receptive_field, box.entries, box.params))
        rows.append(mono_width("   ".join(last), FIGURES))
    width = min(max(*rows, NARROWEST - 2 * INSET), WIDEST - 2 * INSET) + 2 * INSET
    return Sizes(float(round(width)), INSET + shape + SPACE)
