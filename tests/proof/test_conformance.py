"""Every layer, alone, against torch in all respects: a row or more for each registered kind.

A new layer passes here or is not merged; a kind without a row fails.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
import yaml
from torch import nn

from archspec.analysis import Analysis
from archspec.layers import REGISTRY, Shape
from archspec.layers.fields import field_types
from archspec.runtime.build import build
from tests.ladder import analysis_of
from tests.proof.against_torch import (
    BATCH,
    assert_receptive_field,
    assert_same_as_torch,
    steps_of,
)

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

FEATURES, LINE, MAP, VOLUME = (6,), (4, 12), (4, 9, 11), (2, 5, 6, 7)
EVERY_INPUT = (FEATURES, LINE, MAP, VOLUME)
SPATIAL = (LINE, MAP, VOLUME)
BOTH: dict[str, Any] = {"out_channels": 4}


@dataclass(frozen=True)
class Row:
    """Fields of a layer and the inputs on which it is held against torch."""

    fields: dict[str, Any] = field(default_factory=dict)
    inputs: tuple[Shape, ...] = EVERY_INPUT


def spatial(*rows: dict[str, Any]) -> list[Row]:
    """Return rows for inputs of 1, 2 and 3 axes."""
    return [Row(fields, SPATIAL) for fields in rows]


def alike(*rows: dict[str, Any]) -> list[Row]:
    """Return rows for every input, features too."""
    return [Row(fields) for fields in rows]


POOLS = (
    *({"kernel_size": 2}, {"kernel_size": 3, "stride": 2}, {"kernel_size": 3, "padding": 1}),
    *({"kernel_size": 2, "stride": 2, "ceil_mode": True}, {"kernel_size": 1, "stride": 3}),
    {"kernel_size": 4, "stride": 3, "padding": 2, "ceil_mode": True},
)
ROWS: dict[str, list[Row]] = {
    "conv": [
        *spatial(
            BOTH | {"kernel_size": 3},
            BOTH | {"kernel_size": 3, "stride": 2, "padding": 1, "bias": False},
            BOTH | {"kernel_size": 3, "dilation": 2, "padding": 1, "groups": 2},
            BOTH | {"kernel_size": 4, "padding": "same"},
            BOTH | {"kernel_size": 2, "padding": "valid", "dilation": 3},
            BOTH | {"kernel_size": 2, "padding": "same", "dilation": 3},
            BOTH | {"kernel_size": 3, "padding": 2, "padding_mode": "reflect"},
            BOTH | {"kernel_size": 3, "padding": 2, "padding_mode": "replicate"},
            BOTH | {"kernel_size": 3, "padding": 2, "padding_mode": "circular"},
            BOTH | {"kernel_size": 2, "padding": "same", "padding_mode": "reflect"},
            BOTH | {"kernel_size": 1, "norm": "batch", "activation": "relu", "dropout": 0.1},
            BOTH | {"kernel_size": 2, "norm": {"group": 2}, "order": ["norm", "conv"]},
        ),
        Row(BOTH | {"kernel_size": [3, 2], "stride": [1, 2], "padding": [0, 1]}, (MAP,)),
        Row({"out_channels": 3, "kernel_size": [1, 2, 3], "dilation": [1, 2, 1]}, (VOLUME,)),
    ],
    "conv_transpose": [
        *spatial(
            BOTH | {"kernel_size": 3},
            BOTH | {"kernel_size": 4, "stride": 2, "padding": 1, "bias": False},
            BOTH | {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
            BOTH | {"kernel_size": 2, "stride": 3, "groups": 2},
            BOTH | {"kernel_size": 3, "stride": 2, "dilation": 3, "output_padding": 2},
            BOTH | {"kernel_size": 2, "norm": "instance", "activation": "prelu"},
        ),
        Row({"out_channels": 3, "kernel_size": [3, 2], "stride": [1, 2]}, (MAP,)),
    ],
    "max_pool": spatial(
        *POOLS,
        {"kernel_size": 2, "dilation": 3},
        {"kernel_size": 3, "dilation": 2, "padding": 1, "stride": 2, "ceil_mode": True},
    ),
    "avg_pool": spatial(*POOLS, {"kernel_size": 3, "padding": 1, "count_include_pad": False}),
    "gap": spatial({}),
    "adaptive_avg_pool": [*spatial({"output_size": 1}, {"output_size": 3}, {"output_size": 5}),
                          Row({"output_size": [2, 11]}, (MAP,))],
    "adaptive_max_pool": [*spatial({"output_size": 1}, {"output_size": 3}, {"output_size": 5}),
                          Row({"output_size": [10, 4]}, (MAP,))],
    "batch_norm": alike({}, {"affine": False}, {"eps": 0.001, "momentum": 0.01}),
    "group_norm": alike({"num_groups": 2}, {"num_groups": 1, "affine": False, "eps": 0.001}),
    "layer_norm": alike({}, {"affine": False, "eps": 0.001}),
    "instance_norm": spatial({}, {"affine": True, "eps": 0.001}),
    "relu": alike({}),
    "relu6": alike({}),
    "leaky_relu": alike({}, {"negative_slope": 0.2}),
    "elu": alike({}, {"alpha": 0.5}),
    "selu": alike({}),
    "gelu": alike({}, {"approximate": "tanh"}),
    "silu": alike({}),
    "mish": alike({}),
    "hardswish": alike({}),
    "hardsigmoid": alike({}),
    "sigmoid": alike({}),
    "tanh": alike({}),
    "prelu": alike({}, {"per_channel": True, "init": 0.1}),
    "softplus": alike({}, {"beta": 2, "threshold": 10}),
    "softmax": alike({}),
    "log_softmax": alike({}),
    "dropout": alike({}, {"p": 0}),
    "spatial_dropout": spatial({}, {"p": 0.1}),
    "linear": [
        Row({"out_features": 5}, (FEATURES, LINE)),
        Row({"out_features": 5, "bias": False}, (FEATURES, LINE)),
        Row({"out_features": 5, "norm": "batch", "activation": "gelu"}, (FEATURES, LINE)),
    ],
    "flatten": alike({}),
    "upsample": [
        *spatial({"scale_factor": 2}, {"scale_factor": 3}, {"size": 8}, {"size": 13}),
        Row({"scale_factor": [2, 3]}, (MAP,)),
        *(Row({"size": size, "mode": "linear"}, (LINE,)) for size in (24, 18, 7)),
        *(Row({"size": size, "mode": "bilinear"}, (MAP,)) for size in (18, [27, 11], [4, 5])),
        *(Row({"size": size, "mode": "trilinear"}, (VOLUME,)) for size in (10, [5, 3, 9])),
    ],
    "zero_pad": [*spatial({"padding": 2}), Row({"padding": [1, 2]}, (LINE,)),
                 Row({"padding": [0, 1, 2, 3]}, (MAP,)),
                 Row({"padding": [0, 1, 2, 3, 4, 5]}, (VOLUME,))],
    "crop": [*spatial({"margin": 1}), Row({"margin": [1, 2]}, (LINE,)),
             Row({"margin": [0, 1, 2, 3]}, (MAP,)),
             Row({"margin": [0, 1, 2, 3, 1, 0]}, (VOLUME,))],
    "identity": alike({}),
}  # fmt: skip
"""Kind → rows. A new kind gets its row here."""


TorchModule = Callable[[Shape, dict[str, Any]], nn.Module]


def by_rank(name: str, *channels: str) -> TorchModule:
    """Return torch.nn's class of a name for the input's axes, given the channels where it asks."""

    def module(input: Shape, fields: dict[str, Any]) -> nn.Module:
        made: nn.Module = getattr(nn, f"{name}{max(1, len(input) - 1)}d")(
            **dict.fromkeys(channels, input[0]), **fields
        )
        return made

    return module


def plain(module: type[nn.Module], **always: Any) -> TorchModule:
    """Return one class of torch.nn for every input."""
    return lambda input, fields: module(**always, **fields)


def layer_norm(input: Shape, fields: dict[str, Any]) -> nn.Module:
    named = {{"affine": "elementwise_affine"}.get(name, name): v for name, v in fields.items()}
    return nn.LayerNorm(input, **named)


def prelu(input: Shape, fields: dict[str, Any]) -> nn.Module:
    slopes = input[0] if fields.get("per_channel") else 1
    return nn.PReLU(slopes, **{name: v for name, v in fields.items() if name != "per_channel"})


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
    "softmax": plain(nn.Softmax, dim=1),
    "log_softmax": plain(nn.LogSoftmax, dim=1),
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

FOLLOWERS: dict[str, Callable[[Shape, Any], nn.Module]] = {
    "norm": lambda input, value: {
        "batch": lambda: TORCH["batch_norm"](input, {}),
        "group": lambda: TORCH["group_norm"](input, {"num_groups": 2}),
        "instance": lambda: TORCH["instance_norm"](input, {}),
    }[value if isinstance(value, str) else next(iter(value))](),
    "activation": lambda input, value: TORCH[value](input, {}),
    "dropout": lambda input, value: nn.Dropout(value),
}
"""What the rows above carry in one entry."""


def every_row() -> list[Any]:
    """Return kind, fields and input of each row, with a readable id."""
    return [
        pytest.param(kind, row.fields, input, id=f"{kind}-{said(row)}-{len(input) - 1}d")
        for kind, rows in ROWS.items()
        for row in rows
        for input in row.inputs
    ]


def said(row: Row) -> str:
    """Return the fields of a row as part of a test's id."""
    return ",".join(f"{name}={value}" for name, value in row.fields.items()) or "plain"


def one_row_each() -> list[Any]:
    """Return kind, fields and input of the last row of each kind."""
    return [
        pytest.param(kind, rows[-1].fields, rows[-1].inputs[-1], id=kind)
        for kind, rows in ROWS.items()
    ]


def network_of(kind: str, fields: dict[str, Any], input: Shape) -> Analysis:
    """Analyze a network of this one layer."""
    spec = {"archspec": 1, "input": list(input), "layers": [{kind: fields}]}
    return analysis_of(yaml.safe_dump(spec))


def as_written(kind: str, fields: dict[str, Any], input: Shape) -> nn.Module:
    """Return torch's module with the fields of a row, followers and all."""
    written = {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()}
    order = written.pop("order", (kind, "norm", "activation", "dropout"))
    followers = {name: written.pop(name) for name in ("norm", "activation", "dropout")
                 if name in written}  # fmt: skip
    parts: list[nn.Module] = []
    shape = input
    for part in order:
        if part not in FOLLOWERS:
            parts.append(TORCH[kind](shape, written))
            shape = tuple(parts[-1](torch.zeros(BATCH, *shape)).shape[1:])
        elif part in followers:
            parts.append(FOLLOWERS[part](shape, followers[part]))
    return nn.Sequential(*parts)


def test_every_registered_kind_has_a_row() -> None:
    assert set(ROWS) == set(TORCH) == set(REGISTRY)


@pytest.mark.parametrize(("kind", "fields", "input"), every_row())
def test_a_layer_alone_is_what_torch_makes_of_it(
    kind: str, fields: dict[str, Any], input: Shape
) -> None:
    analysis = network_of(kind, fields, input)

    module = assert_same_as_torch(analysis)
    assert_receptive_field(analysis)
    assert_kernel_and_stride_are_torchs(analysis, module)
    assert_pickles(module, input)


@pytest.mark.parametrize(("kind", "fields", "input"), every_row())
def test_fields_mean_what_torch_means_by_them(
    kind: str, fields: dict[str, Any], input: Shape
) -> None:
    """Written fields go to torch's class as they are: names, meanings and defaults are its own."""
    ours = build(network_of(kind, fields, input)).eval()
    torchs = as_written(kind, fields, input).eval()
    torchs.load_state_dict(dict(zip(torchs.state_dict(), ours.state_dict().values(), strict=True)))
    values = torch.randn(BATCH, *input)

    torch.testing.assert_close(ours(values), torchs(values), rtol=0, atol=0)


@pytest.mark.parametrize(("kind", "fields", "input"), one_row_each())
def test_a_layer_alone_goes_through_torch_export(
    kind: str, fields: dict[str, Any], input: Shape
) -> None:
    module = build(network_of(kind, fields, input)).eval()
    values = torch.randn(BATCH, *input)

    exported = torch.export.export(module, (values,))

    torch.testing.assert_close(exported.module()(values), module(values))
    assert set(exported.state_dict) == set(module.state_dict())


@pytest.mark.parametrize(("kind", "fields", "input"), one_row_each())
def test_every_field_of_a_kind_stands_in_some_row(
    kind: str, fields: dict[str, Any], input: Shape
) -> None:
    declared = set(field_types(REGISTRY[kind]))
    written = {name for row in ROWS[kind] for name in row.fields}
    carried = {"norm", "activation", "dropout", "order"}  # as for conv

    assert declared - written <= (carried if kind in ("conv_transpose", "linear") else set())


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        *(("group_norm", {"num_groups": groups}) for groups in (1, 4)),
        *((kind, {}) for kind in ("layer_norm", "instance_norm")),
        *((kind, {}) for kind in ("batch_norm", "relu", "softmax", "identity")),
        ("conv", {"out_channels": 2, "kernel_size": 3}),
        ("max_pool", {"kernel_size": 2}),
    ],
)
def test_a_layer_is_global_when_a_corner_sees_the_opposite_one(
    kind: str, fields: dict[str, Any]
) -> None:
    analysis = network_of(kind, fields, MAP)
    values = torch.rand(1, *MAP, dtype=torch.float64, requires_grad=True)
    output = build(analysis).eval().double()(values)

    (gradient,) = torch.autograd.grad(output[0, :, 0, 0].square().sum(), values)

    assert analysis.receptive_field.is_global == bool((gradient[0, :, -1, -1] != 0).any())


def assert_kernel_and_stride_are_torchs(analysis: Analysis, module: torch.nn.Module) -> None:
    """Hold the kernel and stride that a table shows against the attributes of torch's module."""
    for step, facts in zip(steps_of(analysis, module), analysis.nodes, strict=True):
        for name, said in (("kernel_size", facts.kernel), ("stride", facts.stride)):
            torchs = getattr(step.layer, name, None)
            expected = (torchs,) * (len(step.before) - 1) if isinstance(torchs, int) else torchs
            if facts.kind == "gap" and name == "kernel_size":
                expected = step.before[1:]
            assert said == expected


def assert_pickles(module: torch.nn.Module, input: Shape) -> None:
    """Hold a module that went through pickle against the module."""
    values = torch.randn(BATCH, *input)
    again = pickle.loads(pickle.dumps(module))

    assert list(again.state_dict()) == list(module.state_dict())
    torch.testing.assert_close(again(values), module(values))
