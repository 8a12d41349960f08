from __future__ import annotations

import pytest

from archspec.judge import Verdict, judge_items
from tests.support.ladder import STEP1, STEP1_AS_PRINTED, STEP2, STEP3, analysis_of, network


def judged(text: str, claim: str) -> Verdict:
    analysis = analysis_of(f"{text}claims: {{{claim}}}\n")
    (verdict,) = judge_items(analysis.spec, analysis)
    return verdict


@pytest.mark.parametrize(
    ("text", "claim", "word"),
    [
        (STEP1, "params: 8172", "proven"),
        (STEP1_AS_PRINTED, "params: 8172", "contradicted"),
        (STEP1_AS_PRINTED, "params: 7052", "proven"),
        (STEP2, "params: 8084", "proven"),
        (STEP3, "params: 7720", "proven"),
        (STEP3, "params: 7720.5", "contradicted"),
        (STEP3, "macs: 1140928", "proven"),
        (STEP3, "macs: 1140929", "contradicted"),
        (STEP1, "receptive_field: 28", "proven"),
        (STEP2, "receptive_field: 28", "proven"),
        (STEP3, "receptive_field: 28", "proven"),
        (STEP3, "receptive_field: 27", "contradicted"),
        (STEP3, "best_test_accuracy: 99.40", "unproven"),
    ],
)
def test_a_published_figure_must_be_equal(text: str, claim: str, word: str) -> None:
    assert judged(text, claim).verdict == word


@pytest.mark.parametrize("claim", ["5", "9"])
def test_a_published_receptive_field_must_be_equal_on_every_axis(claim: str) -> None:
    text = network("[1, 28, 28]", "conv: {out_channels: 2, kernel_size: [5, 9]}")

    assert judged(text, f"receptive_field: {claim}").verdict == "contradicted"


def test_a_contradiction_names_both_figures_at_the_claim() -> None:
    verdict = judged(STEP1_AS_PRINTED, "params: 8172")
    (fault,) = verdict.diagnostics

    assert fault.code == "claim-contradicted"
    assert fault.message == "params is claimed to be 8,172, computed 7,052"
    assert str(fault.span) == f"a.yaml:{STEP1_AS_PRINTED.count(chr(10)) + 1}:18"
    assert (verdict.expected, verdict.actual) == ("8,172", "7,052")


def test_a_fault_in_the_network_leaves_static_claims_unproven() -> None:
    analysis = analysis_of(f"{STEP3}claims: {{params: 1, table: nowhere.md}}\n")
    params, table = judge_items(analysis.spec, None)

    assert (params.verdict, params.diagnostics) == ("unproven", ())
    assert table.verdict == "unproven"
