"""The worst mistakes as a contact sheet: what was shown, what it was, and what was seen in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archspec.report.figures.style import WIDTH, render

COLUMNS = 7

Picture = Sequence[Sequence[Any]]
"""Rows of pixels, 0 to 255: one number each, or three for red, green and blue."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One mistake: its picture, the names of both classes, and the probability, 0 to 1."""

    picture: Picture
    label: str
    predicted: str
    probability: float


def draw_mistakes(mistakes: Sequence[Shown]) -> bytes:
    """Return a PNG, seven pictures a row; grey ones in ink on white."""
    rows = -(-len(mistakes) // COLUMNS)

    def draw(figure: Any) -> None:
        grid = figure.subplots(rows, COLUMNS, squeeze=False)
        for axes in grid.flat:
            axes.set_axis_off()
        for axes, mistake in zip(grid.flat, mistakes, strict=False):
            axes.imshow(mistake.picture, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
            words = f"{mistake.label}, seen as {mistake.predicted}"
            words += f"\n{100 * mistake.probability:.1f} %"
            axes.text(0.5, -0.05, words, transform=axes.transAxes, ha="center", va="top")

    return render(draw, WIDTH, 1.42 * rows, "png")
