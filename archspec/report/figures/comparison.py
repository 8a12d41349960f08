"""The test accuracy of every seed, step by step, and the published figures beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archspec.report.figures.style import BLUE, ORANGE, WIDTH, render

SPREAD = 0.05
"""Between two seeds, in steps."""


@dataclass(frozen=True, slots=True)
class Scores:
    """One step: percent right of each seed, and what was published, where it was."""

    name: str
    percents: tuple[float, ...]
    published: float | None


def draw_comparison(steps: Sequence[Scores]) -> bytes:
    """Return an SVG: a dot a seed, a line at their mean, a diamond for what was published."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for place, step in enumerate(steps):
            count = len(step.percents)
            if count:
                across = [place + SPREAD * (i - (count - 1) / 2) for i in range(count)]
                mean = sum(step.percents) / count
                axes.hlines(mean, place - 0.24, place + 0.24, color=BLUE, linewidth=1.2)
                axes.plot(across, step.percents, "o", color=BLUE, markersize=5, alpha=0.75)
            if step.published is not None:
                axes.plot(
                    place + 0.33, step.published, "D", color=ORANGE, fillstyle="none", markersize=5
                )
        names = [
            f"{s.name}\n" + (f"n = {n}" if (n := len(s.percents)) else "no runs") for s in steps
        ]
        axes.set_xticks(range(len(steps)), names)
        axes.set_xlim(-0.6, len(steps) - 0.4)
        axes.tick_params(axis="x", length=0)
        axes.margins(y=0.1)
        axes.ticklabel_format(axis="y", useOffset=False)
        axes.yaxis.grid(True, color="#e6e6e6", linewidth=0.7)
        axes.set_axisbelow(True)
        axes.set_ylabel("best test accuracy (%)")
        figure.legend(handles=_legend(), loc="outside upper right", ncols=3)

    return render(draw, WIDTH, 3.1)


def _legend() -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=BLUE, marker="o", linestyle="none", markersize=5, label="one seed"),
        Line2D([], [], color=BLUE, linewidth=1.2, label="mean"),
        Line2D(
            [],
            [],
            color=ORANGE,
            marker="D",
            fillstyle="none",
            linestyle="none",
            markersize=5,
            label="published",
        ),
    ]
