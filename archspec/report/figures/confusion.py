"""The confusion matrix: errors in colour and right answers in grey, so that few errors are seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.report.figures.style import GREY, INK, render

MOST_NUMBERED = 20
"""Classes; of more the cells have no numbers, and a bar tells what the colours mean."""
LONG_NAME = 3


def draw_confusion(confusion: Sequence[Sequence[int]], classes: Sequence[str]) -> bytes:
    """Return an SVG; rows are the true classes, columns the predicted ones, cells count images."""
    count = len(classes)
    wrong = [
        [n if n and i != j else float("nan") for j, n in enumerate(row)]
        for i, row in enumerate(confusion)
    ]
    most = max((n for row in wrong for n in row if n == n), default=1)

    def draw(figure: Any) -> None:
        from matplotlib import colormaps

        axes = figure.subplots()
        colours = colormaps["Blues"].with_extremes(bad="white")
        image = axes.imshow(wrong, cmap=colours, vmin=0, vmax=1.15 * most, aspect="equal")
        if count <= MOST_NUMBERED:
            _write_counts(axes, confusion, most)
        else:
            figure.colorbar(image, ax=axes, shrink=0.7, label="images")
        step = max(1, count // MOST_NUMBERED)
        shown = range(0, count, step)
        names = [classes[number] for number in shown]
        axes.set_xticks(shown, names, rotation=90 if _are_long(names) else 0)
        axes.set_yticks(shown, names)
        axes.tick_params(length=0)
        axes.set_xlabel("predicted class")
        axes.set_ylabel("true class")
        axes.spines[:].set_visible(True)
        axes.set_xticks([n + 0.5 for n in range(count - 1)], minor=True)
        axes.set_yticks([n + 0.5 for n in range(count - 1)], minor=True)
        axes.grid(which="minor", color="#e6e6e6", linewidth=0.5)
        axes.tick_params(which="minor", length=0)

    size = min(7.0, max(3.6, 0.9 + 0.37 * count)) + (0.6 if _are_long(classes) else 0)
    return render(draw, size, size)


def _write_counts(axes: Any, confusion: Sequence[Sequence[int]], most: float) -> None:
    from matplotlib.patches import Rectangle

    for i, row in enumerate(confusion):
        axes.add_patch(Rectangle((i - 0.5, i - 0.5), 1, 1, facecolor="#ededed", linewidth=0))
        for j, number in enumerate(row):
            if number or i == j:
                colour = GREY if i == j else "white" if number > 0.6 * most else INK
                text = f"{number:,}"
                size = 8.5 if len(text) < 5 else 7
                axes.text(j, i, text, ha="center", va="center", color=colour, fontsize=size)


def _are_long(names: Sequence[str]) -> bool:
    return any(len(name) > LONG_NAME for name in names)
