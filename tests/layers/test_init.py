"""The field `init`: its table against the installed torch, what it takes, and what it fills."""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import MISSING
from typing import Any

import pytest
import torch
from torch import nn

from archspec.analysis.hashes import recipe_hash
from archspec.layers import REGISTRY, LayerFault, Shape
from archspec.layers.fields import FieldFault, read_fields
from archspec.layers.init import InitField
from archspec.layers.init_functions import FUNCTIONS, GAINS
from archspec.runtime.build import build
from tests.support.ladder import analysis_of

NEEDED = {"constant_": {"val": 0.5}, "sparse_": {"sparsity": 0.5}}
"""The arguments without a default."""

NETWORK = """\
archspec: 1
input: [3, 8, 8]
layers:
  - conv: {{out_channels: 4, kernel_size: 3, norm: {{batch: {{{norm}}}}}{conv}}}
"""


def torchs_functions() -> set[str]:
    """Return the functions of torch.nn.init that fill a tensor in place."""
    return {
        name
        for name, value in vars(nn.init).items()
        if inspect.isfunction(value) and name.endswith("_") and not name.startswith("_")
    }


def test_every_function_of_torch_is_known() -> None:
    assert set(FUNCTIONS) == torchs_functions()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_arguments_of_a_function_are_torchs(name: str) -> None:
    signature = inspect.signature(getattr(nn.init, name)).parameters.values()
    torchs = {
        p.name: MISSING if p.default is inspect.Parameter.empty else p.default
        for p in signature
        if p.name not in ("tensor", "generator")
    }

    ours = {f.name: f.default for f in dataclasses.fields(FUNCTIONS[name].arguments)}

    assert ours == torchs


@pytest.mark.parametrize("axes", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_takes_tensors_of_as_many_axes_as_the_table_says(name: str, axes: int) -> None:
    function, tensor = FUNCTIONS[name], torch.empty((4,) * axes)
    fits = function.least_axes <= axes <= (function.most_axes or axes)

    if fits:
        getattr(nn.init, name)(tensor, **NEEDED.get(name, {}))
    else:
        with pytest.raises(ValueError, match="dimension"):
            getattr(nn.init, name)(tensor, **NEEDED.get(name, {}))


@pytest.mark.parametrize("name", GAINS)
def test_torch_knows_the_gain_of_each_nonlinearity(name: str) -> None:
    assert nn.init.calculate_gain(name) > 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("none", None),
        ({}, None),
        ({"weight": "zeros_"}, {"weight": {"zeros_": {}}}),
        ({"weight": {"zeros_": {}}}, {"weight": {"zeros_": {}}}),
        # What is said by default is not said: the hash is the same.
        ({"weight": {"normal_": {"mean": 0, "std": 1}}}, {"weight": {"normal_": {}}}),
        ({"weight": {"normal_": {"std": 0.02}}}, {"weight": {"normal_": {"std": 0.02}}}),
        ({"bias": {"constant_": {"val": 1}}}, {"bias": {"constant_": {"val": 1.0}}}),
    ],
)
def test_an_init_is_brought_into_its_one_form(value: Any, read: Any) -> None:
    assert InitField().read(value) == read


@pytest.mark.parametrize(
    ("value", "path", "code", "replacement"),
    [
        ({"weight": "kaiming_normal"}, ("weight",), "unknown-word", "kaiming_normal_"),
        ({"weight": "he_normal"}, ("weight",), "unknown-word", "kaiming_normal_"),
        ({"weight": "glorot_uniform"}, ("weight",), "unknown-word", "xavier_uniform_"),
        ({"weight": "magic"}, ("weight",), "unknown-word", None),
        ({"weight": {"kaiming_norml_": {}}}, ("weight", "kaiming_norml_"), "unknown-word", None),
        (
            {"weight": {"normal_": {"stdd": 1}}},
            ("weight", "normal_", "stdd"),
            "unknown-field",
            None,
        ),
        ({"weight": {"normal_": {"std": -1}}}, ("weight", "normal_", "std"), "out-of-range", None),
        ({"weight": {"normal_": 0.02}}, ("weight", "normal_"), "wrong-type", None),
        ({"weight": {"zeros_": 1}}, ("weight", "zeros_"), "wrong-type", None),
        ({"weight": "constant_"}, ("weight",), "missing-field", None),
        ({"weight": 0.02}, ("weight",), "wrong-type", None),
        ({"weight": {"uniform_": {"a": 1, "b": 1}}}, ("weight", "uniform_"), "out-of-range", None),
        (
            {"weight": {"trunc_normal_": {"b": -3}}},
            ("weight", "trunc_normal_"),
            "out-of-range",
            None,
        ),
        ("zeros_", (), "wrong-type", None),
    ],
)
def test_an_init_that_does_not_fit_is_refused_at_its_place(
    value: Any, path: tuple[str, ...], code: str, replacement: str | None
) -> None:
    with pytest.raises(FieldFault) as caught:
        InitField().read(value)

    fault = caught.value
    assert (fault.path, fault.code, fault.replacement) == (path, code, replacement)


def test_all_faults_of_an_init_are_found_at_once() -> None:
    with pytest.raises(FieldFault) as caught:
        InitField().read({"weight": "magic", "bias": {"normal_": {"mean": "x", "std": -1}}})

    assert [fault.path[0] for fault in caught.value.each()] == ["weight", "bias", "bias"]


@pytest.mark.parametrize(
    ("kind", "fields", "code", "names"),
    [
        ("conv", {"out_channels": 4, "kernel_size": 3}, "unknown-tensor", "`weight`, `bias`"),
        ("linear", {"out_features": 4, "bias": False}, "unknown-tensor", "`weight`"),
        ("batch_norm", {"affine": False}, "unknown-tensor", "remove it"),
        ("multi_head_attention", {"num_heads": 2}, "unknown-tensor", "`out_proj.bias`"),
        ("class_token", {}, "unknown-tensor", "`weight`"),
    ],
)
def test_a_tensor_that_a_layer_does_not_have_is_a_fault_with_those_it_has(
    kind: str, fields: dict[str, Any], code: str, names: str
) -> None:
    input = {"conv": (4, 9, 9), "batch_norm": (4, 9, 9)}.get(kind, (5, 4))

    fault = fault_of(kind, {**fields, "init": {"wieght": "zeros_"}}, input)

    assert (fault.code, fault.field) == (code, "init")
    assert names in (fault.help or "")


@pytest.mark.parametrize(
    ("kind", "fields", "tensor", "function", "code"),
    [
        ("linear", {"out_features": 4}, "bias", "kaiming_normal_", "wrong-rank"),
        ("batch_norm", {}, "weight", "xavier_uniform_", "wrong-rank"),
        ("conv", {"out_channels": 4, "kernel_size": 3}, "weight", "eye_", "wrong-rank"),
        ("linear", {"out_features": 4}, "weight", "dirac_", "wrong-rank"),
        ("conv", {"out_channels": 4, "kernel_size": 3}, "weight", {"dirac_": {"groups": 3}},
         "groups-do-not-divide"),
    ],
)  # fmt: skip
def test_a_function_that_cannot_fill_the_tensor_is_a_fault(
    kind: str, fields: dict[str, Any], tensor: str, function: Any, code: str
) -> None:
    fault = fault_of(kind, {**fields, "init": {tensor: function}}, (4, 9, 9))

    assert (fault.code, fault.field) == (code, "init")


def test_tensors_are_filled_by_the_functions_that_are_named() -> None:
    torch.manual_seed(7)
    module = build(analysis_of(network("init: {weight: zeros_}", conv_init())))
    state = module.state_dict()

    torch.manual_seed(7)
    plain = build(analysis_of(network("", ""))).state_dict()
    torch.manual_seed(7)
    expected = nn.Conv2d(3, 4, 3).weight
    nn.init.kaiming_normal_(expected, mode="fan_out", nonlinearity="relu")

    assert not state["conv1.norm.weight"].any()
    assert state["conv1.norm.bias"].equal(plain["conv1.norm.bias"])
    assert (state["conv1.conv.bias"] == 0.5).all()
    assert state["conv1.conv.weight"].equal(expected)


def test_the_order_in_which_tensors_are_named_changes_nothing() -> None:
    there = analysis_of(network("", ", init: {weight: normal_, bias: normal_}"))
    back = analysis_of(network("", ", init: {bias: normal_, weight: normal_}"))
    states = []
    for analysis in (there, back):
        torch.manual_seed(7)
        states.append(build(analysis).state_dict())

    assert recipe_hash(there) == recipe_hash(back)
    assert all(states[0][name].equal(states[1][name]) for name in states[0])


def test_an_init_that_says_nothing_leaves_the_hash_as_it_was() -> None:
    without = recipe_hash(analysis_of(network("", "")))

    assert recipe_hash(analysis_of(network("", ", init: {}"))) == without
    assert recipe_hash(analysis_of(network("", ", init: none"))) == without
    assert recipe_hash(analysis_of(network("", conv_init()))) != without
    assert recipe_hash(analysis_of(network("init: {weight: zeros_}", ""))) != without


def conv_init() -> str:
    weight = "{kaiming_normal_: {mode: fan_out, nonlinearity: relu}}"
    return f", init: {{weight: {weight}, bias: {{constant_: {{val: 0.5}}}}}}"


def network(norm: str, conv: str) -> str:
    return NETWORK.format(norm=norm, conv=conv)


def fault_of(kind: str, fields: dict[str, Any], input: Shape) -> LayerFault:
    """Return the fault of a layer whose fields are read without one."""
    read, faults = read_fields(REGISTRY[kind], fields)
    assert not faults
    with pytest.raises(LayerFault) as caught:
        REGISTRY[kind](**read).param_shapes(input)
    return caught.value
