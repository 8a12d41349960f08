"""Hypothesis strategies: networks that branch, with every kind of group, as the text of a spec."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import lcm, prod
from typing import Any

from hypothesis import strategies as st

from archspec.layers import Shape
from tests.support.proof.draws import Draw
from tests.support.proof.strategies import (
    KEEPING,
    MOST_ELEMENTS,
    SHAPING,
    Named,
    Writing,
    beginning,
    layers,
    text,
)

MOST_ITEMS = {0: 4, 1: 5, 2: 4, 3: 3}


@st.composite
def graphs(draw: Draw, rank: int | None = None) -> str:
    """Draw the text of a spec with branches, blocks, shared layers, auxiliary heads."""
    writing = beginning(draw, rank)
    input, shapes = writing.shape, []
    for _ in range(draw(st.integers(1, MOST_ITEMS[writing.axes]))):
        shapes.append((len(writing.entries), writing.shape, writing.is_map))
        item(writing, depth=2)
    if writing.is_map and writing.chance(4):
        heads(writing, shapes)
    if all(isinstance(each, dict) and set(each) <= {"when", "repeat"} for each in writing.entries):
        writing.entries.append("identity")  # nothing may be left of these
    mentions = re.search(r"\$(size|\{[^}]*size)", str((writing.entries, writing.blocks)))
    return text(input, writing, **({"parameters": {"size": 3}} if mentions else {}))


def item(writing: Writing, depth: int) -> None:
    """Draw a layer or a group; nothing where it does not fit."""
    groups = GROUPS if writing.is_map else (kept_residual,)
    if depth and not writing.chance(3):
        writing.one_of(groups)(writing, depth - 1)
    elif writing.is_map:
        writing.layer(SHAPING)
    else:
        layers(writing, len(writing.entries) + 1)


def some(writing: Writing, depth: int, most: int = 2) -> Writing:
    """Draw a list of items inside the one that is written."""
    inner = writing.inside()
    for _ in range(writing.number(0, most)):
        item(inner, depth)
    return inner


def fit(writing: Writing, to: Shape) -> bool:
    """Bring a map to a shape: sizes by striding, cutting, padding or resizing, then channels."""
    before, wanted = writing.shape[1:], to[1:]
    channels = to[0]
    if before != wanted:
        ways = [_resize]
        if all(n >= m for n, m in zip(before, wanted, strict=True)):
            ways += [_stride, _crop]
        elif all(n <= m for n, m in zip(before, wanted, strict=True)):
            ways.append(_pad)
        if not writing.one_of(ways)(writing, to):
            return False
    if writing.shape[0] == channels:
        return True
    if writing.axes == 0:
        return writing.put("linear", {"out_features": channels})
    return writing.put("conv", {"out_channels": channels, "kernel_size": 1})


def _stride(writing: Writing, to: Shape) -> bool:
    """Take every s-th unit by a 1×1 convolution, as residual networks do."""
    sizes = zip(writing.shape[1:], to[1:], strict=True)
    strides = [next((s for s in range(1, 8) if (n - 1) // s + 1 == m), 0) for n, m in sizes]
    if not all(strides):
        return _resize(writing, to)
    return writing.put("conv", {"out_channels": to[0], "kernel_size": 1, "stride": strides})


def _crop(writing: Writing, to: Shape) -> bool:
    return writing.put("crop", {"margin": _sides(writing, to, -1)})


def _pad(writing: Writing, to: Shape) -> bool:
    return writing.put("zero_pad", {"padding": _sides(writing, to, 1)})


def _sides(writing: Writing, to: Shape, sign: int) -> list[int]:
    flat = []
    for n, m in reversed(list(zip(writing.shape[1:], to[1:], strict=True))):
        added = sign * (m - n)
        before = writing.one_of([added // 2, writing.number(0, added)])
        flat += [before, added - before]
    return flat


def _resize(writing: Writing, to: Shape) -> bool:
    kind, name = writing.one_of([("adaptive_avg_pool", "output_size"), ("upsample", "size")])
    return writing.put(kind, {name: list(to[1:])})


def close(writing: Writing, kind: str, fields: dict[str, Any], behind: Shape) -> None:
    """Add a group that gives some shape."""
    own = {}
    if writing.chance(3):
        own = {"id": writing.new_id()}
        writing.named.append(Named(own["id"], writing.shape, behind))
    writing.entries.append({kind: {**fields, **own}})
    writing.shape = behind


def residual(writing: Writing, depth: int) -> None:
    body = some(writing, depth)
    around = writing.inside()
    if not body.is_map or not fit(around, body.shape):
        return
    writing.pattern = _lcm(body, around)
    if not around.entries and writing.chance():
        form = {"body": body.entries}
    else:
        form = {"body": body.entries, "shortcut": around.entries}
    close(writing, "residual", form, body.shape)


def kept_residual(writing: Writing, depth: int) -> None:
    """Draw a residual of layers that leave tokens and features as they are."""
    body = writing.inside()
    for _ in range(writing.number(1, 3)):
        body.layer(KEEPING)
    writing.entries.append({"residual": body.entries or ["identity"]})


def branches(writing: Writing, depth: int) -> None:
    join = writing.one_of(["add", "concat", "concat", "multiply"])
    first = some(writing, depth)
    if not first.is_map:
        return
    names = list("abc")[: writing.number(1, 3)]
    paths: dict[str, Any] = {names[0]: first.entries}
    shape = first.shape
    ends = [first]
    for name in names[1:]:
        inner, source = writing.inside(), None
        if writing.named and writing.chance(3):
            source = writing.one_of(writing.named)
            inner.shape = source.behind
        channels = inner.number(1, 4) if join == "concat" else shape[0]
        gates = join == "multiply" and inner.chance()
        if not (_gate(inner, shape) if gates else fit(inner, (channels, *shape[1:]))):
            return
        paths[name] = {"from": source.id, "layers": inner.entries} if source else inner.entries
        ends.append(inner)
    if join == "concat":
        shape = (sum(end.shape[0] for end in ends), *shape[1:])
    if prod(shape) > MOST_ELEMENTS[writing.axes]:
        return
    writing.pattern = _lcm(*ends)
    close(writing, "branches", {"join": join, "paths": paths}, shape)


def _gate(writing: Writing, shape: Shape) -> bool:
    """Make one value for each channel, along all axes or all but one, to be spread over a map."""
    axes = len(shape) - 1
    if axes == 0:
        return fit(writing, shape)
    kept = writing.number(0, axes)
    if kept > 0 and writing.shape[kept] == shape[kept] and axes > 1:
        dims = [1 + axis for axis in range(1, axes + 1) if axis != kept]
        if not writing.put("mean", {"dim": dims, "keepdim": True}):
            return False
    elif not writing.put("gap", {}):
        return False
    return writing.put("conv", {"out_channels": shape[0], "kernel_size": 1})


def skip(writing: Writing, depth: int) -> None:
    """Draw a join with earlier entries by their ids."""
    if not writing.named:
        return
    kind, first = writing.one_of(["add", "concat", "multiply"]), writing.one_of(writing.named)
    dim = writing.number(1, 1 + writing.axes) if kind == "concat" and writing.chance(3) else 1
    channels = writing.shape[0] if kind == "concat" and dim == 1 else first.behind[0]
    if not fit(writing, (channels, *first.behind[1:])):
        return
    chosen = [first]
    if writing.chance(4):
        near = [each for each in writing.named if each.behind == first.behind]
        chosen.append(writing.one_of(near))
    ids = [each.id for each in chosen]
    shape = writing.shape
    if kind == "concat":
        grown = shape[dim - 1] + sum(each.behind[dim - 1] for each in chosen)
        shape = (*shape[: dim - 1], grown, *shape[dim:])
    if prod(shape) > MOST_ELEMENTS[writing.axes]:
        return
    if writing.chance(3):
        ids.insert(writing.number(0, len(ids)), "previous")
    writing.entries.append({kind: ids if dim == 1 else {"inputs": ids, "dim": dim}})
    writing.shape = shape


def repeat(writing: Writing, depth: int) -> None:
    """Draw rounds of layers whose channels grow with the number of the round."""
    times, base, step = writing.number(0, 3), writing.number(1, 3), writing.number(0, 2)
    index = writing.one_of(["index", "i"])
    conv = {
        "out_channels": f"${{{base} + {index} * {step}}}",
        "kernel_size": 3 if writing.chance() else "$size",
        "padding": 1,
        "dilation": f"${{1 + ({index} > 5)}}",
    }
    inner = writing.inside()
    for _ in range(writing.number(0, 1)):
        inner.layer(KEEPING)
    fields: dict[str, Any] = {"times": times, "layers": [{"conv": conv}, *inner.entries]}
    if writing.axes == 0:
        width = f"${{({base} + {index}) * {step + 1} // 2 + 1}}"
        fields["layers"] = [{"linear": width}]
    if index != "index":
        fields["index"] = index
    channels = writing.shape[0]
    for number in range(times):
        channels = base + number * step
        if writing.axes == 0:
            channels = (base + number) * (step + 1) // 2 + 1
    shape = (channels, *writing.shape[1:])
    if prod(shape) <= MOST_ELEMENTS[writing.axes]:
        writing.entries.append({"repeat": fields})
        writing.shape = shape


def when(writing: Writing, depth: int) -> None:
    one, other = some(writing, depth), some(writing, depth)
    condition, holds = writing.one_of(
        [
            ("${size > 2}", True),
            ("${size % 2 == 0}", False),
            ("${size * 2 // 4 == 1}", True),
            ("${min(size, 2) != 2}", False),
            (True, True),
            (False, False),
        ]
    )
    fields: dict[str, Any] = {"condition": condition}
    if one.entries or holds:
        fields["layers"] = one.entries
    if other.entries or not holds:
        fields["otherwise"] = other.entries
    chosen = one if holds else other
    writing.entries.append({"when": fields})
    writing.shape, writing.pattern = chosen.shape, chosen.pattern
    writing.is_map = chosen.is_map


def share(writing: Writing, depth: int) -> None:
    """Draw an earlier item once more, or one that is made for it."""
    near = [each for each in writing.named if each.before == writing.shape]
    if not near:
        id, features = writing.new_id(), writing.shape[0]
        layer = {"conv": {"out_channels": features, "kernel_size": 3, "padding": 1, "id": id}}
        if writing.axes == 0:
            layer = {"linear": {"out_features": features, "id": id}}
        writing.entries.append(layer)
        near = [Named(id, writing.shape, writing.shape)]
    named = writing.one_of(near)
    writing.entries.append({"share": named.id})
    writing.shape = named.behind


def block(writing: Writing, depth: int) -> None:
    """Draw a block with parameters, and use it once or twice, behind each other."""
    if writing.axes == 0:
        return
    name = f"Block{len(writing.blocks)}"
    factor, squeezes = writing.number(1, 2), writing.chance(3)
    body: list[Any] = [
        {"conv": {"out_channels": "$width", "kernel_size": "$size", "padding": 1,
                  "stride": "$stride"}},
        "relu",
        {"conv": {"out_channels": "$wide", "kernel_size": "${size - 2}"}},
    ]  # fmt: skip
    if squeezes:
        body.append({"SqueezeExcitation": {"input_channels": "$wide", "squeeze_channels": 1}})
    around = {"conv": {"out_channels": "$wide", "kernel_size": 1, "stride": "$stride"}}
    for _ in range(writing.number(1, 2)):
        width, stride = writing.number(1, 3), writing.number(1, 2)
        sizes = tuple((n - 1) // stride + 1 for n in writing.shape[1:])
        behind = (width * factor, *sizes)
        pattern = [p * stride for p in writing.pattern]
        if max(pattern) > 12:
            return
        writing.blocks[name] = {
            "parameters": {
                "width": "integer",
                "stride": 1,
                "changes": False,
                "wide": f"${{width * {factor}}}",
            },
            "layers": [
                {"residual": {
                    "body": body,
                    "shortcut": [{"when": {"condition": "$changes", "layers": [around]}}],
                }},
                "relu",
            ],
        }  # fmt: skip
        use = {"width": width, "stride": stride, "changes": behind != writing.shape}
        writing.pattern = pattern
        close(writing, name, use, behind)


def tokens(writing: Writing, depth: int) -> None:
    """Draw tokens of a map with attention, and what becomes of them: features, or a map again."""
    if writing.axes == 0:
        return
    channels, *sizes = writing.shape
    count = prod(sizes)
    inner = writing.inside()
    inner.is_map = False
    inner.shape = (count, channels)
    inner.entries = [{"flatten": {"start_dim": 2}}, {"permute": [0, 2, 1]}]
    has_class = writing.chance(3)
    if has_class:
        inner.entries.append("class_token")
        inner.shape = (count + 1, channels)
    for _ in range(writing.number(0, 2)):
        if writing.chance():
            kept_residual(inner, 0)
        else:
            inner.layer((*KEEPING, "linear"))
    width = inner.shape[1]
    end = writing.one_of(["map", "mean", "select"])
    if end == "map" and not has_class and min(sizes) > 1:  # nobody knows which axis a 1 is
        inner.entries += [{"permute": [0, 2, 1]}, {"reshape": [width, *sizes]}]
        writing.shape = (width, *sizes)
    elif end == "mean":
        inner.entries.append({"mean": 1})
        writing.shape = (width,)
    else:
        inner.entries.append({"select": {"dim": 1, "index": 0}})
        writing.shape = (width,)
    writing.is_map = len(writing.shape) > 1
    writing.entries += inner.entries


def channels_last(writing: Writing, depth: int) -> None:
    """Draw layers over the channels of a map whose channels are its last axis for a while."""
    axes, width = len(writing.shape), writing.number(1, 4)
    writing.entries += [
        {"permute": [0, *range(2, axes + 1), 1]},
        {"layer_norm": {"normalized_dims": 1}},
        {"linear": width},
        {"permute": [0, axes, *range(1, axes)]},
    ]
    writing.shape = (width, *writing.shape[1:])


def pyramid(writing: Writing, depth: int) -> None:
    """Draw features of a map pooled to several sizes, one behind the other (He et al. 2014)."""
    if writing.axes == 0:
        return
    paths, features = {}, 0
    for name in "abc"[: writing.number(1, 3)]:
        inner = writing.inside()
        if not inner.put("adaptive_max_pool", {"output_size": writing.number(1, 3)}):
            return
        paths[name] = [*inner.entries, "flatten"]
        features += prod(inner.shape)
    writing.entries.append({"branches": {"join": "concat", "paths": paths}})
    writing.shape, writing.is_map = (features,), False


def mixer(writing: Writing, depth: int) -> None:
    """Draw a linear layer over all positions, in a row (Tolstikhin et al. 2021)."""
    channels, *sizes = writing.shape
    if min(sizes, default=1) > 1:
        body = [{"linear": prod(sizes)}]
        writing.entries += [
            {"flatten": {"start_dim": 2}},
            writing.one_of([body[0], {"residual": body}]),
            {"reshape": [channels, *sizes]},
        ]


def heads(writing: Writing, shapes: list[tuple[int, Shape, bool]]) -> None:
    """End the network in features, and put auxiliary heads before some of its items."""
    classes = writing.number(1, 4)
    writing.entries += ["flatten", {"linear": classes}]
    for place, _, is_map in reversed(shapes):
        if is_map and writing.chance():
            fields: dict[str, Any] = {"layers": ["flatten", {"linear": classes}]}
            if writing.chance():
                fields["weight"] = 0.5
            writing.entries.insert(place, {"auxiliary": fields})


def _lcm(*ends: Writing) -> list[int]:
    """Return a bound on the pattern behind a join."""
    return [lcm(*each) for each in zip(*(end.pattern for end in ends), strict=True)]


GROUPS: tuple[Callable[[Writing, int], None], ...] = (
    *(residual, residual, branches, branches, skip, skip, repeat, when, share, block, tokens),
    *(channels_last, pyramid, mixer),
)
