"""Every layer, alone, against torch in all respects: a row or more for each registered kind.

A new layer passes here or is not merged; a kind without a row fails. Its rows and its module of
torch stand in its own test file, tests/layers/test_*.py, or below.
"""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import torch
import yaml

from archspec.analysis import Analysis
from archspec.layers import REGISTRY, Shape
from archspec.layers.fields import field_types
from archspec.runtime.build import build
from tests.support.ladder import analysis_of
from tests.support.proof.against_torch import assert_same_as_torch
from tests.support.proof.as_written import TORCH, Written
from tests.support.proof.following import BATCH, steps_of
from tests.support.proof.gradient_field import assert_receptive_field
from tests.support.proof.own_files import with_own_files
from tests.support.proof.rows import (
    FEATURES,
    FILLED,
    FILLED_AFFINE,
    GATE,
    LINE,
    MAP,
    MEMORY,
    SKIP,
    SPATIAL,
    TOKENS,
    TURNED,
    VOLUME,
    Row,
    alike,
    on_a_map,
    spatial,
)

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

BOTH: dict[str, Any] = {"out_channels": 4}
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
            BOTH | {"kernel_size": 2, "init": FILLED},
        ),
        Row(BOTH | {"kernel_size": [3, 2], "stride": [1, 2], "padding": [0, 1]}, (MAP,)),
        Row({"out_channels": 3, "kernel_size": [1, 2, 3], "dilation": [1, 2, 1]}, (VOLUME,)),
        Row({"out_channels": 9, "kernel_size": 3}, (MAP,), TURNED),
        Row({"out_channels": 9, "kernel_size": 3, "groups": 9}, (MAP,), TURNED),
    ],
    "conv_transpose": [
        *spatial(
            BOTH | {"kernel_size": 3},
            BOTH | {"kernel_size": 4, "stride": 2, "padding": 1, "bias": False},
            BOTH | {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
            BOTH | {"kernel_size": 2, "stride": 3, "groups": 2},
            BOTH | {"kernel_size": 3, "stride": 2, "dilation": 3, "output_padding": 2},
            BOTH | {"kernel_size": 2, "norm": "instance", "activation": "prelu"},
            BOTH | {"kernel_size": 2, "init": FILLED},
        ),
        Row({"out_channels": 3, "kernel_size": [3, 2], "stride": [1, 2]}, (MAP,)),
        Row({"out_channels": 9, "kernel_size": 3, "groups": 9}, (MAP,), TURNED),
        Row({"out_channels": 9, "kernel_size": 3, "stride": 2}, (MAP,), TURNED),
    ],
    "max_pool": [
        *spatial(
            *POOLS,
            {"kernel_size": 2, "dilation": 3},
            {"kernel_size": 3, "dilation": 2, "padding": 1, "stride": 2, "ceil_mode": True},
        ),
        Row({"kernel_size": 2}, (MAP,), TURNED),
    ],
    "avg_pool": [*spatial(*POOLS, {"kernel_size": 3, "padding": 1, "count_include_pad": False}),
                 Row({"kernel_size": 2}, (MAP,), TURNED)],
    "gap": spatial({}),
    "adaptive_avg_pool": [*spatial({"output_size": 1}, {"output_size": 3}, {"output_size": 5}),
                          Row({"output_size": [2, 11]}, (MAP,)),
                          Row({"output_size": 3}, (MAP,), TURNED)],
    "adaptive_max_pool": [*spatial({"output_size": 1}, {"output_size": 3}, {"output_size": 5}),
                          Row({"output_size": [10, 4]}, (MAP,))],
    "batch_norm": alike({}, {"affine": False}, {"eps": 0.001, "momentum": 0.01},
                        {"init": FILLED_AFFINE}),
    "group_norm": alike({"num_groups": 2}, {"num_groups": 1, "affine": False, "eps": 0.001},
                        {"num_groups": 2, "init": FILLED_AFFINE}),
    "layer_norm": [*alike({}, {"affine": False, "eps": 0.001}, {"normalized_dims": 1}),
                   *on_a_map({"normalized_dims": 2, "init": FILLED_AFFINE}),
                   Row({"normalized_dims": 1}, (MAP,), TOKENS)],
    "instance_norm": spatial({}, {"affine": True, "eps": 0.001},
                             {"affine": True, "init": FILLED_AFFINE}),
    "local_response_norm": spatial({"size": 3},
                                   {"size": 2, "alpha": 0.1, "beta": 0.5, "k": 2}),
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
    "softmax": [*alike({}, {"dim": -1}), *on_a_map({"dim": 2}),
                Row({"dim": 1}, (MAP,), TOKENS), Row({"dim": 2}, (MAP,), TOKENS)],
    "log_softmax": [*alike({}, {"dim": -1}), *on_a_map({"dim": 2})],
    "dropout": alike({}, {"p": 0}),
    "spatial_dropout": spatial({}, {"p": 0.1}),
    "stochastic_depth": alike({"p": 0.2}, {"p": 0.5, "depth": 3, "of": 4}),
    "layer_scale": [*alike({}, {"dim": -1, "init_value": 0.1}), *on_a_map({"dim": 2})],
    "linear": [
        Row({"out_features": 5}, (FEATURES, LINE)),
        Row({"out_features": 5, "bias": False}, (FEATURES, LINE)),
        Row({"out_features": 5, "norm": "batch", "activation": "gelu"}, (FEATURES, LINE)),
        Row({"out_features": 5, "init": FILLED}, (FEATURES, LINE)),
        Row({"out_features": 5, "norm": "batch"}, (MAP,), TOKENS),
        Row({"out_features": 5, "norm": "layer"}, (MAP,), ({"permute": {"dims": [0, 2, 3, 1]}},)),
    ],
    "multi_head_attention": [
        Row({"num_heads": 2}, (LINE,)),
        Row({"num_heads": 2, "bias": False, "dropout": 0.1}, (MAP,), TOKENS),
        Row({"num_heads": 4, "key": "memory", "value": "memory"}, (MAP,), MEMORY),
        Row({"num_heads": 2, "key": "wide", "value": "memory"}, (MAP,), MEMORY),
        Row({"num_heads": 1, "key": "wide", "bias": False}, (MAP,), MEMORY),
        Row({"num_heads": 2, "value": "wide", "init": {"q_proj_weight": "xavier_uniform_"}},
            (MAP,), MEMORY),
    ],
    "scaled_dot_product": [
        Row({"key": "memory", "value": "wide"}, (MAP,), MEMORY),
        Row({"key": "memory", "value": "memory", "is_causal": True}, (MAP,), MEMORY),
        Row({"key": "skip", "value": "skip"}, (MAP,), SKIP),
    ],
    "class_token": [Row({}, (MAP,), TOKENS),
                    Row({"init": {"weight": {"normal_": {"std": 0.02}}}}, (MAP,), TOKENS)],
    "positional_embedding": [*alike({}, {"init": {"weight": {"trunc_normal_": {"std": 0.02}}}}),
                             Row({}, (MAP,), TOKENS)],
    "flatten": [*alike({}),
                *on_a_map({"start_dim": 2}, {"start_dim": 1, "end_dim": 2},
                          {"start_dim": 2, "end_dim": -1})],
    "permute": [Row({"dims": [0, 2, 1]}, (LINE,)),
                *on_a_map({"dims": [0, 2, 3, 1]}, {"dims": [0, 1, 3, 2]}, {"dims": [0, -1, 2, 1]}),
                Row({"dims": [0, 1]}, (FEATURES,))],
    "reshape": [Row({"shape": [2, 3]}, (FEATURES,)), Row({"shape": [-1, 1, 1]}, (FEATURES,)),
                *on_a_map({"shape": [-1]}, {"shape": [4, 99]}, {"shape": [2, -1, 9, 11]},
                          {"shape": [4, 3, 3, 11]})],
    "split": [*alike({"sections": 2, "index": 0}, {"sections": 2, "index": 1}),
              Row({"sections": 3, "index": 2}, (MAP,), TURNED)],
    "select": [Row({"dim": 1, "index": 0}, (LINE,)),
               *on_a_map({"dim": 1, "index": -1}, {"dim": 2, "index": 3}, {"dim": -1, "index": 4}),
               Row({"dim": 1, "index": 0}, (MAP,), TURNED),
               Row({"dim": 2, "index": 0}, (MAP,), TOKENS)],
    "mean": [*alike({"dim": 1, "keepdim": True}),
             *on_a_map({"dim": [2, 3]}, {"dim": [2, 3], "keepdim": True}, {"dim": -1}, {"dim": 1}),
             Row({"dim": 1}, (MAP,), TOKENS),
             Row({"dim": 2}, (MAP,), ({"reshape": {"shape": [4, 99]}},)),
             Row({"dim": 3}, (MAP,), ({"reshape": {"shape": [2, 2, -1, 11]}},))],
    "channel_shuffle": spatial({"groups": 2}, {"groups": 1}),
    "pixel_shuffle": on_a_map({"upscale_factor": 2}, {"upscale_factor": 1}),
    "pixel_unshuffle": [Row({"downscale_factor": 2}, ((3, 8, 12),)),
                        Row({"downscale_factor": 3}, ((2, 9, 12),))],
    "add": [Row({"inputs": ["skip"]}, before=SKIP),
            Row({"inputs": ["skip", "previous", "skip"]}, (MAP,), SKIP),
            Row({"inputs": ["skip"], "broadcast": True}, SPATIAL, GATE)],
    "multiply": [Row({"inputs": ["skip"]}, before=SKIP), Row({"inputs": ["skip"]}, SPATIAL, GATE)],
    "concat": [Row({"inputs": ["skip"]}, before=SKIP),
               Row({"inputs": ["skip", "previous"]}, (MAP,), SKIP),
               Row({"inputs": ["skip"], "dim": 2}, (MAP,), (*TOKENS, *SKIP))],
    "upsample": [
        *spatial({"scale_factor": 2}, {"scale_factor": 3}, {"size": 8}, {"size": 13}),
        Row({"scale_factor": [2, 3]}, (MAP,)),
        Row({"scale_factor": 2}, (MAP,), TURNED),
        *(Row({"size": size, "mode": "linear"}, (LINE,)) for size in (24, 18, 7)),
        *(Row({"size": size, "mode": "bilinear"}, (MAP,)) for size in (18, [27, 11], [4, 5])),
        *(Row({"size": size, "mode": "trilinear"}, (VOLUME,)) for size in (10, [5, 3, 9])),
    ],
    "zero_pad": [*spatial({"padding": 2}), Row({"padding": [1, 2]}, (LINE,)),
                 Row({"padding": [0, 1, 2, 3]}, (MAP,)),
                 Row({"padding": [0, 1, 2, 3, 4, 5]}, (VOLUME,)),
                 Row({"padding": 1}, (MAP,), TURNED)],
    "crop": [*spatial({"margin": 1}), Row({"margin": [1, 2]}, (LINE,)),
             Row({"margin": [0, 1, 2, 3]}, (MAP,)),
             Row({"margin": [0, 1, 2, 3, 1, 0]}, (VOLUME,)),
             Row({"margin": 1}, (MAP,), TURNED)],
    "identity": alike({}),
}  # fmt: skip
"""Kind → rows. A new kind has them in its own test file."""
ROWS = with_own_files(ROWS, "ROWS")


def every_row() -> list[Any]:
    """Return kind, row and input of each row, with a readable id."""
    return [
        pytest.param(kind, row, input, id=f"{kind}-{said(row)}-{len(input) - 1}d")
        for kind, rows in ROWS.items()
        for row in rows
        for input in row.inputs
    ]


def said(row: Row) -> str:
    """Return the fields of a row, and what stands before it, as part of a test's id."""
    before = "".join(f"{kind}>" for entry in row.before for kind in entry)
    return before + (",".join(f"{name}={value}" for name, value in row.fields.items()) or "plain")


def one_row_each() -> list[Any]:
    """Return kind, row and input of the last row of each kind."""
    return [
        pytest.param(kind, rows[-1], rows[-1].inputs[-1], id=kind) for kind, rows in ROWS.items()
    ]


def network_of(kind: str, row: Row, input: Shape) -> Analysis:
    """Analyze a network of this one layer, and of what stands before it."""
    entries = [*row.before, {kind: row.fields}]
    return analysis_of(
        yaml.safe_dump({"archspec": 1, "input": list(input), "layers": entries}, sort_keys=False)
    )


def test_every_registered_kind_has_a_row() -> None:
    assert set(ROWS) == set(TORCH) == set(REGISTRY)


@pytest.mark.parametrize(("kind", "row", "input"), every_row())
def test_a_layer_alone_is_what_torch_makes_of_it(kind: str, row: Row, input: Shape) -> None:
    analysis = network_of(kind, row, input)

    module = assert_same_as_torch(analysis)
    assert_receptive_field(analysis)
    assert_kernel_and_stride_are_torchs(analysis, module)
    assert_pickles(module, input)


@pytest.mark.parametrize(("kind", "row", "input"), every_row())
def test_fields_mean_what_torch_means_by_them(kind: str, row: Row, input: Shape) -> None:
    """Written fields go to torch's class as they are: names, meanings and defaults are its own."""
    ours = build(network_of(kind, row, input)).eval()
    torchs = Written((*row.before, {kind: row.fields}), input).eval()
    torchs.take(ours.state_dict().values())
    values = torch.randn(BATCH, *input)

    torch.testing.assert_close(ours(values), torchs(values), rtol=0, atol=0)


@pytest.mark.parametrize(("kind", "row", "input"), one_row_each())
def test_a_layer_alone_goes_through_torch_export(kind: str, row: Row, input: Shape) -> None:
    module = build(network_of(kind, row, input)).eval()
    values = torch.randn(BATCH, *input)

    exported = torch.export.export(module, (values,))

    torch.testing.assert_close(exported.module()(values), module(values))
    assert set(exported.state_dict) == set(module.state_dict())


@pytest.mark.parametrize(("kind", "row", "input"), one_row_each())
def test_every_field_of_a_kind_stands_in_some_row(kind: str, row: Row, input: Shape) -> None:
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
    analysis = network_of(kind, Row(fields), MAP)
    values = torch.rand(1, *MAP, dtype=torch.float64, requires_grad=True)
    output = build(analysis).eval().double()(values)

    (gradient,) = torch.autograd.grad(output[0, :, 0, 0].square().sum(), values)

    assert analysis.receptive_field.is_global == bool((gradient[0, :, -1, -1] != 0).any())


def assert_kernel_and_stride_are_torchs(analysis: Analysis, module: torch.nn.Module) -> None:
    """Hold the kernel and stride that a table shows against the attributes of torch's module."""
    for step in steps_of(analysis, module):
        space = step.before[0][1:]
        for name, said in (("kernel_size", step.facts.kernel), ("stride", step.facts.stride)):
            torchs = getattr(step.layer, name, None)
            expected = (torchs,) * len(space) if isinstance(torchs, int) else torchs
            if step.facts.kind == "gap" and name == "kernel_size":
                expected = space
            assert said == expected


def assert_pickles(module: torch.nn.Module, input: Shape) -> None:
    """Hold a module that went through pickle against the module."""
    values = torch.randn(BATCH, *input)
    again = pickle.loads(pickle.dumps(module))

    assert list(again.state_dict()) == list(module.state_dict())
    torch.testing.assert_close(again(values), module(values))
