"""Fields of every kind of layer, drawn so that they fit the shape before it."""

from __future__ import annotations

from math import prod
from typing import Any

from hypothesis import strategies as st

from archspec.layers import REGISTRY, Layer, Shape
from archspec.layers.fields import read_fields
from tests.support.proof.draws import (
    EPSILONS,
    NUMBERS,
    PROBABILITIES,
    Draw,
    Fields,
    Maker,
    axes,
    dims_of,
    divisor,
    optional,
    some,
    tokens_of,
    written,
)
from tests.support.proof.own_files import with_own_files


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
    assert fields is not None
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
    padding = axes(draw, [(0, p) for p in most])
    dilation = axes(draw, [(1, 3)] * len(sizes))
    padded = [n + 2 * p for n, p in zip(sizes, padding, strict=True)]
    room = [max(1, (n - 1) // d + 1) for n, d in zip(padded, dilation, strict=True)]
    kernel = axes(draw, [(1, min(4, n)) for n in room])
    fields: Fields = {"kernel_size": written(draw, kernel)}
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
        fields["padding"] = written(draw, padding)
    if any(d > 1 for d in dilation):
        fields["dilation"] = written(draw, dilation)
    if fields["padding"] != "same":
        fields |= some(draw, {"stride": st.just(written(draw, axes(draw, [(1, 3)] * len(sizes))))})
    if mode != "zeros":
        fields["padding_mode"] = mode
    fields |= _channels(draw, input)
    return _followers(draw, "conv", "conv", fields, input)


def conv_transpose(draw: Draw, input: Shape) -> Fields | None:
    sizes = input[1:]
    if not sizes:
        return None
    rank = len(sizes)
    kernel = axes(draw, [(1, 4 if rank < 3 else 3)] * rank)
    stride = axes(draw, [(1, 3 if rank < 3 else 2)] * rank)
    dilation = axes(draw, [(1, 3)] * rank) if draw(st.booleans()) else [1] * rank
    full = [
        (n - 1) * s + d * (k - 1) + 1
        for n, s, d, k in zip(sizes, stride, dilation, kernel, strict=True)
    ]
    padding = axes(draw, [(0, min(2, (size - 1) // 2)) for size in full])
    extra = axes(draw, [(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True)])
    fields: Fields = {"kernel_size": written(draw, kernel)}
    numbers = {"stride": stride, "padding": padding, "output_padding": extra, "dilation": dilation}
    plain = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}
    for name, values in numbers.items():
        if any(value != plain[name] for value in values) or draw(st.booleans()):
            fields[name] = written(draw, values)
    fields |= _channels(draw, input)
    return _followers(draw, "conv_transpose", "conv", fields, input)


def _channels(draw: Draw, input: Shape) -> Fields:
    """Draw out_channels, groups and bias of a convolution."""
    fields: Fields = {"out_channels": draw(st.integers(1, 6))}
    groups = divisor(draw, input[0], fields["out_channels"])
    fields |= {"groups": groups} if groups > 1 or draw(st.booleans()) else {}
    return fields | some(draw, {"bias": st.booleans()})


def max_pool(draw: Draw, input: Shape) -> Fields | None:
    return _pool(draw, input, dilated=True)


def avg_pool(draw: Draw, input: Shape) -> Fields | None:
    fields = _pool(draw, input, dilated=False)
    return fields and fields | some(draw, {"count_include_pad": st.booleans()})


def _pool(draw: Draw, input: Shape, *, dilated: bool) -> Fields | None:
    sizes = input[1:]
    if not sizes:
        return None
    rank = len(sizes)
    kernel = axes(draw, [(1, min(4, n)) for n in sizes])
    padding = axes(draw, [(0, k // 2) for k in kernel])
    room = [
        (n + 2 * p - 1) // max(1, k - 1) for n, p, k in zip(sizes, padding, kernel, strict=True)
    ]
    dilation = axes(draw, [(1, max(1, min(3, r))) for r in room]) if dilated else [1] * rank
    fields: Fields = {"kernel_size": written(draw, kernel)}
    fields |= some(draw, {"stride": st.just(written(draw, axes(draw, [(1, 3)] * rank)))})
    if any(padding) or draw(st.booleans()):
        fields["padding"] = written(draw, padding)
    if dilated and any(d > 1 for d in dilation):
        fields["dilation"] = written(draw, dilation)
    return fields | some(draw, {"ceil_mode": st.booleans()})


def gap(draw: Draw, input: Shape) -> Fields | None:
    return {} if len(input) > 1 else None


def adaptive_pool(draw: Draw, input: Shape) -> Fields | None:
    sizes = input[1:]
    if not sizes:
        return None
    return {"output_size": written(draw, axes(draw, [(1, n + 1) for n in sizes]))}


def batch_norm(draw: Draw, input: Shape) -> Fields | None:
    return some(draw, {"eps": EPSILONS, "momentum": NUMBERS, "affine": st.booleans()})


def group_norm(draw: Draw, input: Shape) -> Fields | None:
    groups = divisor(draw, input[0])
    if prod(input) == groups:  # one value in a group: there is nothing to normalize
        return None
    return {"num_groups": groups} | some(draw, {"eps": EPSILONS, "affine": st.booleans()})


def layer_norm(draw: Draw, input: Shape) -> Fields | None:
    dims = st.integers(1, len(input))
    return some(draw, {"eps": EPSILONS, "affine": st.booleans(), "normalized_dims": dims})


def instance_norm(draw: Draw, input: Shape) -> Fields | None:
    if prod(input[1:]) == 1:  # also features: there is nothing to normalize
        return None
    return some(draw, {"eps": EPSILONS, "affine": st.booleans()})


def spatial_dropout(draw: Draw, input: Shape) -> Fields | None:
    return some(draw, {"p": PROBABILITIES}) if len(input) > 1 else None


def linear(draw: Draw, input: Shape) -> Fields | None:
    if len(input) > 2:
        return None
    fields = {"out_features": draw(st.integers(1, 6))} | some(draw, {"bias": st.booleans()})
    return _followers(draw, "linear", "linear", fields, input)


def upsample(draw: Draw, input: Shape) -> Fields | None:
    sizes = input[1:]
    if not sizes:
        return None
    rank = len(sizes)
    if draw(st.booleans()):
        size = axes(draw, [(1, 2 * n) for n in sizes])
        fields: Fields = {"size": written(draw, size)}
    else:
        factor = axes(draw, [(1, 3 if rank < 3 else 2)] * rank)
        fields = {"scale_factor": written(draw, factor)}
    modes = ("nearest", {1: "linear", 2: "bilinear", 3: "trilinear"}[rank])
    return fields | some(draw, {"mode": st.sampled_from(modes)})


def softmax(draw: Draw, input: Shape) -> Fields | None:
    return some(draw, {"dim": dims_of(input)})


def layer_scale(draw: Draw, input: Shape) -> Fields | None:
    return some(draw, {"dim": dims_of(input), "init_value": NUMBERS})


def stochastic_depth(draw: Draw, input: Shape) -> Fields | None:
    fields = {"p": draw(PROBABILITIES)}
    of = draw(st.integers(1, 4))
    more: Fields = draw(st.sampled_from([{}, {"of": of, "depth": draw(st.integers(0, of))}]))
    return fields | more


def local_response_norm(draw: Draw, input: Shape) -> Fields | None:
    if len(input) == 1:
        return None
    return {"size": draw(st.integers(1, 5))} | some(draw, {"alpha": NUMBERS, "k": NUMBERS})


def channel_shuffle(draw: Draw, input: Shape) -> Fields | None:
    return {"groups": divisor(draw, input[0])} if len(input) > 1 else None


def pixel_shuffle(draw: Draw, input: Shape) -> Fields | None:
    factors = [r for r in (1, 2, 3) if input[0] % r**2 == 0]
    return {"upscale_factor": draw(st.sampled_from(factors))} if len(input) == 3 else None


def pixel_unshuffle(draw: Draw, input: Shape) -> Fields | None:
    if len(input) != 3:
        return None
    return {"downscale_factor": divisor(draw, *input[1:])}


def split(draw: Draw, input: Shape) -> Fields | None:
    sections = divisor(draw, input[0])
    return {"sections": sections, "index": draw(st.integers(0, sections - 1))}


def select(draw: Draw, input: Shape) -> Fields | None:
    if len(input) == 1:
        return None
    dim = draw(dims_of(input))
    size = input[dim - 1 if dim > 0 else dim]
    return {"dim": dim, "index": draw(st.integers(-size, size - 1))}


def mean(draw: Draw, input: Shape) -> Fields | None:
    dims = draw(st.lists(st.integers(1, len(input)), min_size=1, unique=True))
    if len(dims) == len(input):
        return {"dim": dims, "keepdim": True}
    return {"dim": written(draw, dims)} | some(draw, {"keepdim": st.booleans()})


def permute(draw: Draw, input: Shape) -> Fields | None:
    others = draw(st.permutations(range(1, len(input) + 1)))
    return {"dims": [0, *others]}


def reshape(draw: Draw, input: Shape) -> Fields | None:
    """Draw a shape that divides the first axis, or puts axes together that are neighbours."""
    part = divisor(draw, input[0])
    divides = len(input) < 4 and draw(st.booleans())
    sizes = [part, input[0] // part] if divides else [input[0]]
    for size in input[1:]:
        if divides or draw(st.booleans()):
            sizes.append(size)
        else:
            sizes[-1] *= size
    if draw(st.booleans()):
        sizes[draw(st.integers(0, len(sizes) - 1))] = -1
    return {"shape": sizes}


def flatten(draw: Draw, input: Shape) -> Fields | None:
    start = draw(st.integers(1, len(input)))
    ends = [{}, {"start_dim": start, "end_dim": -1}, {"end_dim": start}]
    fields: Fields = draw(st.sampled_from(ends))
    return fields


def attention(draw: Draw, input: Shape) -> Fields | None:
    return {"num_heads": divisor(draw, input[1])} | some(draw, {"bias": st.booleans()})


def zero_pad(draw: Draw, input: Shape) -> Fields | None:
    sides = 2 * (len(input) - 1)
    return {"padding": written(draw, axes(draw, [(0, 2)] * sides))} if sides else None


def crop(draw: Draw, input: Shape) -> Fields | None:
    if len(input) == 1:
        return None
    before = axes(draw, [(0, min(2, n - 1)) for n in reversed(input[1:])])
    left = [n - 1 - b for n, b in zip(reversed(input[1:]), before, strict=True)]
    after = axes(draw, [(0, min(2, n)) for n in left])
    sides = [side for pair in zip(before, after, strict=True) for side in pair]
    return {"margin": written(draw, sides)}


ACTIVATIONS: dict[str, Maker] = {
    **dict.fromkeys(
        ("relu", "relu6", "selu", "silu", "mish", "hardswish", "hardsigmoid", "sigmoid", "tanh"),
        optional(),
    ),
    "leaky_relu": optional(negative_slope=NUMBERS),
    "prelu": optional(per_channel=st.booleans(), init=NUMBERS),
    "elu": optional(alpha=NUMBERS),
    "gelu": optional(approximate=st.sampled_from(["none", "tanh"])),
    "softplus": optional(beta=NUMBERS, threshold=st.integers(0, 30)),
    "softmax": softmax,
    "log_softmax": softmax,
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
    "dropout": optional(p=PROBABILITIES),
    "spatial_dropout": spatial_dropout,
    "linear": linear,
    "flatten": flatten,
    "local_response_norm": local_response_norm,
    "channel_shuffle": channel_shuffle,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "split": split,
    "select": select,
    "layer_scale": layer_scale,
    "stochastic_depth": stochastic_depth,
    "multi_head_attention": tokens_of(attention),
    "class_token": tokens_of(optional()),
    "positional_embedding": optional(),
    "permute": permute,
    "reshape": reshape,
    "mean": mean,
    "upsample": upsample,
    "zero_pad": zero_pad,
    "crop": crop,
    "identity": optional(),
}
"""Kind → maker, for all layers that have one input; a test holds it against the registry."""
MAKERS = with_own_files(MAKERS, "MAKERS")


def layer_of(kind: str, fields: Fields) -> Layer:
    """Return the layer of fields as a file would have them; they must be without a fault."""
    read, faults = read_fields(REGISTRY[kind], fields)
    assert not faults, [fault.message for fault in faults]
    return REGISTRY[kind](**read)


def shape_behind(kind: str, fields: Fields, input: Shape) -> Shape:
    """Return the output shape of a layer."""
    if kind == "class_token":
        return (input[0] + 1, *input[1:])
    return layer_of(kind, fields).output_shape(input)
