"""Hypothesis strategies: valid networks of every kind of layer and group, as the text of a spec.

A network is written as its layers are drawn, and the shape behind each is asked of the layer, so a
layer that refuses what torch takes fails the test that draws it. What groups, blocks and
expressions come to is reckoned here, and not asked of the code that reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import yaml
from hypothesis import strategies as st

from archspec.layers import REGISTRY, Shape
from tests.support.proof.draws import Draw, Fields
from tests.support.proof.layer_makers import ACTIVATIONS, MAKERS, layer_of, shape_behind

LARGEST_SIZE = {0: (), 1: (30,), 2: (14,) * 2, 3: (7,) * 3}
MOST_ELEMENTS = {0: 64, 1: 200, 2: 2_000, 3: 2_500}
MOST_LAYERS = {0: 4, 1: 6, 2: 5, 3: 3}
LARGEST_PATTERN = 24
"""Pixels after which the units of a map may come round; the proof's input grows with it."""

SHAPING = (
    *("conv", "conv", "conv", "conv_transpose", "max_pool", "avg_pool", "upsample", "zero_pad"),
    *("crop", "adaptive_avg_pool", "adaptive_max_pool", "gap", "group_norm", "flatten", "linear"),
)
"""Kinds with arithmetic of their own, drawn more often than those that leave shapes alone."""

REARRANGING = ("permute", "reshape", "flatten", "select", "mean")
"""Kinds behind which axes may hold something else."""

NEEDS_CHANNELS = ("local_response_norm", "channel_shuffle", "pixel_shuffle", "pixel_unshuffle")
"""Kinds of which nothing is judged where the first axis holds positions."""

KEEPING = (
    *ACTIVATIONS,
    *("batch_norm", "layer_norm", "dropout", "layer_scale", "stochastic_depth", "identity"),
    *("multi_head_attention", "positional_embedding"),
)
"""Kinds that leave shapes alone."""

JOINS = ("add", "concat", "multiply")


@dataclass
class Named:
    """An item with an id of its own, before and behind which the shape is known."""

    id: str
    before: Shape
    behind: Shape


@dataclass
class Writing:
    """A network as far as it is written, in one list of entries.

    is_map: the axes are channels and the positions, as in the input. named: what may be mentioned.
    """

    draw: Draw
    shape: Shape
    pattern: list[int]
    is_map: bool = True
    entries: list[Any] = field(default_factory=list)
    named: list[Named] = field(default_factory=list)
    blocks: dict[str, Any] = field(default_factory=dict)
    ids: list[int] = field(default_factory=lambda: [0])

    @property
    def axes(self) -> int:
        """Number of the input's spatial axes."""
        return len(self.pattern)

    def inside(self) -> Writing:
        """Return a list inside this one that begins with the same value."""
        return replace(self, entries=[], named=list(self.named))

    def chance(self, of: int = 2) -> bool:
        """Draw whether something rare happens."""
        return bool(self.draw(st.integers(0, of - 1)) == 0)

    def number(self, low: int, high: int) -> int:
        """Draw a whole number."""
        return int(self.draw(st.integers(low, high)))

    def one_of(self, values: Any) -> Any:
        """Draw one of some values."""
        return self.draw(st.sampled_from(values))

    def new_id(self) -> str:
        """Return an id that nothing else has."""
        self.ids[0] += 1
        return f"own{self.ids[0]}"

    def put(self, kind: str, fields: Fields) -> bool:
        """Add a layer unless it makes the map, or the pattern of its units, too large."""
        behind = shape_behind(kind, fields, self.shape)
        rounds = [
            p * q
            for p, q in zip(self.pattern, _pattern(kind, fields, self.shape, behind), strict=False)
        ] or self.pattern
        if prod(behind) > MOST_ELEMENTS[self.axes] or max(rounds, default=1) > LARGEST_PATTERN:
            return False
        if len(behind) == len(self.shape) == 1 + self.axes:
            self.pattern = rounds
        self.entries.append(self._entry(kind, fields, behind))
        keeps_map = kind not in REARRANGING or (kind == "mean" and fields.get("keepdim", False))
        self.is_map = self.is_map and keeps_map
        self.shape = behind
        return True

    def _entry(self, kind: str, fields: Fields, behind: Shape) -> Any:
        """Return an entry in one of the ways to write it: a word, a shorthand, a mapping."""
        if self.is_map and self.chance(3):
            id = self.new_id()
            self.named.append(Named(id, self.shape, behind))
            return {kind: {**fields, "id": id}}
        shorthand = REGISTRY[kind].shorthand
        if not fields and self.chance():
            return kind
        ((name, value), *others) = fields.items() or (("", None),)
        if name == shorthand and not others and not isinstance(value, list):
            return {kind: value}
        return {kind: fields}

    def layer(self, kinds: tuple[str, ...]) -> bool:
        """Draw a layer of one of some kinds; False where it does not fit."""
        kind = self.one_of(kinds)
        if not self.is_map and kind in NEEDS_CHANNELS:
            return False
        # Nobody follows which axis a 1 becomes, or where positions lie among the channels of a row.
        if kind == "reshape" and (1 in self.shape or not self.is_map):
            return False
        if not self.is_map and kind == "linear" and len(self.shape) > 2:
            return False
        fields = MAKERS[kind](self.draw, self.shape)
        if fields is None:
            return False
        if not self.is_map and "groups" in fields:
            fields["groups"] = 1
        return self.put(kind, fields)


def _pattern(kind: str, fields: Fields, before: Shape, behind: Shape) -> list[int]:
    """Return a bound on what a layer adds to the pattern: its stride, or the ratio of its sizes."""
    if kind in ("conv", "max_pool", "avg_pool"):
        layer: Any = layer_of(kind, fields)
        stride = layer.kernel_size if layer.stride is None else layer.stride
        return [int(s) for s in (stride * len(before) if len(stride) == 1 else stride)]
    if kind in ("adaptive_avg_pool", "adaptive_max_pool", "upsample"):
        return [
            n if m > 1 or kind == "upsample" else 1
            for n, m in zip(before[1:], behind[1:], strict=True)
        ]
    if kind == "pixel_unshuffle":
        return [int(fields["downscale_factor"])] * 2
    return [1] * (len(before) - 1)


def layers(writing: Writing, wanted: int) -> None:
    """Draw some layers, one behind the other."""
    for _ in range(3 * wanted):
        if len(writing.entries) == wanted:
            break
        is_any = len(writing.shape) == 1 or writing.chance(4)
        writing.layer(tuple(MAKERS) if is_any else SHAPING)


def beginning(draw: Draw, rank: int | None) -> Writing:
    """Draw the input of a network over 0 (features) to 3 spatial axes."""
    axes: int = draw(st.sampled_from([1, 1, 1, 2, 2, 2, 3, 3, 0])) if rank is None else rank
    sizes = [draw(st.integers(3 if axes == 3 else 4, n)) for n in LARGEST_SIZE[axes]]
    return Writing(draw, (draw(st.integers(1, 6)), *sizes), [1] * axes)


def text(input: Shape, writing: Writing, **sections: Any) -> str:
    """Return the text of a spec."""
    spec: dict[str, Any] = {"archspec": 1, "input": list(input), **sections}
    if writing.blocks:
        spec["blocks"] = writing.blocks
    spec["layers"] = writing.entries or ["identity"]
    return str(yaml.safe_dump(spec, sort_keys=False, default_flow_style=None))


@st.composite
def chains(draw: Draw, rank: int | None = None) -> str:
    """Draw the text of a spec: layers one behind the other."""
    writing = beginning(draw, rank)
    input = writing.shape
    layers(writing, draw(st.sampled_from(range(1, MOST_LAYERS[writing.axes] + 1))))
    return text(input, writing)
