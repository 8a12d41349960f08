"""Auxiliary heads: trained with the network, by their weight, and left out when it is used."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from archspec.api import load
from archspec.network import Network
from archspec.runtime.build import build, with_auxiliary
from tests.support.picture_folder import in_memory
from tests.support.tiny import dataset, make_trainer

SPEC = """\
archspec: 1
input: [1, 8, 8]
layers:
  - conv: {out_channels: 3, kernel_size: 3, activation: relu}
  - residual:
      id: stage
      body:
        - conv: {out_channels: 3, kernel_size: 1}
        - auxiliary:
            weight: WEIGHT
            id: early
            layers: [gap, flatten, linear: 3]
  - gap
  - flatten
  - linear: 3
data: {dataset: Digits, validation: test}
train: {epochs: 1, batch_size: 16, optimizer: {SGD: {lr: 0.1}}}
"""
HEAD = "stage.early.linear1.linear.weight"


def network(folder: Path, weight: float = 0.5) -> Network:
    path = folder / "spec.yaml"
    path.write_text(SPEC.replace("WEIGHT", str(weight)), encoding="utf-8")
    return load(path)


def test_the_head_does_not_run_where_the_network_is_used(tmp_path: Path) -> None:
    analysis = network(tmp_path).analysis
    module = build(analysis)
    output = module(torch.ones(2, 1, 8, 8))

    assert output.shape == (2, 3)
    output.sum().backward()
    assert module.get_parameter(HEAD).grad is None


def test_the_training_module_gives_both_outputs_of_the_same_tensors(tmp_path: Path) -> None:
    analysis = network(tmp_path).analysis
    module = build(analysis)
    both = with_auxiliary(module, analysis)
    image = torch.randn(2, 1, 8, 8)
    output, head = both(image)

    torch.testing.assert_close(output, module(image), rtol=0, atol=0)
    assert head.shape == (2, 3)
    assert both.get_parameter(HEAD) is module.get_parameter(HEAD)
    head.sum().backward()
    assert module.get_parameter(HEAD).grad is not None


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_keeps_the_head(tmp_path: Path, copied: object) -> None:
    module = build(network(tmp_path).analysis)
    assert callable(copied)
    names = [name for name, _ in copied(module).named_parameters()]

    assert HEAD in names
    assert names == [name for name, _ in module.named_parameters()]


def test_one_step_is_that_of_the_weighted_sum_of_losses(tmp_path: Path) -> None:
    spec = SPEC.replace("WEIGHT", "0.5")
    trainer = make_trainer(tmp_path, spec=spec, data=dataset(train=16))
    twin = copy.deepcopy(trainer.trained)
    before = {name: tensor.detach().clone() for name, tensor in twin.named_parameters()}
    order = torch.randperm(16, generator=copy_of(trainer.sampler))
    output, head = twin(trainer.normalize(in_memory(trainer.images).images[order]))
    wanted = trainer.images.labels[order]
    loss = F.cross_entropy(output, wanted) + 0.5 * F.cross_entropy(head, wanted)
    torch.autograd.backward(loss)

    (epoch,) = trainer.run()

    assert epoch.train.loss == pytest.approx(loss.item())
    for name, tensor in trainer.module.named_parameters():
        gradient = twin.get_parameter(name).grad
        assert gradient is not None
        torch.testing.assert_close(tensor.detach(), before[name] - 0.1 * gradient)


def copy_of(generator: torch.Generator) -> torch.Generator:
    twin = torch.Generator()
    twin.set_state(generator.get_state())
    return twin
