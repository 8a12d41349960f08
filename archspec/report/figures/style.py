"""How every figure looks, and the same bytes for the same data with the same matplotlib."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

BLUE, ORANGE, GREEN, GREY, INK = "#0072b2", "#d55e00", "#009e73", "#8a8a8a", "#262626"
"""The first three from the colour-blind safe palette of Okabe and Ito (2008)."""

WIDTH = 7.4
"""Inches: 710 pixels of a page, of which GitHub's have about 900; 9 points are 12 pixels."""

STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same everywhere
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "text.parse_math": False,  # a class may be called $5
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.6,
    "figure.facecolor": "white",  # a page may be dark
    "savefig.facecolor": "white",
    "svg.fonttype": "path",  # letters as outlines: no reader's font changes the layout
    "svg.hashsalt": "archspec",
}
PIXELS_PER_INCH = 160


def render(draw: Callable[[Any], None], width: float, height: float, kind: str = "svg") -> bytes:
    """Return a drawing as the bytes of an SVG or PNG file.

    draw: puts axes and artists on a matplotlib Figure. width, height: in inches.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(), warnings.catch_warnings():
        # It would print letters of a name, whatever they are, on the terminal.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        matplotlib.rcdefaults()  # whatever the user's matplotlibrc says
        matplotlib.rcParams.update(STYLE)
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure)
        file = io.BytesIO()
        nameless: dict[str, None] = {"Date": None, "Creator": None}
        metadata = nameless if kind == "svg" else {"Software": None}
        figure.savefig(file, format=kind, metadata=metadata, dpi=PIXELS_PER_INCH)
    content = file.getvalue()
    if kind == "svg":
        content = b"\n".join(line.rstrip() for line in content.splitlines()) + b"\n"
    return content
