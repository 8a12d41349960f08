"""Targets and claims, judged by all the evidence there is: static figures and runs over seeds."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

from archspec.analysis import Analysis
from archspec.diagnostics.words import numbered
from archspec.judge.changes import show_changes, what_changed
from archspec.judge.evidence import Evidence
from archspec.judge.measured import Found
from archspec.judge.seeds import Spread, share_of
from archspec.judge.targets import judge_items
from archspec.judge.verdict import Verdict, Word
from archspec.language import Spec
from archspec.language.sections import Claim, Target
from archspec.network import recorded_analysis
from archspec.record import RunRecord

Recorded = Callable[[RunRecord], Analysis | None]
"""From a record to the network of its run."""


def judge_with_evidence(
    analysis: Analysis, evidence: Evidence, recorded: Recorded = recorded_analysis
) -> tuple[Verdict, ...]:
    """Return the verdicts on every target, and on every claim after them, in the file's order."""

    @cache
    def changes() -> str:
        return show_changes(what_changed(recorded(evidence.stale[0]), analysis))

    def judge(item: Target | Claim) -> Verdict:
        if not evidence.current:
            return Verdict.on(item, *_without_runs(item, evidence, changes))
        if isinstance(item, Claim):
            return Verdict.on(item, *_claim(item, evidence))
        return Verdict.on(item, *_target(item, analysis.spec, evidence))

    return judge_items(analysis.spec, analysis, judge)


def _target(target: Target, spec: Spec, evidence: Evidence) -> Found:
    """Judge a measured target by the share of seeds that meet it, one run a seed.

    Without as many seeds as it asks for it is unproven.
    """
    share = share_of(target, spec, evidence.current)
    if share.share is None:
        return "unproven", None, f"the runs measured no {target.name}"
    actual = f"met by {share}"
    if share.n < target.seeds.at_least:
        return "unproven", actual, f"{share.n} of {target.seeds.at_least} seeds recorded"
    if share.share >= target.seeds.exact_share:
        return "proven", actual, None
    return "contradicted", f"{actual}, missed by {numbered('seed', share.missed)}", None


def _claim(claim: Claim, evidence: Evidence) -> Found:
    """Confront a published accuracy with the range of the seeds; neither word is a fault.

    Reproduced: the figure lies in the range from the lowest to the highest seed, widened on both
    sides by twice the standard error of `squared_error`.
    """
    spread = evidence.summary.spreads.get(claim.name)
    if spread is None:
        return "unproven", None, f"the runs measured no {claim.name}"
    gap = max(spread.min - claim.value, claim.value - spread.max, Fraction())
    squared = squared_error(claim.value, spread.images)
    chance = f"{2 * float(squared) ** 0.5:.2f} by chance in {spread.images:,} images"
    word: Word = "reproduced" if gap * gap <= 4 * squared else "not reproduced"
    return word, str(spread), f"{_range(spread)} ± {chance}"


def squared_error(percent: Fraction, images: int) -> Fraction:
    """Return the squared binomial standard error of an accuracy, in points.

    The error is sqrt(p (1 - p) / images), with p the published share of right answers: how far
    chance alone moves a network's score on so many images. The square is exact.
    """
    return max(percent * (100 - percent), Fraction()) / images


def _without_runs(item: Target | Claim, evidence: Evidence, changes: Callable[[], str]) -> Found:
    """Say what becomes of what no run of the present recipe speaks of.

    It is stale when there are runs of another recipe only.
    """
    if evidence.stale:
        kept = len(evidence.stale)
        since = f"the {kept} runs that are kept" if kept > 1 else "the run that is kept"
        return "stale", None, f"the recipe changed since {since}: {changes()}"
    wanted = item.seeds.at_least if isinstance(item, Target) else 1
    reason = "no record of a finished run"
    if wanted > 1:
        reason += f", {wanted} seeds are asked for"
    if evidence.set_aside:
        others = len(evidence.set_aside) - 1
        more = f", and {others} more" if others else ""
        reason += f" (set aside: {evidence.set_aside[0].reason}{more})"
    return "unproven", None, reason


def _range(spread: Spread) -> str:
    low, high = f"{float(spread.min):.2f}", f"{float(spread.max):.2f}"
    return f"range {low} to {high} %" if low != high else f"all at {low} %"
