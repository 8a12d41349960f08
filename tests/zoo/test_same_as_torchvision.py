"""With the same weights, our module and torchvision's give the same output and gradients."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from archspec.analysis import Analysis
from archspec.runtime.build import build, with_auxiliary
from tests.support.zoo_members import MEMBERS, Member, fill, our_names

TOLERANCE = 1e-9
"""Share of the largest value of a tensor; both compute in float64."""
SEED = 7

LARGE = {
    *("vgg13", "vgg16", "vgg19", "vgg11", "vgg13_bn", "vgg16_bn", "vgg19_bn"),
    *("efficientnet_b4", "efficientnet_b5", "efficientnet_b6", "efficientnet_b7"),
    *("resnet101", "resnet152", "densenet161", "densenet169", "densenet201"),
}
"""Larger ones of a family whose smaller ones are always compared: together they take minutes."""


@pytest.fixture(autouse=True)
def _memory_is_given_back() -> Iterator[None]:
    """Modules are cycles, which would outlive the test, and some of them hold gigabytes."""
    yield
    gc.collect()


def pair(member: Member) -> tuple[nn.Module, nn.Module, Analysis, dict[str, str]]:
    """Return torchvision's module and ours in evaluation, over the same memory, and the names."""
    arguments = {"image_size": member.pixels} if member.family == "vit" else {}
    analysis = member.ours(member.pixels).analysis
    with torch.device("meta"):
        theirs, ours = member.theirs(**arguments), build(analysis)
    theirs = fill(theirs, SEED)
    tensors = theirs.state_dict()
    names = our_names(member.family, list(tensors), list(ours.state_dict()))
    ours.load_state_dict({names[name]: tensor for name, tensor in tensors.items()}, assign=True)
    return theirs.eval(), ours.eval(), analysis, names


def images(member: Member) -> Tensor:
    generator = torch.Generator().manual_seed(SEED)
    size = (2, 3, member.pixels, member.pixels)
    return torch.randn(size, generator=generator, dtype=torch.float64)


def assert_same(ours: Tensor, theirs: Tensor, what: str) -> None:
    largest = max(abs(end.item()) for end in theirs.aminmax())
    assert 0 < largest < float("inf"), f"{what} of torchvision is {largest} at most"
    if not torch.equal(ours, theirs):  # mostly they are, and a copy of a gigabyte is saved
        difference = (ours - theirs).abs().max().item() / largest
        assert difference <= TOLERANCE, f"{what} differs by {difference:.1e} of its largest value"


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_every_tensor_of_torchvisions_is_one_of_ours(member: Member) -> None:
    with torch.device("meta"):
        theirs, ours = member.theirs().state_dict(), build(member.ours().analysis).state_dict()

    names = our_names(member.family, list(theirs), list(ours))

    assert sorted(names.values()) == sorted(ours)
    shapes = {names[name]: tensor.shape for name, tensor in theirs.items()}
    assert shapes == {name: tensor.shape for name, tensor in ours.items()}


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_output_and_gradients_are_torchvisions(member: Member) -> None:
    if member.name in LARGE and os.environ.get("HYPOTHESIS_PROFILE") != "thorough":
        pytest.skip("a larger one of its family: HYPOTHESIS_PROFILE=thorough compares it, too")
    theirs, ours, _, names = pair(member)
    image = images(member)

    output = theirs(image)
    output.square().sum().backward()
    same = ours(image)
    assert_same(same, output, "the output")
    gradients = {
        names[name]: parameter.grad
        for name, parameter in theirs.named_parameters()
        if parameter.grad is not None  # auxiliary heads have none
    }
    compared = []

    def compare(name: str, parameter: nn.Parameter) -> None:
        assert parameter.grad is not None
        assert_same(parameter.grad, gradients.pop(name), f"the gradient of {name}")
        compared.append(name)
        parameter.grad = None  # two whole sets of gradients would be a gigabyte each

    for name, parameter in ours.named_parameters():
        hook = partial(compare, name)
        parameter.register_post_accumulate_grad_hook(hook)  # type: ignore[no-untyped-call]
    same.square().sum().backward()
    assert not gradients
    assert len(compared) > 10


def test_the_auxiliary_heads_of_googlenet_are_torchvisions() -> None:
    (member,) = (member for member in MEMBERS if member.name == "googlenet")
    theirs, ours, analysis, _ = pair(member)
    theirs.training = True  # the network's own switch for its heads; dropout and norms stay off
    image = images(member)

    outputs = theirs(image)
    output, first, second = with_auxiliary(ours, analysis)(image)

    assert_same(output, outputs.logits, "the output")
    assert_same(first, outputs.aux_logits1, "the first head")
    assert_same(second, outputs.aux_logits2, "the second head")
