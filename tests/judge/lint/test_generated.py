"""Networks that nobody thought of: lint ends for each, and points into its text."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archspec.judge.lint import CODES
from tests.support.linting import TRAIN, found
from tests.support.proof.graph_strategies import graphs
from tests.support.proof.strategies import chains

SECTIONS = st.sampled_from(["", TRAIN, TRAIN.replace("}}}", "}}, loss: NLLLoss}")])


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
@pytest.mark.parametrize("networks", [chains, graphs], ids=["chain", "graph"])
def test_lint_of_a_generated_network_ends_in_diagnostics(networks: type, rank: int) -> None:
    @settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(networks(rank), SECTIONS)
    def holds(text: str, sections: str) -> None:
        for diagnostic in found(text + sections):
            assert diagnostic.code in CODES
            assert diagnostic.span is not None
            assert diagnostic.span.source.line(diagnostic.span.line)

    holds()
