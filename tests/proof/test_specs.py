"""Every spec of the repository: what the analysis says of it is what torch does."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from archspec.api import load
from archspec.runtime.build import build
from tests.support.proof.against_torch import assert_same_as_torch
from tests.support.proof.gradient_field import assert_receptive_field

ROOT = Path(__file__).parents[2]
SPECS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "specs").rglob("*.yaml"))
LARGE = 100_000_000
"""Multiply-adds from which on torch is asked for shapes and products alone."""
LADDER = ["specs/step1.yaml", "specs/step2.yaml", "specs/step3.yaml"]


def test_the_specs_are_found() -> None:
    assert set(LADDER) < set(SPECS)


@pytest.mark.parametrize("path", SPECS)
def test_a_spec_is_what_torch_makes_of_it(path: str) -> None:
    analysis = load(ROOT / path).analysis

    assert_same_as_torch(analysis, "meta" if analysis.totals.macs > LARGE else "cpu")


@pytest.mark.parametrize("path", SPECS)
def test_a_specs_receptive_field_is_the_extent_of_the_gradient(path: str) -> None:
    assert_receptive_field(load(ROOT / path).analysis)


@pytest.mark.parametrize("path", LADDER)
def test_every_class_of_a_step_sees_the_whole_image_and_no_less(path: str) -> None:
    """The real module with all its channels, made positive in place: 28 of 28 pixels are seen."""
    module = build(load(ROOT / path).analysis).double().eval()
    for name, layer in list(module.named_modules()):
        if isinstance(layer, nn.ReLU | nn.Dropout | nn.BatchNorm2d):
            module.set_submodule(name, nn.Identity())
        elif isinstance(layer, nn.MaxPool2d):
            module.set_submodule(name, nn.AvgPool2d(layer.kernel_size, layer.stride))
        elif isinstance(layer, nn.Conv2d):
            nn.init.ones_(layer.weight)
    image = torch.ones(1, 1, 28, 28, dtype=torch.float64, requires_grad=True)

    (gradient,) = torch.autograd.grad(module(image)[0, 0], image)

    assert bool((gradient > 0).all())
