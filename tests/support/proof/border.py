"""Hypothesis strategies: entries on the border of what torch takes, as a file would have them.

Sizes are 1 to 4, kernels as large as maps, ranks differ, numbers are the ends of what a field or a
float32 holds, and a field that fits is replaced by one that may not. Nothing here knows what fits.
"""

from __future__ import annotations

from math import prod
from typing import Any

import yaml
from hypothesis import strategies as st

from archspec.layers import REGISTRY, LayerFault, Shape
from archspec.layers.fields import (
    LARGEST,
    Boolean,
    Choice,
    Either,
    FieldType,
    Integer,
    ListOf,
    Number,
    PerAxis,
    Reference,
    Text,
    field_types,
    read_fields,
    required,
)
from archspec.layers.init import functions
from tests.support.proof.draws import Draw, Fields, divisor
from tests.support.proof.layer_makers import MAKERS, shape_behind
from tests.support.proof.rows import Entry

RARELY = st.integers(0, 5)
JOINS = ("add", "concat", "multiply", "scaled_dot_product")
NUMBERS = (0, 1, -1, 0.5, 2, 1e-300, 1e-45, 1e19, 1e38, 3.4e38, -3.4e38, 3.5e38, -1e300)
NUMBERS_NO_FLOAT = (float("inf"), float("-inf"), float("nan"), 10**400)
MOST_VALUES = 10_000
TAKES_MEMORY = {
    *("out_channels", "out_features", "kernel_size", "padding", "output_padding", "size"),
    *("scale_factor", "output_size", "margin", "shape", "upscale_factor"),
}
"""Fields whose largest numbers ask for more memory than there is."""
CARRIED = ("norm", "activation", "dropout", "order", "init")
RESHAPES = [
    *({"reshape": {"shape": shape}} for shape in ([-1], [1, -1], [-1, 1], [1, 1, 1, 1, -1])),
    *({"permute": {"dims": dims}} for dims in ([0, 2, 1], [0, 3, 2, 1], [0, 1, 3, 2],
                                               [0, 1, 4, 2, 3], [0, 1, 2, 4, 3])),
    *({"mean": {"dim": dim}} for dim in (-1, 1, 2)), {"gap": {}}, {"flatten": {"start_dim": 2}},
]  # fmt: skip
"""Entries behind which a map has other axes, or lies in another order."""
RESIZES = [
    *({"zero_pad": {"padding": n}} for n in (1, 2)), {"upsample": {"scale_factor": 2}},
    *({"max_pool": {"kernel_size": n}} for n in (1, 2)), {"adaptive_avg_pool": {"output_size": 3}},
    *({"conv": {"out_channels": n, "kernel_size": 1}} for n in (1, 2, 3)), {"linear": 3},
]  # fmt: skip
"""Entries behind which a map has other sizes or channels."""


def shapes(channels: int = 4) -> st.SearchStrategy[Shape]:
    """Return inputs of 0 to 3 axes of 1 to 5 units."""
    sizes = st.lists(st.sampled_from([1, 1, 2, 2, 3, 4, 5]), max_size=3)
    return st.tuples(st.integers(1, channels), sizes).map(lambda drawn: (drawn[0], *drawn[1]))


def on_the_border(draw: Draw, name: str, type: FieldType, input: Shape, ids: list[str]) -> Any:
    """Draw a value of a field, as a file may have it."""
    match type:
        case Integer():
            near = {n + d for n in input for d in (-1, 0, 1)} | {type.at_least, type.at_least + 1}
            pool = [n for n in sorted(near | {0, 1, 2, 3}) if n >= type.at_least]
            rare = [type.at_least - 1, *([] if name in TAKES_MEMORY else [LARGEST])]
            return draw(st.sampled_from([*pool, *pool, *pool, *rare, *type.also, *type.also]))
        case PerAxis():
            if draw(st.booleans()):
                return on_the_border(draw, name, type.item, input, ids)
            wanted = max(1, len(input) - 1) + draw(st.sampled_from([0, 0, 0, 0, 0, 1, -1]))
            plain = PerAxis(Integer(type.item.at_least, type.item.at_most)).item
            return [on_the_border(draw, name, plain, input, ids) for _ in range(wanted)]
        case Number():
            return draw(st.sampled_from([*NUMBERS, *NUMBERS, *NUMBERS_NO_FLOAT]))
        case Boolean():
            return draw(st.booleans())
        case Choice():
            return draw(st.sampled_from(type.words))
        case Either():
            return on_the_border(draw, name, draw(st.sampled_from(type.types)), input, ids)
        case ListOf(item=Text()):
            return draw(st.lists(st.sampled_from(ids), min_size=1, max_size=2))
        case ListOf():
            wanted = len(input) + draw(st.sampled_from([-1, 0, 1, 1, 2]))
            return [on_the_border(draw, name, type.item, input, ids) for _ in range(wanted)]
        case Text() | Reference():
            return draw(st.sampled_from(ids))
    return None


def fields_of(draw: Draw, kind: str, input: Shape, ids: list[str]) -> Fields:
    """Draw the fields of a kind: those that fit with one or two that may not, or any."""
    types = {n: t for n, t in field_types(REGISTRY[kind]).items() if n not in CARRIED}
    types |= {n: t for n, t in field_types(REGISTRY[kind]).items() if isinstance(t, Number)}
    fields: Fields | None = None
    if kind in MAKERS and len(input) <= 4 and draw(st.integers(0, 2)) != 0:
        fields = MAKERS[kind](draw, input)
    changed = list(types)
    if fields is not None:
        fields = {name: value for name, value in fields.items() if name in types}
        changed = draw(st.lists(st.sampled_from(changed), max_size=2)) if changed else []
    is_whole = fields is not None
    fields = fields or {}
    for name in changed:
        if is_whole or name in required(REGISTRY[kind]) or draw(st.booleans()):
            value = on_the_border(draw, name, types[name], input, ids)
            if value is not None:
                fields[name] = value
    if kind in ("conv", "conv_transpose", "linear") and draw(st.integers(0, 2)) == 0:
        own = "linear" if kind == "linear" else "conv"
        fields |= _followers(draw, own, fields.get("out_channels", fields.get("out_features", 1)))
    return fields


def _followers(draw: Draw, own: str, channels: Any) -> Fields:
    groups = divisor(draw, channels) if isinstance(channels, int) and channels > 0 else 1
    norms = ["batch", "layer", "instance", {"group": groups}, {"group": 2}]
    fields: Fields = {}
    if draw(st.booleans()):
        fields["norm"] = draw(st.sampled_from(norms))
    if draw(st.booleans()):
        fields["activation"] = draw(st.sampled_from(["relu", "prelu", "softmax"]))
    if fields and draw(st.booleans()):
        fields["order"] = draw(st.permutations([own, "norm", "activation", "dropout"]))
    return fields


@st.composite
def networks(draw: Draw, kinds: tuple[str, ...] = ()) -> tuple[Shape, list[Entry]]:
    """Draw an input and one to four entries, with joins and shares of what stands before them."""
    input = draw(shapes())
    entries: list[Entry] = [{"identity": {"id": "start"}}]
    ids, shape = ["start"], input
    named: list[str] = []
    for number in range(draw(st.integers(1, 4))):
        if draw(st.integers(0, 3)) == 0:
            entry: Entry = draw(st.sampled_from(RESHAPES))
        elif named and draw(st.integers(0, 2)) == 0:
            entry = {"share": draw(st.sampled_from(named))}
        else:
            all_kinds = kinds or (*MAKERS, *JOINS, *JOINS)
            kind = draw(st.sampled_from(all_kinds))
            id = f"e{number}"
            entry = {kind: fields_of(draw, kind, shape, ids)}
            if "init" in field_types(REGISTRY[kind]) and kind != "prelu" and not draw(RARELY):
                entry[kind]["init"] = {"weight": _init(draw, shape)}
            entry[kind]["id"] = id
            ids.append(id)
            named.append(id)
        entries.append(entry)
        shape = _behind(entry, shape)
    return input, entries


def _init(draw: Draw, input: Shape) -> Any:
    """Draw how a tensor is filled."""
    name = draw(st.sampled_from(sorted(functions())))
    types = field_types(functions()[name].arguments)
    arguments = {
        argument: on_the_border(draw, argument, type, input, [])
        for argument, type in types.items()
        if argument in required(functions()[name].arguments) or draw(st.booleans())
    }
    return {name: arguments} if arguments else name


@st.composite
def shares(draw: Draw, place: str) -> str:
    """Draw the text of a spec in which a layer is used once more, on a map of its own.

    place: `behind` it, in a `repeat`, in a `block` that is used twice, or as a `group` with it.
    """
    input = draw(shapes())
    kind = draw(st.sampled_from(sorted(MAKERS)))
    layer: Entry = {kind: fields_of(draw, kind, input, ["input"]) | {"id": "first"}}
    other: Entry = draw(st.sampled_from([*RESHAPES, *RESIZES]))
    again = {"share": "first"}
    layers: list[Any] = [layer, other, again]
    blocks = {}
    if place == "repeat":
        layers = [layer, {"repeat": {"times": 2, "layers": [other, again]}}]
    elif place == "block":
        blocks = {"blocks": {"Twice": {"layers": layers}}}
        layers = ["Twice", other, "Twice"]
    elif place == "group":
        group = {"repeat": {"times": 1, "id": "both", "layers": [layer, "relu"]}}
        layers = [group, other, {"share": "both"}]
    spec = {"archspec": 1, "input": list(input), **blocks, "layers": layers}
    return str(yaml.safe_dump(spec, sort_keys=False))


def _behind(entry: Entry, input: Shape) -> Shape:
    """Return a guess of what comes next; it only steers what is drawn."""
    ((kind, fields),) = entry.items()
    if kind == "share" or kind in JOINS:
        return input
    own = {name: value for name, value in fields.items() if name != "id"}
    _, faults = read_fields(REGISTRY[kind], own)
    try:
        behind = input if faults else shape_behind(kind, own, input)
    except LayerFault:
        return input
    return behind if prod(behind) < MOST_VALUES else input
