"""How the receptive field grows against the input, and where the parameters sit, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archspec.analysis import Analysis
from archspec.report.figures.style import BLUE, INK, ORANGE, WIDTH, render

ROW = 0.235
"""Inches."""
MOST_LABELLED = 80


@dataclass(frozen=True, slots=True)
class DrawnEntry:
    """One row: its label, the receptive field in pixels (the larger axis), and its params."""

    label: str
    field: int | None
    params: int


def layers_of(analysis: Analysis) -> tuple[DrawnEntry, ...]:
    """Return the entries that have a row in tables."""
    return tuple(
        DrawnEntry(facts.entry.label, max(facts.receptive_field.size, default=None), facts.params)
        for facts in analysis.entries
        if facts.entry.layer is None or facts.entry.layer.has_row
    )


def draw_architecture(analysis: Analysis) -> bytes:
    """Return an SVG of two panels that share their rows, the first layer on top.

    A network whose input has no positions gets the panel of parameters alone.
    """
    layers, extent = layers_of(analysis), max(analysis.spec.input[1:], default=None)

    def draw(figure: Any) -> None:
        if extent is None:
            _draw_params(figure.subplots(), layers)
            return
        left, right = figure.subplots(1, 2, sharey=True)
        _draw_fields(left, layers, extent)
        _draw_params(right, layers)
        right.tick_params(axis="y", left=False)

    return render(draw, WIDTH, 0.95 + ROW * len(layers))


def _draw_fields(axes: Any, layers: tuple[DrawnEntry, ...], extent: int) -> None:
    """Bars of the receptive field, and the input's extent as a line."""
    sizes = [layer.field or 0 for layer in layers]
    _bars(axes, layers, sizes, BLUE, [f"{size:,}" for size in sizes])
    axes.axvline(extent, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.annotate(
        f"input {extent:,}",
        (extent, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-4, 3),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=8.5,
    )
    axes.set_xlim(0, 1.14 * max(*sizes, extent))
    axes.set_xlabel("receptive field (pixels)")
    axes.set_ylabel("layer, from the input down")


def _draw_params(axes: Any, layers: tuple[DrawnEntry, ...]) -> None:
    """Bars of the share of all parameters, the count behind each."""
    total = sum(layer.params for layer in layers)
    shares = [100 * layer.params / total if total else 0 for layer in layers]
    counts = [f"{layer.params:,}" if layer.params else "none" for layer in layers]
    _bars(axes, layers, shares, ORANGE, counts)
    axes.set_xlim(0, 1.2 * max(*shares, 1))
    axes.set_xlabel(f"share of the {total:,} parameters (%)")


def _bars(
    axes: Any, layers: tuple[DrawnEntry, ...], sizes: list[Any], colour: str, labels: list[str]
) -> None:
    places = range(len(layers))
    bars = axes.barh(places, sizes, height=0.62, color=colour)
    axes.set_yticks(places, [layer.label for layer in layers])
    axes.set_ylim(len(layers) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    if len(layers) <= MOST_LABELLED:
        axes.bar_label(bars, labels, padding=3, fontsize=8)
