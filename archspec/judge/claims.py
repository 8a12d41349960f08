"""What someone published of a network, confronted with what is computed or measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic
from archspec.judge.figures import figures, show_figure
from archspec.judge.measured import judge_measured_claim
from archspec.judge.published_table import judge_table
from archspec.judge.targets import NO_ANALYSIS
from archspec.judge.verdict import Verdict
from archspec.language import Spec
from archspec.language.quantities import STATIC
from archspec.language.sections import Claim

if TYPE_CHECKING:
    from archspec.record import RunRecord


def judge_claims(
    spec: Spec, analysis: Analysis | None, record: RunRecord | None = None
) -> tuple[Verdict, ...]:
    """Return a verdict on every claimed figure, and on the claimed table after them.

    analysis: None where a fault hides the sizes, which leaves static claims unproven.
    record: the run that measured claims are confronted with; None leaves them unproven.
    """
    verdicts = [
        judge_static_claim(claim, analysis)
        if claim.name in STATIC
        else judge_measured_claim(claim, spec, record)
        for claim in spec.claims.figures
    ]
    if spec.claims.table is not None:
        verdicts.append(judge_table(spec.claims.table, analysis))
    return tuple(verdicts)


def judge_static_claim(claim: Claim, analysis: Analysis | None) -> Verdict:
    """Judge a published figure that the file alone decides: it must be equal, on every axis."""
    value = claim.value
    expected = f"{int(value):,}" if value.denominator == 1 else f"{float(value):g}"
    if analysis is None:
        return Verdict("claim", claim.name, expected, None, "unproven", claim.span, NO_ANALYSIS)
    actual = show_figure(analysis, claim.name)
    values = figures(analysis, claim.name)
    if values and all(figure == value for figure in values):
        return Verdict("claim", claim.name, expected, actual, "proven", claim.span)
    contradiction = Diagnostic(
        "claim-contradicted",
        f"{claim.name} is claimed to be {expected}, computed {actual}",
        claim.span,
        help="correct the claim, or the layers" if values else None,
    )
    return Verdict(
        "claim",
        claim.name,
        expected,
        actual,
        "contradicted",
        claim.span,
        diagnostics=(contradiction,),
    )
