"""What torch's modules and functions do to positions: one rule for each that a network may have."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it
from torchvision.ops import StochasticDepth

from tests.support.proof.along import (
    Along,
    adapted,
    averaged,
    convolved,
    convolved_back,
    max_pooled,
    padded,
    resized,
)
from tests.support.proof.linear_network import (
    Known,
    all_alike,
    constant,
    dropped,
    joined,
    passed_on,
    picked,
    rearranged,
    seen_whole,
    slid,
    told_globally,
)
from tests.support.proof.places import Shape

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
MAX_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
AVG_POOLS = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
ADAPTIVE = (
    *(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
    *(nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d),
)
INSTANCE_NORMS = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)
VALUE_BY_VALUE = (
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.GELU, nn.SiLU, nn.Mish),
    *(nn.Hardswish, nn.Hardsigmoid, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.Identity),
    *(nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, StochasticDepth),
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d),  # their statistics are constants
)
PADS = (nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d)


def known_of(
    node: torch.fx.Node,
    root: nn.Module,
    operands: dict[torch.fx.Node, Known],
    shape: Shape,
) -> Known:
    """Return what is known of the value that a node of torch's graph gives, of some shape."""
    if node.op == "get_attr":
        return constant(shape)
    if node.op == "call_module":
        layer = root.get_submodule(str(node.target))
        if isinstance(layer, nn.MultiheadAttention):
            return _attention(node, operands, shape, (0, 1))
        (fed,) = node.all_input_nodes
        return _module(layer, passed_on(fed, operands[fed], shape), operands[fed].shape)
    if node.op == "call_method":
        if node.target == "contiguous":
            return operands[node.all_input_nodes[0]]
        assert node.target == "expand_as", f"nothing is known of the gradient through {node.target}"
        return constant(shape)
    assert node.op == "call_function", node.op
    if node.target in JOINS:
        nodes = node.args[0] if node.target is torch.cat else node.args
        nodes = cast(Sequence[torch.fx.Node], nodes)
        dim = _dim(node.kwargs["dim"], shape) if node.target is torch.cat else None
        return joined(nodes, [operands[each] for each in nodes], shape, dim)
    if node.target is F.scaled_dot_product_attention:
        return _attention(node, operands, shape, (len(shape) - 2, len(shape) - 1))
    fed, *others = node.all_input_nodes
    is_known = not others and node.target in FUNCTIONS
    assert is_known, f"nothing is known of the gradient through {node.target}"
    known = passed_on(fed, operands[fed], shape)
    return FUNCTIONS[node.target](node, known, operands[fed].shape)


def _module(layer: Any, known: Known, before: Shape) -> Known:
    shape, every = known.shape, tuple(range(len(before)))
    rank, last = len(before) - 1, len(before) - 1
    if isinstance(layer, VALUE_BY_VALUE):
        return known
    if isinstance(layer, nn.Flatten):
        return rearranged(known, layer, before)
    if isinstance(layer, nn.GroupNorm):
        return told_globally(known, every)
    if isinstance(layer, INSTANCE_NORMS):
        return told_globally(known, every[1:])
    if isinstance(layer, nn.LayerNorm):
        return told_globally(known, every[-len(layer.normalized_shape) :])
    if isinstance(layer, nn.Softmax | nn.LogSoftmax):
        if len(before) == 1:
            return seen_whole(known, known.spreading([0]), shape[0])
        return told_globally(known, [_dim(cast(int, layer.dim), before)])
    if isinstance(layer, nn.Linear):
        if len(before) == 1:
            return seen_whole(known, known.lying(0), shape[0])
        return all_alike(known, known.lying(last))
    if isinstance(layer, nn.LocalResponseNorm | nn.ChannelShuffle):
        assert not known.spreading([0]), "nothing is known of neighbour channels that are positions"
        return known
    if isinstance(layer, nn.PixelShuffle | nn.PixelUnshuffle):
        assert not known.spreading([0])
        return slid(known, {dim: _dealt(layer) for dim in (1, 2)}, mixes=False)
    if isinstance(layer, PADS):
        return slid(known, _sides(layer.padding, last), mixes=False)
    if isinstance(layer, nn.Upsample):
        ways = {d: resized(before[d], shape[d], str(layer.mode)[-7:]) for d in every[1:]}
        return slid(known, {d: ways[d] for d in ways}, mixes=False)
    if isinstance(layer, ADAPTIVE):
        return slid(known, {d: adapted(before[d], shape[d]) for d in every[1:]}, mixes=False)
    if isinstance(layer, (*CONVOLUTIONS, *TRANSPOSED)):
        is_alone = before[0] == layer.groups == layer.out_channels
        assert is_alone or layer.groups == 1 or not known.spreading([0])
        return slid(known, _windows(layer, rank), mixes=not is_alone)
    if isinstance(layer, (*MAX_POOLS, *AVG_POOLS)):
        return slid(known, _windows(layer, rank), mixes=False)
    raise AssertionError(f"nothing is known of the gradient through {layer}")


def _windows(layer: Any, rank: int) -> dict[int, Along | None]:
    """Return what a sliding window does along each axis behind the channels."""
    ways: dict[int, Along | None] = {}
    for axis in range(rank):

        def one(name: str, axis: int = axis) -> Any:
            value = getattr(layer, name)
            return value[axis] if isinstance(value, tuple | list) else value

        kernel, stride, padding = one("kernel_size"), one("stride"), one("padding")
        if isinstance(layer, CONVOLUTIONS):
            way = convolved(kernel, stride, padding, one("dilation"))
        elif isinstance(layer, TRANSPOSED):
            way = convolved_back(kernel, stride, padding, one("output_padding"), one("dilation"))
        elif isinstance(layer, MAX_POOLS):
            way = max_pooled(kernel, stride, padding, one("dilation"), layer.ceil_mode)
        else:
            way = averaged(kernel, stride, padding, layer.ceil_mode)
        ways[1 + axis] = way
    return ways


def _dealt(layer: Any) -> Along:
    """Return pixels that become channels or the other way round; all channels count together."""
    if isinstance(layer, nn.PixelShuffle):
        return resized(1, layer.upscale_factor, "nearest")
    return convolved(layer.downscale_factor, layer.downscale_factor, 0, 1)


def _sides(flat: tuple[int, ...], last: int) -> dict[int, Along | None]:
    """Return paddings, which torch counts from the last axis on."""
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return {last - i: padded(*pair) if any(pair) else None for i, pair in enumerate(pairs)}


def _attention(
    node: torch.fx.Node,
    operands: dict[torch.fx.Node, Known],
    shape: Shape,
    dims: tuple[int, ...],
) -> Known:
    """Return the queries, told of all keys and values."""
    nodes = cast(Sequence[torch.fx.Node], node.args[:3])
    three = [operands[each] for each in nodes]
    sizes = [[place.positions for place in known.places] for known in three]
    if all(each == sizes[0] for each in sizes):
        known = joined(nodes, three, shape)
    else:
        known = replace(passed_on(nodes[0], three[0], shape), is_global=True)
    if any(each.is_global or each.spreading(dims) for each in three):
        known = replace(known, is_global=True)
    return known


def _narrowed(node: torch.fx.Node, known: Known, before: Shape) -> Known:
    said = node.kwargs
    dim = _dim(cast(int, said["dim"]), before)
    return picked(known, dim, cast(int, said["start"]), cast(int, said["length"]))


def _selected(node: torch.fx.Node, known: Known, before: Shape) -> Known:
    dim = _dim(cast(int, node.kwargs["dim"]), before)
    index = cast(int, node.kwargs["index"]) % before[dim]
    return dropped(picked(known, dim, index, 1), [dim])


def _averaged(node: torch.fx.Node, known: Known, before: Shape) -> Known:
    said = node.kwargs["dim"]
    dims = [_dim(dim, before) for dim in (said if isinstance(said, tuple) else (said,))]
    known = seen_whole(known, [axis for dim in dims for axis in known.lying(dim)], 1)
    return known if node.kwargs.get("keepdim") else dropped(known, dims)


def _rearranged(node: torch.fx.Node, known: Known, before: Shape) -> Known:
    function = cast(Callable[..., torch.Tensor], node.target)
    return rearranged(known, lambda values: function(values, **node.kwargs), before)


def _padded(node: torch.fx.Node, known: Known, before: Shape) -> Known:
    return slid(known, _sides(cast(Any, node.kwargs["pad"]), len(before) - 1), mixes=False)


def _dim(dim: Any, shape: Shape) -> int:
    """Return an axis, which torch counts with the batch, as one of a sample."""
    return int(dim) % (len(shape) + 1) - 1


JOINS = (torch.add, torch.mul, torch.cat)
FUNCTIONS: dict[Any, Callable[[torch.fx.Node, Known, Shape], Known]] = {
    torch.narrow: _narrowed,
    torch.select: _selected,
    torch.mean: _averaged,
    torch.permute: _rearranged,
    torch.reshape: _rearranged,
    F.pad: _padded,
    operator.getitem: lambda node, known, before: known,
}
