"""Targets and claims, judged by all the evidence there is: static figures and runs over seeds."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic
from archspec.diagnostics.words import numbered
from archspec.judge.changes import show_changes, what_changed
from archspec.judge.claims import judge_static_claim
from archspec.judge.evidence import Evidence
from archspec.judge.measured import CURE
from archspec.judge.published_table import judge_table
from archspec.judge.seeds import Spread, share_of
from archspec.judge.targets import judge_static_target
from archspec.judge.verdict import Role, Verdict, Word
from archspec.language import Spec
from archspec.language.quantities import STATIC
from archspec.language.sections import Claim, Target

NO_RECORD = "no record of a finished run"


def judge_with_evidence(
    spec: Spec, analysis: Analysis | None, evidence: Evidence
) -> tuple[tuple[Verdict, ...], tuple[Verdict, ...]]:
    """Return the verdicts on every target, and on every claim, in the order of the file.

    analysis: None where a fault hides the sizes, which leaves static ones unproven.
    """
    targets = tuple(
        judge_static_target(target, analysis)
        if target.name in STATIC
        else judge_target_by_seeds(target, spec, analysis, evidence)
        for target in spec.targets
    )
    claims = [
        judge_static_claim(claim, analysis)
        if claim.name in STATIC
        else judge_claim_by_seeds(claim, analysis, evidence)
        for claim in spec.claims.figures
    ]
    if spec.claims.table is not None:
        claims.append(judge_table(spec.claims.table, analysis))
    return targets, tuple(claims)


def judge_target_by_seeds(
    target: Target, spec: Spec, analysis: Analysis | None, evidence: Evidence
) -> Verdict:
    """Judge a measured target by the share of seeds that meet it, one run a seed.

    Without as many seeds as it asks for it is unproven; it is stale when there are runs of another
    recipe only.
    """
    verdict = partial(_verdict, "target", target, target.expected)
    if not evidence.current:
        wanted = target.seeds.at_least
        asked = f", {wanted} seeds are asked for" if wanted > 1 else ""
        return verdict(*_without_runs(analysis, evidence, asked))
    share = share_of(target, spec, evidence.current)
    if share.share is None:
        return verdict("unproven", reason=f"the runs measured no {target.name}")
    actual = f"met by {share}"
    if share.n < target.seeds.at_least:
        return verdict("unproven", actual, f"{share.n} of {target.seeds.at_least} seeds recorded")
    if share.share >= target.seeds.exact_share:
        return verdict("proven", actual)
    actual += f", missed by {numbered('seed', share.missed)}"
    message = f"{target.name} is {actual}, demanded {target.expected}"
    missed = Diagnostic("target-missed", message, target.span, CURE)
    return verdict("contradicted", actual, diagnostics=(missed,))


def judge_claim_by_seeds(claim: Claim, analysis: Analysis | None, evidence: Evidence) -> Verdict:
    """Confront a published accuracy with the range of the seeds; neither word is a fault.

    Reproduced: the figure lies in the range from the lowest to the highest seed, widened on both
    sides by twice the standard error of `squared_error`.
    """
    verdict = partial(_verdict, "claim", claim, f"{float(claim.value):.2f} %")
    if not evidence.current:
        return verdict(*_without_runs(analysis, evidence, ""))
    spread = evidence.summary.spreads.get(claim.name)
    if spread is None:
        return verdict("unproven", reason=f"the runs measured no {claim.name}")
    gap = max(spread.min - claim.value, claim.value - spread.max, Fraction())
    squared = squared_error(claim.value, spread.images)
    seen = _range(spread)
    reason = f"{seen} ± {2 * float(squared) ** 0.5:.2f} by chance in {spread.images:,} images"
    word: Word = "reproduced" if gap * gap <= 4 * squared else "not reproduced"
    return verdict(word, str(spread), reason)


def squared_error(percent: Fraction, images: int) -> Fraction:
    """Return the squared binomial standard error of an accuracy, in points.

    The error is sqrt(p (1 - p) / images), with p the published share of right answers: how far
    chance alone moves a network's score on so many images. The square is exact.
    """
    return max(percent * (100 - percent), Fraction()) / images


def _without_runs(
    analysis: Analysis | None, evidence: Evidence, asked: str
) -> tuple[Word, None, str]:
    """Return word and reason for what no run of the present recipe speaks of."""
    if evidence.stale and analysis is not None:
        kept = len(evidence.stale)
        since = f"the {kept} runs that are kept" if kept > 1 else "the run that is kept"
        changes = what_changed(evidence.stale[0], analysis)
        return "stale", None, f"the recipe changed since {since}: {show_changes(changes)}"
    reason = f"{NO_RECORD}{asked}"
    if evidence.set_aside:
        others = len(evidence.set_aside) - 1
        more = f", and {others} more" if others else ""
        reason += f" (set aside: {evidence.set_aside[0].reason}{more})"
    return "unproven", None, reason


def _range(spread: Spread) -> str:
    low, high = f"{float(spread.min):.2f}", f"{float(spread.max):.2f}"
    return f"range {low} to {high} %" if low != high else f"all at {low} %"


def _verdict(
    role: Role,
    item: Target | Claim,
    expected: str,
    word: Word,
    actual: str | None = None,
    reason: str | None = None,
    diagnostics: tuple[Diagnostic, ...] = (),
) -> Verdict:
    return Verdict(role, item.name, expected, actual, word, item.span, reason, diagnostics)
