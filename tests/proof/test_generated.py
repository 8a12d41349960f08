"""Networks that nobody thought of: what the analysis says of them is what torch does.

Claim: 300 generated chains and 300 generated graphs for each of 0 to 3 axes agree in every shape,
name, count, MAC and receptive field. HYPOTHESIS_PROFILE=thorough draws 6,000 of each.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from archspec.layers import REGISTRY
from tests.support.ladder import analysis_with_warnings
from tests.support.proof.against_torch import assert_same_as_torch
from tests.support.proof.gradient_field import assert_receptive_field
from tests.support.proof.graph_strategies import graphs
from tests.support.proof.layer_makers import MAKERS
from tests.support.proof.strategies import JOINS, chains

# torch says of even kernels with `padding: same` that they cost it a copy.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

NETWORKS_IN_A_TEST = 3
"""A multiple of the profile's count: one network takes about 20 ms."""
profile = settings()
enough = settings(
    max_examples=NETWORKS_IN_A_TEST * profile.max_examples,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
BY_ID = ("scaled_dot_product",)
"""Kinds that are always fed by ids, and stand in test_conformance.py alone."""


def test_every_registered_kind_is_drawn() -> None:
    assert {*MAKERS, *JOINS, *BY_ID} == set(REGISTRY)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
@pytest.mark.parametrize("networks", [chains, graphs], ids=["chain", "graph"])
def test_a_generated_network_is_what_torch_makes_of_it(networks: type, rank: int) -> None:
    @enough
    @given(networks(rank))
    def holds(text: str) -> None:
        analysis = analysis_with_warnings(text)
        assert_same_as_torch(analysis)
        assert_receptive_field(analysis)

    holds()
