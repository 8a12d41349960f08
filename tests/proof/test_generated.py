"""Networks that nobody thought of: what the analysis says of them is what torch does.

Claim: 600 generated chains for each of 0 to 3 axes agree in every shape, name, count, MAC and
receptive field. HYPOTHESIS_PROFILE=thorough draws 12,000 of each.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from archspec.layers import REGISTRY
from tests.ladder import analysis_of
from tests.proof.against_torch import assert_receptive_field, assert_same_as_torch
from tests.proof.strategies import MAKERS, networks

# torch says of even kernels with `padding: same` that they cost it a copy.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

NETWORKS_IN_A_TEST = 6
"""A multiple of the profile's count: one network takes about 20 ms."""
profile = settings()
enough = settings(
    max_examples=NETWORKS_IN_A_TEST * profile.max_examples,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_every_registered_kind_is_drawn() -> None:
    assert set(MAKERS) == set(REGISTRY)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_a_generated_network_is_what_torch_makes_of_it(rank: int) -> None:
    @enough
    @given(networks(rank))
    def holds(text: str) -> None:
        analysis = analysis_of(text)
        assert_same_as_torch(analysis)
        assert_receptive_field(analysis)

    holds()
