"""Hypothesis strategies: valid sequential networks of every kind, as the text of a spec.

Each kind has a maker that draws fields which fit the shape before it; the shape behind is asked of
the layer, so a layer that refuses what torch takes fails the test that draws it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, TypeVar

import yaml
from hypothesis import strategies as st

from archspec.layers import REGISTRY, Layer, Shape
from archspec.layers.fields import read_fields

T = TypeVar("T")
Draw = Callable[[st.SearchStrategy[Any]], Any]
Fields = dict[str, Any]
Maker = Callable[[Draw, Shape], Fields | None]
"""Draws the fields of a kind for an input; None where the kind does not fit it."""

LARGEST_SIZE = {0: (), 1: (30,), 2: (14,) * 2, 3: (7,) * 3}
MOST_ELEMENTS = {0: 64, 1: 200, 2: 2_000, 3: 2_500}
MOST_LAYERS = {0: 4, 1: 6, 2: 5, 3: 3}
LARGEST_PATTERN = 24
"""Pixels after which the units of a map may come round; the proof's input grows with it."""

NUMBERS = st.sampled_from([0.01, 0.1, 0.3, 1, 0.001])
PROBABILITIES = st.sampled_from([0, 0.05, 0.25, 0.5, 1])
EPSILONS = st.sampled_from([1e-5, 0.001, 1e-12])


def _some(draw: Draw, fields: dict[str, st.SearchStrategy[Any]]) -> Fields:
    """Draw which of these optional fields are written, and their values."""
    return {name: draw(values) for name, values in fields.items() if draw(st.booleans())}


def _axes(draw: Draw, ranges: list[tuple[int, int]]) -> list[int]:
    """Draw a number for each axis; half of the time the same for all, as most networks have it."""
    low, high = max(low for low, _ in ranges), min(high for _, high in ranges)
    if low <= high and draw(st.booleans()):
        return [draw(st.integers(low, high))] * len(ranges)
    return [draw(st.integers(*each)) for each in ranges]


def _written(draw: Draw, numbers: list[int]) -> int | list[int]:
    """Return numbers as a file may say them: one for all axes where they are equal, or a list."""
    if len(set(numbers)) == 1 and draw(st.booleans()):
        return numbers[0]
    return numbers


def _divisor(draw: Draw, *numbers: int) -> int:
    fitting = [d for d in range(1, min(numbers) + 1) if all(n % d == 0 for n in numbers)]
    return int(draw(st.sampled_from(fitting)))


def _norm(draw: Draw, input: Shape) -> Any:
    """Draw the value of a `norm:` field."""
    word = draw(st.sampled_from(["none", "batch", "group", "layer", "instance"]))
    kinds = {"batch": batch_norm, "group": group_norm, "layer": layer_norm}
    if word == "none":
        return word
    fields = {**kinds, "instance": instance_norm}[word](draw, input)
    if fields is None:
        return "batch"
    return {word: fields} if fields else word


def _activation(draw: Draw, input: Shape) -> Any:
    kind = draw(st.sampled_from(sorted(ACTIVATIONS)))
    fields = ACTIVATIONS[kind](draw, input)
    return {kind: fields} if fields else kind


def _dropout(draw: Draw, input: Shape) -> Any:
    p = draw(PROBABILITIES)
    forms = [p, {"dropout": {"p": p}}, "dropout"]
    return draw(st.sampled_from([*forms, {"spatial_dropout": p}] if len(input) > 1 else forms))


def _followers(draw: Draw, kind: str, own: str, fields: Fields, input: Shape) -> Fields:
    """Add norm, activation, dropout and order to the fields of conv or linear."""
    order = draw(st.permutations([own, "norm", "activation", "dropout"]))
    names = {"norm": _norm, "activation": _activation, "dropout": _dropout}
    output = shape_behind(kind, fields, input)
    added: Fields = {}
    in_order = draw(st.booleans())
    sequence = order if in_order else [own, "norm", "activation", "dropout"]
    for name in sequence:
        if name != own and draw(st.booleans()):
            is_behind = sequence.index(name) > sequence.index(own)
            added[name] = names[name](draw, output if is_behind else input)
    if in_order:
        added["order"] = [
            name for name in order if name == own or name in added or draw(st.booleans())
        ]
    return fields | added


def conv(draw: Draw, input: Shape) -> Fields | None:
    sizes = input[1:]
    if not sizes:
        return None
    mode = draw(st.sampled_from(["zeros", "zeros", "zeros", "reflect", "replicate", "circular"]))
    spare = {"reflect": 1, "circular": 0}.get(mode)
    most = [2 if spare is None else min(2, n - spare) for n in sizes]
    padding = _axes(draw, [(0, p) for p in most])
    dilation = _axes(draw, [(1, 3)] * len(sizes))
    padded = [n + 2 * p for n, p in zip(sizes, padding, strict=True)]
    room = [max(1, (n - 1) // d + 1) for n, d in zip(padded, dilation, strict=True)]
    kernel = _axes(draw, [(1, min(4, n)) for n in room])
    fields: Fields = {"kernel_size": _written(draw, kernel)}
    added = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    fits_same = spare is None or all(
        a - a // 2 <= n - spare for a, n in zip(added, sizes, strict=True)
    )
    fits_valid = all(a < n for a, n in zip(added, sizes, strict=True))
    word = draw(st.sampled_from(["number", "number", "number", "same", "valid"]))
    if word == "same" and fits_same:
        fields["padding"] = "same"
    elif word == "valid" and fits_valid:
        fields["padding"] = "valid"
    else:
        fields["padding"] = _written(draw, padding)
    if any(d > 1 for d in dilation):
        fields["dilation"] = _written(draw, dilation)
    if fields["padding"] != "same":
        fields |= _some(
            draw, {"stride": st.just(_written(draw, _axes(draw, [(1, 3)] * len(sizes))))}
        )
    if mode != "zeros":
        fields["padding_mode"] = mode
    fields |= _channels(draw, input)
    return _followers(draw, "conv", "conv", fields, input)


def conv_transpose(draw: Draw, input: Shape) -> Fields | None:
    sizes = input[1:]
    if not sizes:
        return None
    rank = len(sizes)
    kernel = _axes(draw, [(1, 4 if rank < 3 else 3)] * rank)
    stride = _axes(draw, [(1, 3 if rank < 3 else 2)] * rank)
    dilation = _axes(draw, [(1, 3)] * rank) if draw(st.booleans()) else [1] * rank
    full = [
        (n - 1) * s + d * (k - 1) + 1
        for n, s, d, k in zip(sizes, stride, dilation, kernel, strict=True)
    ]
    padding = _axes(draw, [(0, min(2, (size - 1) // 2)) for size in full])
    extra = _axes(draw, [(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True)])
    fields: Fields = {"kernel_size": _written(draw, kernel)}
    numbers = {"stride": stride, "padding": padding, "output_padding": extra, "dilation": dilation}
    plain = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}
    for name, values in numbers.items():
        if any(value != plain[name] for value in values) or draw(st.booleans()):
            fields[name] = _written(draw, values)
    fields |= _channels(draw, input)
    return _followers(draw, "conv_transpose", "conv", fields, input)


def _channels(draw: Draw, input: Shape) -> Fields:
    """Draw out_channels, groups and bias of a convolution."""
    fields: Fields = {"out_channels": draw(st.integers(1, 6))}
    groups = _divisor(draw, input[0], fields["out_channels"])
    fields |= {"groups": groups} if groups > 1 or draw(st.booleans()) else {}
    return fields | _some(draw, {"bias": st.booleans()})


def max_pool(draw: Draw, input: Shape) -> Fields | None:
    return _pool(draw, input, dilated=True)


def avg_pool(draw: Draw, input: Shape) -> Fields | None:
    fields = _pool(draw, input, dilated=False)
    return fields and fields | _some(draw, {"count_include_pad": st.booleans()})


def _pool(draw: Draw, input: Shape, *, dilated: bool) -> Fields | None:
    sizes = input[1:]
    if not sizes:
        return None
    rank = len(sizes)
    kernel = _axes(draw, [(1, min(4, n)) for n in sizes])
    padding = _axes(draw, [(0, k // 2) for k in kernel])
    room = [
        (n + 2 * p - 1) // max(1, k - 1) for n, p, k in zip(sizes, padding, kernel, strict=True)
    ]
    dilation = _axes(draw, [(1, max(1, min(3, r))) for r in room]) if dilated else [1] * rank
    fields: Fields = {"kernel_size": _written(draw, kernel)}
    fields |= _some(draw, {"stride": st.just(_written(draw, _axes(draw, [(1, 3)] * rank)))})
    if any(padding) or draw(st.booleans()):
        fields["padding"] = _written(draw, padding)
    if dilated and any(d > 1 for d in dilation):
        fields["dilation"] = _written(draw, dilation)
    return fields | _some(draw, {"ceil_mode": st.booleans()})


def gap(draw: Draw, input: Shape) -> Fields | None:
    return {} if len(input) > 1 else None


def adaptive_pool(draw: Draw, input: Shape) -> Fields | None:
    sizes = input[1:]
    if not sizes:
        return None
    return {"output_size": _written(draw, _axes(draw, [(1, n + 1) for n in sizes]))}


def batch_norm(draw: Draw, input: Shape) -> Fields | None:
    return _some(draw, {"eps": EPSILONS, "momentum": NUMBERS, "affine": st.booleans()})


def group_norm(draw: Draw, input: Shape) -> Fields | None:
    groups = _divisor(draw, input[0])
    if prod(input) == groups:  # one value in a group: there is nothing to normalize
        return None
    return {"num_groups": groups} | _some(draw, {"eps": EPSILONS, "affine": st.booleans()})


def layer_norm(draw: Draw, input: Shape) -> Fields | None:
    return _some(draw, {"eps": EPSILONS, "affine": st.booleans()})


def instance_norm(draw: Draw, input: Shape) -> Fields | None:
    if prod(input[1:]) == 1:  # also features: there is nothing to normalize
        return None
    return _some(draw, {"eps": EPSILONS, "affine": st.booleans()})


def _optional(**fields: st.SearchStrategy[Any]) -> Maker:
    return lambda draw, input: _some(draw, fields)


def spatial_dropout(draw: Draw, input: Shape) -> Fields | None:
    return _some(draw, {"p": PROBABILITIES}) if len(input) > 1 else None


def linear(draw: Draw, input: Shape) -> Fields | None:
    if len(input) > 2:
        return None
    fields = {"out_features": draw(st.integers(1, 6))} | _some(draw, {"bias": st.booleans()})
    return _followers(draw, "linear", "linear", fields, input)


def upsample(draw: Draw, input: Shape) -> Fields | None:
    sizes = input[1:]
    if not sizes:
        return None
    rank = len(sizes)
    if draw(st.booleans()):
        size = _axes(draw, [(1, 2 * n) for n in sizes])
        fields: Fields = {"size": _written(draw, size)}
    else:
        factor = _axes(draw, [(1, 3 if rank < 3 else 2)] * rank)
        fields = {"scale_factor": _written(draw, factor)}
    modes = ("nearest", {1: "linear", 2: "bilinear", 3: "trilinear"}[rank])
    return fields | _some(draw, {"mode": st.sampled_from(modes)})


def zero_pad(draw: Draw, input: Shape) -> Fields | None:
    sides = 2 * (len(input) - 1)
    return {"padding": _written(draw, _axes(draw, [(0, 2)] * sides))} if sides else None


def crop(draw: Draw, input: Shape) -> Fields | None:
    if len(input) == 1:
        return None
    before = _axes(draw, [(0, min(2, n - 1)) for n in reversed(input[1:])])
    left = [n - 1 - b for n, b in zip(reversed(input[1:]), before, strict=True)]
    after = _axes(draw, [(0, min(2, n)) for n in left])
    sides = [side for pair in zip(before, after, strict=True) for side in pair]
    return {"margin": _written(draw, sides)}


ACTIVATIONS: dict[str, Maker] = {
    **dict.fromkeys(
        ("relu", "relu6", "selu", "silu", "mish", "hardswish", "hardsigmoid", "sigmoid", "tanh"),
        _optional(),
    ),
    "leaky_relu": _optional(negative_slope=NUMBERS),
    "prelu": _optional(per_channel=st.booleans(), init=NUMBERS),
    "elu": _optional(alpha=NUMBERS),
    "gelu": _optional(approximate=st.sampled_from(["none", "tanh"])),
    "softplus": _optional(beta=NUMBERS, threshold=st.integers(0, 30)),
    "softmax": _optional(),
    "log_softmax": _optional(),
}
MAKERS: dict[str, Maker] = {
    "conv": conv,
    "conv_transpose": conv_transpose,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "gap": gap,
    "adaptive_avg_pool": adaptive_pool,
    "adaptive_max_pool": adaptive_pool,
    "batch_norm": batch_norm,
    "group_norm": group_norm,
    "layer_norm": layer_norm,
    "instance_norm": instance_norm,
    **ACTIVATIONS,
    "dropout": _optional(p=PROBABILITIES),
    "spatial_dropout": spatial_dropout,
    "linear": linear,
    "flatten": _optional(),
    "upsample": upsample,
    "zero_pad": zero_pad,
    "crop": crop,
    "identity": _optional(),
}
"""Kind → maker; a test holds it against the registry."""

SHAPING = (
    *("conv", "conv", "conv", "conv_transpose", "max_pool", "avg_pool", "upsample", "zero_pad"),
    *("crop", "adaptive_avg_pool", "adaptive_max_pool", "gap", "group_norm", "flatten", "linear"),
)
"""Kinds with arithmetic of their own, drawn more often than those that leave shapes alone."""


def layer_of(kind: str, fields: Fields) -> Layer:
    """Return the layer of fields as a file would have them; they must be without a fault."""
    read, faults = read_fields(REGISTRY[kind], fields)
    assert not faults, [fault.message for fault in faults]
    return REGISTRY[kind](**read)


def shape_behind(kind: str, fields: Fields, input: Shape) -> Shape:
    """Return the output shape of a layer."""
    return layer_of(kind, fields).output_shape(input)


def _entry(draw: Draw, kind: str, fields: Fields) -> Any:
    """Return an entry in one of the ways to write it: a word, a shorthand, a mapping."""
    shorthand = REGISTRY[kind].shorthand
    if not fields and draw(st.booleans()):
        return kind
    ((name, value), *others) = fields.items() or (("", None),)
    if name == shorthand and not others and not isinstance(value, list):
        return {kind: value}
    return {kind: fields}


@st.composite
def networks(draw: Draw, rank: int | None = None) -> str:
    """Draw the text of a spec: a chain of layers over 0 (features) to 3 spatial axes."""
    axes: int = draw(st.sampled_from([1, 1, 1, 2, 2, 2, 3, 3, 0])) if rank is None else rank
    sizes = [draw(st.integers(3 if axes == 3 else 4, n)) for n in LARGEST_SIZE[axes]]
    shape: Shape = (draw(st.integers(1, 6)), *sizes)
    input = list(shape)
    layers: list[Any] = []
    pattern = [1] * axes
    wanted = draw(st.sampled_from(range(1, MOST_LAYERS[axes] + 1)))
    for _ in range(3 * wanted):
        if len(layers) == wanted:
            break
        kinds = tuple(MAKERS) if len(shape) == 1 or draw(st.integers(0, 3)) == 0 else SHAPING
        kind = draw(st.sampled_from(kinds))
        fields = MAKERS[kind](draw, shape)
        if fields is None:
            continue
        behind = shape_behind(kind, fields, shape)
        rounds = [
            p * q for p, q in zip(pattern, _pattern(kind, fields, shape, behind), strict=False)
        ]
        if prod(behind) > MOST_ELEMENTS[axes] or max(rounds, default=1) > LARGEST_PATTERN:
            continue
        pattern = rounds if len(behind) == len(shape) else pattern
        layers.append(_entry(draw, kind, fields))
        shape = behind
    spec = {"archspec": 1, "input": input, "layers": layers or ["identity"]}
    return str(yaml.safe_dump(spec, sort_keys=False, default_flow_style=None))


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
    return [1] * (len(before) - 1)
