"""Analysis against torch: shapes, parameters, buffers and multiply-adds, node by node."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from archspec.analysis import Analysis
from archspec.runtime.build import build, with_auxiliary
from tests.support.proof.counting import counted_products
from tests.support.proof.following import BATCH, Step, steps_of


def assert_same_as_torch(analysis: Analysis, device: str = "cpu") -> nn.Module:
    """Hold shapes, parameters, buffers and MACs, node by node, against the module; return it.

    device: on `meta` torch computes shapes and counts products, and no values.
    """
    with torch.device(device):
        module = build(analysis).eval()
    assert_same_tensors(analysis, module)
    steps = steps_of(analysis, module, device)
    _assert_same_steps(steps)
    with counted_products() as counter:
        output = module(torch.randn(BATCH, *analysis.spec.input, device=device))

    assert [step.node for step in steps] == [n for n in analysis.graph.nodes if not n.is_auxiliary]
    assert tuple(output.shape) == (BATCH, *analysis.output)
    assert counter.get_total_flops() == 2 * BATCH * analysis.totals.macs
    if analysis.graph.heads:
        _assert_same_heads(analysis, module, device)
    return module


def assert_same_tensors(analysis: Analysis, module: nn.Module) -> None:
    """Hold names, shapes, order and count of parameters and buffers against the module."""
    params = [(name, tuple(tensor.shape)) for name, tensor in module.named_parameters()]
    buffers = [(name, tuple(tensor.shape)) for name, tensor in module.named_buffers()]

    assert list(analysis.param_shapes.items()) == params
    assert list(analysis.buffers.items()) == buffers
    assert analysis.totals.params == sum(tensor.numel() for tensor in module.parameters())
    assert analysis.totals.buffers == sum(tensor.numel() for tensor in module.buffers())
    assert analysis.totals.params == sum(entry.params for entry in analysis.entries)


def _assert_same_steps(steps: list[Step]) -> None:
    assert [step.after for step in steps] == [step.facts.output for step in steps]
    assert [step.before for step in steps] == [step.facts.inputs for step in steps]
    assert [step.flops for step in steps] == [2 * BATCH * step.facts.macs for step in steps]


def _assert_same_heads(analysis: Analysis, module: nn.Module, device: str) -> None:
    """Hold auxiliary heads: their tensors are the module's, and they run where they are asked."""
    training = with_auxiliary(module, analysis).eval()
    steps = steps_of(analysis, training, device)
    values = torch.randn(BATCH, *analysis.spec.input, device=device)
    output, *heads = cast(tuple[torch.Tensor, ...], training(values))

    _assert_same_steps(steps)
    assert [step.node for step in steps] == list(analysis.graph.nodes)
    assert {id(p) for p in training.parameters()} == {id(p) for p in module.parameters()}
    assert_same_tensors(analysis, training)
    if device != "meta":
        torch.testing.assert_close(output, module(values), rtol=0, atol=0)
    assert [tuple(head.shape) for head in heads] == [(BATCH, *analysis.output)] * len(heads)
    assert len(heads) == len(analysis.graph.heads)
