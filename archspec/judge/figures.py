"""The static quantities of a network, by the names that targets and claims use."""

from __future__ import annotations

from archspec.analysis import Analysis
from archspec.analysis.words import show_receptive_field


def figures(analysis: Analysis, name: str) -> tuple[int, ...]:
    """Return a static quantity: one number, or one an axis for the receptive field."""
    totals = analysis.totals
    match name:
        case "params":
            return (totals.params,)
        case "buffers":
            return (totals.buffers,)
        case "macs":
            return (totals.macs,)
        case "activation_elements":
            return (totals.activation_elements,)
        case "activation_bytes":
            return (totals.activation_bytes,)
        case "peak_bytes":
            return (totals.peak_bytes,)
        case "receptive_field":
            return analysis.receptive_field.size
    raise AssertionError(f"no static quantity {name}")


def show_figure(analysis: Analysis, name: str) -> str:
    """Return a static quantity as people read it: `7,720`, `28`, `global (28)`."""
    if name == "receptive_field":
        field = analysis.receptive_field
        return show_receptive_field(field) if field.size else "none: the input has no positions"
    return f"{figures(analysis, name)[0]:,}"
