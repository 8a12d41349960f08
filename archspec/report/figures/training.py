"""Accuracy by epoch on training and test images, and the gap between them, over the seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archspec.report.figures.style import BLUE, GREY, INK, ORANGE, WIDTH, render

LOGARITHMIC_FROM = 95.0
"""Percent; where the best accuracy is higher, the axis is logarithmic in the error: the way from
99.0 to 99.5 % is as long as that from 98 to 99 %."""

TICKS = (0, 20, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.98, 99.99)

FAR = 2
"""A gap in the first epoch so many times as large as any later one is written, and not drawn."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One run: percent right in each epoch, on training and on test images."""

    train: tuple[float, ...]
    test: tuple[float, ...]


def is_logarithmic(curves: Sequence[Curve]) -> bool:
    """Return whether the axis of accuracy is logarithmic in the error."""
    return max(max(*curve.train, *curve.test) for curve in curves) > LOGARITHMIC_FROM


def draw_training(curves: Sequence[Curve], demanded: float | None, images: int) -> bytes:
    """Return an SVG of two panels: accuracy, and training less test accuracy.

    Lines are means over the runs, bands go from the lowest to the highest. demanded: the target on
    the test accuracy, in percent, drawn as a line. images: how many the smaller split has; an
    accuracy of 100 % is drawn as half an error among them.
    """

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        _draw_accuracy(left, curves, demanded, images)
        _draw_gap(right, curves)

    return render(draw, WIDTH, 2.9)


def _draw_accuracy(axes: Any, curves: Sequence[Curve], demanded: float | None, images: int) -> None:
    logarithmic = is_logarithmic(curves)

    def height(percent: float) -> float:
        return -math.log10(max(100 - percent, 50 / images)) if logarithmic else percent

    for name, colour in (("train", ORANGE), ("test", BLUE)):
        rows = [[height(p) for p in getattr(curve, name)] for curve in curves]
        _band(axes, rows, colour, name)
    if logarithmic:
        low, high = axes.get_ylim()
        shown = [tick for tick in TICKS if low <= height(tick) <= high and tick < 100]
        axes.set_yticks([height(tick) for tick in shown], [f"{tick:g}" for tick in shown])
    if demanded is not None:
        axes.axhline(height(demanded), color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.annotate(
            f"target {demanded:g}",
            (0, height(demanded)),
            xycoords=("axes fraction", "data"),
            xytext=(4, 2.5),
            textcoords="offset points",
            fontsize=8.5,
        )
    axes.set_ylabel("accuracy (%)")
    _finish(axes)
    axes.legend(loc="lower right")


def _draw_gap(axes: Any, curves: Sequence[Curve]) -> None:
    rows = [[a - b for a, b in zip(c.train, c.test, strict=True)] for c in curves]
    axes.axhline(0, color=GREY, linewidth=0.7)
    _band(axes, rows, INK, "train − test")
    axes.set_ylabel("train − test (points)")
    _finish(axes)
    later = [gap for row in rows for gap in row[1:]]
    first = sum(row[0] for row in rows) / len(rows)
    if len(rows[0]) < 4 or abs(first) < FAR * max(map(abs, later)):
        return
    # The first epoch would flatten all others.
    room = 0.25 * (max(*later, 0.0) - min(*later, 0.0))
    axes.set_ylim(min(*later, 0.0) - room, max(*later, 0.0) + room)
    words = f"epoch 1: {first:+.1f}".replace("-", "\N{MINUS SIGN}")
    axes.annotate(
        words,
        (2, 0.04 if first < 0 else 0.92),
        xycoords=("data", "axes fraction"),
        xytext=(7, 0),
        textcoords="offset points",
        fontsize=8.5,
    )


def _band(axes: Any, rows: Sequence[Sequence[float]], colour: str, label: str) -> None:
    """Draw the mean as a line; the lowest and highest as a band where there are several runs."""
    columns = list(zip(*rows, strict=True))
    epochs = range(1, len(columns) + 1)
    if len(rows) > 1:
        low, high = [min(c) for c in columns], [max(c) for c in columns]
        axes.fill_between(epochs, low, high, color=colour, alpha=0.22, linewidth=0)
    marker = "o" if len(columns) == 1 else None
    means = [sum(column) / len(column) for column in columns]
    axes.plot(epochs, means, color=colour, label=label, marker=marker, markersize=4)


def _finish(axes: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.margins(x=0.02)
