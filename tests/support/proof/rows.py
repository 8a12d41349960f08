"""The rows of the conformance test: fields of a layer, and inputs to hold it against torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from archspec.layers import Shape

FEATURES, LINE, MAP, VOLUME = (6,), (4, 12), (4, 9, 11), (2, 5, 6, 7)
EVERY_INPUT = (FEATURES, LINE, MAP, VOLUME)
SPATIAL = (LINE, MAP, VOLUME)

Entry = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """Fields of a layer and the inputs on which it is held against torch.

    before: entries in front of it, for layers that are fed by several or need other axes.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    inputs: tuple[Shape, ...] = EVERY_INPUT
    before: tuple[Entry, ...] = ()


def spatial(*rows: dict[str, Any]) -> list[Row]:
    """Return rows for inputs of 1, 2 and 3 axes."""
    return [Row(fields, SPATIAL) for fields in rows]


def alike(*rows: dict[str, Any]) -> list[Row]:
    """Return rows for every input, features too."""
    return [Row(fields) for fields in rows]


def on_a_map(*rows: dict[str, Any]) -> list[Row]:
    """Return rows for an input of 2 axes."""
    return [Row(fields, (MAP,)) for fields in rows]


FILLED = {"weight": {"kaiming_normal_": {"mode": "fan_out"}}, "bias": {"constant_": {"val": 0.1}}}
FILLED_AFFINE: dict[str, Any] = {"weight": "zeros_", "bias": {"normal_": {"std": 0.02}}}
SKIP: tuple[Entry, ...] = ({"identity": {"id": "skip"}}, {"leaky_relu": {}})
GATE: tuple[Entry, ...] = ({"identity": {"id": "skip"}}, {"gap": {}})
TOKENS: tuple[Entry, ...] = ({"flatten": {"start_dim": 2}}, {"permute": {"dims": [0, 2, 1]}})
"""A map becomes tokens (positions, channels)."""
TURNED: tuple[Entry, ...] = ({"permute": {"dims": [0, 2, 1, 3]}},)
"""Rows become channels: what mixes channels mixes positions."""
MEMORY: tuple[Entry, ...] = (*TOKENS, {"linear": {"out_features": 4, "id": "memory"}},
                             {"linear": {"out_features": 6, "id": "wide"}},
                             {"linear": {"out_features": 4}})  # fmt: skip
