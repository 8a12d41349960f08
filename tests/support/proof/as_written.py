"""Entries as torch's modules with the very fields that are written, and no layer of ours asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it
from torchvision import ops

from archspec.layers import Shape
from tests.support.proof.following import BATCH
from tests.support.proof.own_files import with_own_files
from tests.support.proof.rows import Entry
from tests.support.proof.torch_modules import Expression, TorchModule, WithWeight, by_rank, plain


def layer_norm(input: Shape, fields: dict[str, Any]) -> nn.Module:
    named = {{"affine": "elementwise_affine"}.get(name, name): v for name, v in fields.items()}
    return nn.LayerNorm(input[-named.pop("normalized_dims", len(input)) :], **named)


def prelu(input: Shape, fields: dict[str, Any]) -> nn.Module:
    slopes = input[0] if fields.get("per_channel") else 1
    return nn.PReLU(slopes, **{name: v for name, v in fields.items() if name != "per_channel"})


def layer_scale(input: Shape, fields: dict[str, Any]) -> nn.Module:
    dim = fields.get("dim", 1)
    axis = dim % (len(input) + 1)
    shape = (input[axis - 1], *(1,) * (len(input) - axis))
    scaled = WithWeight(
        shape, lambda weight, x: (x.movedim(dim, -1) * weight.ravel()).movedim(-1, dim)
    )
    nn.init.constant_(scaled.weight, fields.get("init_value", 1e-6))
    return scaled


def class_token(input: Shape, fields: dict[str, Any]) -> nn.Module:
    def in_front(token: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        return torch.cat([token.repeat(len(tokens), 1, 1), tokens], 1)

    return WithWeight((1, 1, input[1]), in_front)


class Attention(nn.Module):
    """torch's attention of a query to the keys and values that are named, or to itself."""

    def __init__(self, input: Shape, fields: dict[str, Any]) -> None:
        super().__init__()
        widths: tuple[int, ...] = fields.get("widths", ())
        *_, keys, values = (input[1], input[1], *widths)
        others = ("key", "value", "widths")
        named = {name: value for name, value in fields.items() if name not in others}
        sizes: Any = {"embed_dim": input[1], "kdim": keys, "vdim": values}
        self.attention = nn.MultiheadAttention(**sizes, **named, batch_first=True)

    def forward(self, query: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        key, value = others or (query, query)
        return cast(torch.Tensor, self.attention(query, key, value, need_weights=False)[0])


class Slices(nn.Module):
    """The crop as Python's slices say it; margins as for ZeroPad2d, last axis first."""

    def __init__(self, input: Shape, fields: dict[str, Any]) -> None:
        super().__init__()
        margin = fields["margin"]
        flat = (margin,) * 2 * (len(input) - 1) if isinstance(margin, int) else margin
        before, after = flat[::2][::-1], flat[1::2][::-1]
        sizes = zip(before, after, input[1:], strict=True)
        self.kept = tuple(slice(b, n - a) for b, a, n in sizes)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return values[(slice(None), slice(None), *self.kept)]


TORCH: dict[str, TorchModule] = {
    "conv": by_rank("Conv", "in_channels"),
    "conv_transpose": by_rank("ConvTranspose", "in_channels"),
    "max_pool": by_rank("MaxPool"),
    "avg_pool": by_rank("AvgPool"),
    "gap": lambda input, fields: by_rank("AdaptiveAvgPool")(input, {"output_size": 1}),
    "adaptive_avg_pool": by_rank("AdaptiveAvgPool"),
    "adaptive_max_pool": by_rank("AdaptiveMaxPool"),
    "batch_norm": by_rank("BatchNorm", "num_features"),
    "group_norm": lambda input, fields: nn.GroupNorm(num_channels=input[0], **fields),
    "layer_norm": layer_norm,
    "instance_norm": by_rank("InstanceNorm", "num_features"),
    "relu": plain(nn.ReLU),
    "relu6": plain(nn.ReLU6),
    "leaky_relu": plain(nn.LeakyReLU),
    "elu": plain(nn.ELU),
    "selu": plain(nn.SELU),
    "gelu": plain(nn.GELU),
    "silu": plain(nn.SiLU),
    "mish": plain(nn.Mish),
    "hardswish": plain(nn.Hardswish),
    "hardsigmoid": plain(nn.Hardsigmoid),
    "sigmoid": plain(nn.Sigmoid),
    "tanh": plain(nn.Tanh),
    "prelu": prelu,
    "softplus": plain(nn.Softplus),
    # Over three axes torch's own wants the order of the axes in memory, too.
    "local_response_norm": lambda input, fields: Expression(
        lambda x: F.local_response_norm(x.contiguous(), **fields)
    ),
    "softmax": lambda input, fields: nn.Softmax(**{"dim": 1, **fields}),
    "log_softmax": lambda input, fields: nn.LogSoftmax(**{"dim": 1, **fields}),
    "stochastic_depth": lambda input, fields: ops.StochasticDepth(fields["p"], "row"),
    "layer_scale": layer_scale,
    "scaled_dot_product": lambda input, fields: Expression(
        lambda q, k, v: F.scaled_dot_product_attention(
            q, k, v, is_causal=fields.get("is_causal", False)
        )
    ),
    "multi_head_attention": Attention,
    "class_token": class_token,
    "positional_embedding": lambda input, fields: WithWeight((1, *input), lambda w, x: x + w),
    "permute": lambda input, fields: Expression(lambda x: x.permute(fields["dims"])),
    "reshape": lambda input, fields: Expression(lambda x: x.reshape(len(x), *fields["shape"])),
    "split": lambda input, fields: Expression(
        lambda x: x.chunk(fields["sections"], 1)[fields["index"]]
    ),
    "select": lambda input, fields: Expression(lambda x: x.select(**fields)),
    "mean": lambda input, fields: Expression(lambda x: x.mean(**fields)),
    "channel_shuffle": plain(nn.ChannelShuffle),
    "pixel_shuffle": plain(nn.PixelShuffle),
    "pixel_unshuffle": plain(nn.PixelUnshuffle),
    "add": lambda input, fields: Expression(lambda *values: sum(values[1:], values[0])),
    "multiply": lambda input, fields: Expression(lambda *values: reduce(torch.mul, values)),
    "concat": lambda input, fields: Expression(
        lambda *values: torch.cat(values, fields.get("dim", 1))
    ),
    "dropout": plain(nn.Dropout),
    "spatial_dropout": by_rank("Dropout"),
    "linear": lambda input, fields: nn.Linear(in_features=input[-1], **fields),
    "flatten": plain(nn.Flatten),
    "upsample": plain(nn.Upsample),
    "zero_pad": by_rank("ZeroPad"),
    "crop": Slices,
    "identity": plain(nn.Identity),
}
"""Kind → torch's module for an input, made of the fields as they are written."""
TORCH = with_own_files(TORCH, "TORCH")

FOLLOWERS: dict[str, Callable[[Shape, Any], nn.Module]] = {
    "norm": lambda input, value: {
        "batch": lambda: TORCH["batch_norm"](input, {}),
        "group": lambda: TORCH["group_norm"](input, {"num_groups": value["group"]}),
        "instance": lambda: TORCH["instance_norm"](input, {}),
        "layer": lambda: TORCH["layer_norm"](input, {}),
    }[value if isinstance(value, str) else next(iter(value))](),
    "activation": lambda input, value: TORCH[value](input, {}),
    "dropout": lambda input, value: nn.Dropout(value),
}
"""What the rows above carry in one entry."""


def fed_by(fields: dict[str, Any]) -> list[str]:
    """Return the ids of what feeds an entry."""
    if "inputs" in fields:
        inputs = list(fields["inputs"])
        return inputs if "previous" in inputs else ["previous", *inputs]
    if "key" in fields or "value" in fields:
        key = fields.get("key", "previous")
        return ["previous", key, fields.get("value", key)]
    return ["previous"]


class Written(nn.Module):
    """torch's modules with the fields of some entries, fed as their ids say.

    What is shared is made once more, and takes over the tensors of the first.
    """

    def __init__(self, entries: Iterable[Entry], input: Shape) -> None:
        super().__init__()
        self.steps = nn.ModuleList()
        self.ids: list[str] = []
        self.feeds: list[list[str]] = []
        self.first: list[int] = []
        made: list[tuple[str, dict[str, Any]]] = []
        values = torch.zeros(BATCH, *input)
        shapes: dict[str, Shape] = {}
        for entry in entries:
            shape = tuple(self.eval()(values).shape[1:])
            shapes |= {"previous": shape} | dict.fromkeys(self.ids[-1:], shape)
            ((kind, fields),) = entry.items()
            first = len(made)
            if kind == "share":
                first = self.ids.index(str(fields))
                kind, fields = made[first]
            made.append((kind, fields))
            self.first.append(first)
            own = {name: value for name, value in fields.items() if name != "id"}
            if kind == "multi_head_attention":
                own["widths"] = tuple(shapes[id][-1] for id in fed_by(fields))
            self.steps.append(one_as_written(kind, own, shape))
            self.ids.append(fields.get("id", "") if first == len(made) - 1 else "")
            self.feeds.append(fed_by(fields))
            self.steps[-1].load_state_dict(self.steps[first].state_dict())

    def take(self, tensors: Iterable[torch.Tensor]) -> None:
        """Fill the tensors of all steps that are not shared ones, in their order."""
        waiting = iter(tensors)
        for step, first in zip(self.steps, self.first, strict=True):
            other = self.steps[first]
            given = other.state_dict()
            if step is other:
                given = {name: next(waiting) for name in given}
            step.load_state_dict(given)
        assert not list(waiting), "torch has fewer tensors"

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        known = {}
        for step, id, feeds in zip(self.steps, self.ids, self.feeds, strict=True):
            known["previous"] = values
            values = step(*(known[name] for name in feeds))
            known[id] = values
        return values


def _filled(kind: str, input: Shape, fields: dict[str, Any]) -> nn.Module:
    """Return torch's module of a kind, its tensors filled as `init` says."""
    inits = fields.get("init", {}) if isinstance(fields.get("init"), dict) else None
    own = {name: value for name, value in fields.items() if name != "init" or inits is None}
    module = TORCH[kind](input, own)
    params = dict(module.named_parameters())
    for tensor, call in (inits or {}).items():
        ((name, arguments),) = call.items() if isinstance(call, dict) else ((call, {}),)
        own_name = tensor if tensor in params else f"attention.{tensor}"
        getattr(nn.init, name)(params[own_name], **arguments)
    return module


def one_as_written(kind: str, fields: dict[str, Any], input: Shape) -> nn.Module:
    """Return torch's module with the fields of an entry, followers and all."""
    is_list = {"order", "inputs"}
    is_tuple = {"shape", "dims", "widths"}  # a list of one is a number elsewhere
    written = {
        name: tuple(v) if isinstance(v, list) and name not in is_list else v
        for name, v in fields.items()
    }
    for name, v in written.items():
        if isinstance(v, tuple) and len(v) == 1 and name not in is_tuple:
            written[name] = v[0]
    order = written.pop("order", (kind, "norm", "activation", "dropout"))
    carries = kind in ("conv", "conv_transpose", "linear")  # elsewhere `dropout` is a number
    carried = [name for name in FOLLOWERS if carries and name in written]
    followers = {name: written.pop(name) for name in carried}
    if not followers:
        return _filled(kind, input, written)
    parts: list[nn.Module] = []
    shape = input
    for part in order:
        if part not in FOLLOWERS:
            parts.append(_filled(kind, shape, written))
            shape = tuple(parts[-1](torch.zeros(BATCH, *shape)).shape[1:])
        elif part in followers:
            parts.append(FOLLOWERS[part](shape, followers[part]))
    return nn.Sequential(*parts)
