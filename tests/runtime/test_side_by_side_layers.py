"""Every layer computes several seeds at once as it computes one; what cannot be so is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import fx, nn

from archspec.analysis import Analysis
from archspec.api import load
from archspec.diagnostics import SpecError
from archspec.layers import Shape
from archspec.runtime.build import build
from archspec.runtime.side_by_side import fitness, stack
from archspec.runtime.side_by_side.fitness import ensure_separate
from archspec.runtime.side_by_side.rules import rule_of
from archspec.runtime.side_by_side.stack import stacked, together
from tests.proof.test_conformance import network_of, one_row_each
from tests.proof.test_generated import analysis_of
from tests.support.proof.graph_strategies import graphs
from tests.support.proof.rows import Row

SHARED = """\
archspec: 1
input: [2, 6, 6]
layers:
  - conv: {out_channels: 4, kernel_size: 3, padding: 1, norm: batch, activation: relu, id: first}
  - conv: {out_channels: 4, kernel_size: 3, padding: 1, bias: false, id: again}
  - share: again
  - gap
  - flatten
  - linear: 3
"""


def modules(analysis: Analysis, seeds: int = 2) -> list[fx.GraphModule]:
    made = []
    for seed in range(seeds):
        torch.manual_seed(seed)
        made.append(build(analysis))
    return made


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize(("kind", "row", "input"), one_row_each())
def test_a_layer_computes_each_seed_as_alone(kind: str, row: Row, input: Shape) -> None:
    analysis = network_of(kind, row, input)

    ensure_separate(modules(analysis), analysis)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_a_generated_network_computes_each_seed_as_alone(rank: int) -> None:
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(graphs(rank))
    def holds(text: str) -> None:
        analysis = analysis_of(text)
        ensure_separate(modules(analysis), analysis)

    holds()


@pytest.mark.parametrize("layer", ["conv", "conv_transpose"])
def test_many_seeds_of_a_grouped_convolution_are_those_of_each(layer: str) -> None:
    analysis = analysis_of(
        "archspec: 1\ninput: [4, 6, 6]\nlayers:\n"
        f"  - {layer}: {{out_channels: 6, kernel_size: 3, stride: 2, groups: 2}}\n"
    )
    alone = modules(analysis, 5)
    images = torch.randn(3, 5, 4, 6, 6)
    made = together(stacked(alone), 5)(images.flatten(0, 1)).unflatten(0, (3, 5))

    for seed, module in enumerate(alone):
        torch.testing.assert_close(made[:, seed], module(images[:, seed]))


def test_shared_weights_stay_shared() -> None:
    analysis = analysis_of(SHARED)
    alone = modules(analysis, 3)
    ensure_separate(alone, analysis)
    kept = stacked(alone)

    assert {n: p.shape[1:] for n, p in kept.named_parameters()} == {
        name: parameter.shape for name, parameter in alone[0].named_parameters()
    }


@pytest.mark.parametrize(
    "dropout", ["dropout: 0.5", "spatial_dropout: 0.5", "stochastic_depth: 0.5"]
)
def test_dropout_differs_between_seeds(dropout: str) -> None:
    analysis = analysis_of(f"archspec: 1\ninput: [3, 4, 4]\nlayers: [{dropout}, flatten]\n")
    network = together(stacked([build(analysis)] * 3), 3)
    made = network(torch.ones(64 * 3, 3, 4, 4)).unflatten(0, (-1, 3))

    assert not torch.equal(made[:, 0], made[:, 1])
    assert not torch.equal(made[:, 1], made[:, 2])
    # Kept values are doubled: the mean stays, for each seed.
    assert made.mean(dim=(0, 2)).tolist() == pytest.approx([1.0] * 3, abs=0.2)


def test_the_dropout_of_attention_differs_between_seeds() -> None:
    analysis = analysis_of(
        "archspec: 1\ninput: [5, 8]\nlayers: [multi_head_attention: {num_heads: 2, dropout: 0.5}]\n"
    )
    network = together(stacked([build(analysis)] * 2), 2)
    image = torch.randn(1, 5, 8).expand(2, 5, 8)
    first, second = network(image)

    assert not torch.equal(first, second)
    network.eval()
    first, second = network(image)
    torch.testing.assert_close(first, second)


def test_a_step_has_as_many_operations_as_that_of_one_seed() -> None:
    """A kernel for each operation: several seeds take no more of them, but larger ones."""
    from torch.profiler import profile

    analysis = load(Path(__file__).parents[2] / "specs/step3.yaml").analysis
    one, many = build(analysis), together(stacked(modules(analysis, 8)), 8)

    def operations(network: nn.Module, images: int) -> dict[str, int]:
        with profile() as seen:
            network(torch.zeros(images, *analysis.spec.input)).sum().backward()
        work = ("convolution", "batch_norm", "relu", "dropout", "bernoulli", "max_pool", "mul")
        return {e.key: e.count for e in seen.key_averages() if any(w in e.key for w in work)}

    assert operations(many, 2 * 8) == operations(one, 2)


class Chooser(nn.Module):
    """Looks at its own weight, which a computation for several seeds cannot."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return values * self.weight if bool(self.weight > 0) else values


class Mixing(nn.Module):
    """Acts on the whole batch, and thereby on all seeds."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return values - values.mean(dim=0)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        pytest.param(
            Chooser, "relu1 cannot be computed for several seeds at once: vmap:", id="refused"
        ),
        pytest.param(Mixing, "the output becomes another for several seeds at once", id="mixes"),
    ],
)
def test_a_layer_that_torch_cannot_compute_for_several_seeds_is_refused(
    layer: type[nn.Module], message: str
) -> None:
    analysis = analysis_of("archspec: 1\ninput: [3, 4, 4]\nlayers:\n  - relu\n  - flatten\n")
    alone = modules(analysis)
    for module in alone:
        module.add_module("relu1", layer())
    with pytest.raises(SpecError) as caught:
        ensure_separate(alone, analysis)
    (found,) = caught.value.diagnostics
    assert found.code == "not-side-by-side"
    assert message in found.message
    assert found.help
    if layer is Chooser:
        assert found.span is not None
        assert found.span.line == 4


def test_a_rule_that_takes_a_seed_for_another_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def confused(module: nn.Module, seeds: int) -> object:
        rule = rule_of(module, seeds)
        return None if rule is None else lambda values: rule(values).roll(1, 0)

    monkeypatch.setattr(stack, "rule_of", confused)
    analysis = analysis_of(
        "archspec: 1\ninput: [3, 4, 4]\nlayers: [conv: {out_channels: 2, kernel_size: 3}]\n"
    )
    with pytest.raises(SpecError, match="the output becomes another"):
        ensure_separate(modules(analysis), analysis)


def test_of_a_large_network_outputs_alone_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitness, "MOST_GRADIENTS", 1)
    analysis = analysis_of("archspec: 1\ninput: [6]\nlayers: [linear: 3]\n")
    ensure_separate(modules(analysis), analysis)


def test_modules_stay_as_they_were() -> None:
    analysis = analysis_of(SHARED)
    alone = modules(analysis)
    before = [{n: t.clone() for n, t in module.state_dict().items()} for module in alone]
    ensure_separate(alone, analysis)

    for module, kept in zip(alone, before, strict=True):
        assert module.training
        assert all(torch.equal(kept[name], tensor) for name, tensor in module.state_dict().items())
        assert all(parameter.grad is None for parameter in module.parameters())
