"""Params, MACs and receptive fields of specs/zoo against torchvision, tables and papers."""

from __future__ import annotations

import csv
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import pytest
import torch
from typer.testing import CliRunner

from archspec.analysis import Analysis
from archspec.analysis.model import ReceptiveField
from archspec.api import load
from archspec.cli import app
from tests.support.proof.counting import counted_products
from tests.support.zoo_members import HERE, MEMBERS, OTHERS, ZOO, Member

POOLS = ("gap", "adaptive_avg_pool")


class Truth(NamedTuple):
    """A line of torchvision_truth.csv; see README.md for where its figures are from."""

    model: str
    input_size: str
    params: str
    gmacs: str
    rf_size: str
    rf_jump: str
    rf_padding: str
    rf_with_se: str


with (HERE / "torchvision_truth.csv").open(encoding="utf-8", newline="") as file:
    TRUTH = [Truth(**row) for row in csv.DictReader(file)]


def before_final_pooling(analysis: Analysis) -> ReceptiveField:
    """Return the receptive field at the input of the last pooling over the whole map."""
    graph = analysis.graph
    last = [n for n in graph.nodes if n.layer is not None and n.layer.kind in POOLS][-1]
    (source,) = last.inputs
    return analysis.node(source).receptive_field


@pytest.mark.parametrize("truth", TRUTH, ids=lambda truth: truth.model)
def test_figures_are_those_of_the_table(truth: Truth) -> None:
    analysis = load(ZOO / f"{truth.model}.yaml").analysis
    field = before_final_pooling(analysis)
    size = int(truth.input_size)

    assert analysis.spec.input == (3, size, size)
    assert analysis.totals.params == int(truth.params)
    assert f"{analysis.totals.macs / 1e9:.4f}" == truth.gmacs
    assert field.size == (int(truth.rf_size),) * 2
    assert field.jump == (Fraction(truth.rf_jump),) * 2
    assert field.start == (-int(truth.rf_padding),) * 2
    assert field.is_global == truth.rf_with_se.startswith("global")
    assert field.is_global or truth.rf_with_se == truth.rf_size


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_params_and_macs_are_those_of_torchvisions_module(member: Member) -> None:
    analysis = member.ours().analysis
    with torch.device("meta"):
        module, image = member.theirs().eval(), torch.empty(1, *analysis.spec.input)
    with counted_products() as counter:
        module(image)

    assert analysis.totals.params == sum(p.numel() for p in module.parameters())
    assert 2 * analysis.totals.macs == counter.get_total_flops()
    assert analysis.totals.buffers == sum(b.numel() for b in module.buffers())


def test_no_network_of_the_zoo_is_left_out() -> None:
    files = {path.stem for path in ZOO.glob("*.yaml")}

    assert files == {member.name for member in MEMBERS} | set(OTHERS)
    assert {truth.model for truth in TRUTH} <= files


def test_lenet_5_has_as_many_params_as_its_layers_sum_up_to() -> None:
    """Weights and biases of C1, C3, C5, F6 and the output."""
    analysis = load(ZOO / "lenet5.yaml").analysis

    layers = [(25 * 1, 6), (25 * 6, 16), (25 * 16, 120), (120, 84), (84, 10)]
    assert analysis.totals.params == sum((n + 1) * m for n, m in layers) == 61_706


def test_u_net_makes_388_pixels_of_572() -> None:
    """The sizes are printed in the figure of the paper, the params follow from its widths."""
    analysis = load(ZOO / "unet.yaml").analysis

    widths = [64, 128, 256, 512, 1024]
    down = sum((9 * n + 1) * m for n, m in pairwise([1, *widths]))
    up = sum((4 * n + 1) * m + (9 * n + 1) * m for m, n in pairwise(widths))
    second = sum((9 * n + 1) * n for n in widths + widths[:-1])
    assert analysis.spec.input == (1, 572, 572)
    assert analysis.output == (2, 388, 388)
    assert analysis.totals.params == down + up + second + (64 + 1) * 2 == 31_030_658


def test_vit_b_16_has_the_products_of_its_layers() -> None:
    """196 patches, 12 layers of projections, attention and a perceptron on 197 tokens, the head."""
    analysis = load(ZOO / "vit_b_16.yaml").analysis

    tokens, width = 197, 768
    layer = tokens * (4 * width * width + 2 * width * 4 * width) + 2 * tokens * tokens * width
    macs = 196 * width * 3 * 16 * 16 + 12 * layer + width * 1000
    assert analysis.totals.macs == macs
    assert f"{macs / 1e9:.4f}" == "17.5638"


def test_a_temporal_convolutional_network_looks_back_as_far_as_its_dilations_reach() -> None:
    """Two convolutions a level, 7 taps, dilations 1 to 128; the last of 784 steps is read."""
    analysis = load(ZOO / "tcn.yaml").analysis
    (size,) = analysis.receptive_field.size
    (start,) = analysis.receptive_field.start

    assert size == 1 + 2 * 6 * sum(2**level for level in range(8)) == 3061
    assert start + size == 784  # it ends with the last step and sees nothing that comes later


def test_check_says_that_every_claim_and_target_of_the_zoo_holds() -> None:
    specs = sorted(map(str, ZOO.glob("*.yaml")))

    result = CliRunner().invoke(app, ["check", *specs])

    assert result.exit_code == 0, result.output
    assert f"{len(specs)} specs checked, all hold" in result.output
    assert result.output.count("claim params") >= len(specs) - 1
