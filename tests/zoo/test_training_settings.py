"""What evaluation does not show: initialization, dropout, the settings of the norms."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

import pytest
import torch
from torch import Tensor, nn
from torchvision.ops import StochasticDepth

from archspec.analysis import Analysis
from archspec.layers.init_functions import FUNCTIONS
from archspec.runtime.build import build, with_auxiliary
from tests.support.zoo_members import MEMBERS, Member, our_names

Call: TypeAlias = tuple[str, dict[str, Any]]

WITHOUT_INIT: dict[str, Call] = {
    "layer_scale": ("constant_", {"val": 1e-6}),
    "class_token": ("constant_", {"val": 0}),
    "pos_embedding": ("normal_", {"mean": 0, "std": 0.02}),
}
"""Tensors that torchvision makes with their first values, without a function of torch.nn.init."""


class Pair(NamedTuple):
    """A network of torchvision and ours, on meta, and the calls that filled their tensors."""

    family: str
    theirs: nn.Module
    ours: nn.Module
    calls: dict[int, Call]
    analysis: Analysis


@pytest.fixture(scope="module", params=MEMBERS, ids=lambda member: member.name)
def pair(request: pytest.FixtureRequest) -> Pair:
    """Return both networks, made once for all tests of a member."""
    member: Member = request.param
    analysis = member.ours().analysis
    with torch.device("meta"), recorded_init() as calls:
        return Pair(member.family, member.theirs(), build(analysis), calls, analysis)


@contextmanager
def recorded_init() -> Iterator[dict[int, Call]]:
    """Note for each tensor, by its id, the last function of torch.nn.init that filled it."""
    last: dict[int, Call] = {}

    def noting(name: str, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        signature = inspect.signature(function)

        def wrapper(*positional: Any, **named: Any) -> Tensor:
            bound = signature.bind(*positional, **named)
            bound.apply_defaults()
            tensor = bound.arguments["tensor"]
            given = {k: v for k, v in bound.arguments.items() if k not in ("tensor", "generator")}
            last[id(tensor)] = same_call(name, given)
            return function(*positional, **named)

        return wrapper

    with pytest.MonkeyPatch.context() as patch:
        for name in FUNCTIONS:
            noted = noting(name, getattr(nn.init, name))
            for owner in (nn.init, nn.modules.activation):  # attention has some of them by name
                if hasattr(owner, name):
                    patch.setattr(owner, name, noted)
        yield last


def same_call(name: str, arguments: dict[str, Any]) -> Call:
    """Return zeros_ and ones_ as the constants that they are."""
    if name in ("zeros_", "ones_"):
        return "constant_", {"val": int(name == "ones_")}
    return name, arguments


def test_every_tensor_starts_as_in_torchvision(pair: Pair) -> None:
    theirs, ours, calls = pair.theirs, pair.ours, pair.calls
    names = our_names(pair.family, list(theirs.state_dict()), list(ours.state_dict()))

    for name, parameter in theirs.named_parameters():
        function, arguments = calls.get(id(parameter)) or WITHOUT_INIT[name.rpartition(".")[2]]
        found, found_arguments = calls[id(ours.get_parameter(names[name]))]
        assert (found, name) == (function, name)
        assert words(found_arguments) == words(arguments), name
        assert numbers(found_arguments) == pytest.approx(numbers(arguments), rel=1e-5), name


def words(arguments: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in arguments.items() if isinstance(value, str)}


def numbers(arguments: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in arguments.items() if not isinstance(value, str)}


def test_norms_and_dropouts_are_set_as_in_torchvision(pair: Pair) -> None:
    image = torch.empty(2, *pair.analysis.spec.input, device="meta")
    theirs, ours = pair.theirs, with_auxiliary(pair.ours, pair.analysis)

    expected, found = settings_in_order(theirs, image), settings_in_order(ours, image)

    assert expected
    assert [kind for kind, *_ in found] == [kind for kind, *_ in expected]
    for one, other in zip(found, expected, strict=True):
        assert one[1:] == pytest.approx(other[1:], rel=1e-12)


def settings_in_order(module: nn.Module, image: Tensor) -> list[tuple[str, float, float]]:
    """Return the settings of norms and dropouts as a training step runs through them.

    What is not run, or drops nothing, is left out.
    """
    found: list[tuple[str, float, float]] = []

    def note(layer: nn.Module, *_: object) -> None:
        if isinstance(layer, nn.Dropout | StochasticDepth):
            if layer.p > 0:
                found.append((type(layer).__name__, layer.p, 0))
        elif isinstance(layer, nn.BatchNorm2d):
            assert layer.momentum is not None
            found.append(("BatchNorm2d", layer.eps, layer.momentum))
        elif isinstance(layer, nn.LayerNorm):
            found.append(("LayerNorm", layer.eps, 0))

    for layer in module.modules():
        layer.register_forward_hook(note)
    module.train()(image)
    return found
