"""Measured targets and claims against the record of a run, exactly, from whole counts."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.diagnostics import Diagnostic
from archspec.diagnostics.words import numbered
from archspec.judge.bounds import holds
from archspec.judge.verdict import Verdict, Word
from archspec.language.quantities import split_of
from archspec.language.sections import Claim, Target

if TYPE_CHECKING:  # `check` judges without a run, and need not load the record's reading
    from archspec.language import Spec
    from archspec.record import Measure, RunRecord

NO_RUN = "only a run can tell"
CURE = "change the layers, the data or the training until it holds, or the target"


def percent(measure: Measure) -> Fraction:
    """Return the share of right answers in percent, exactly."""
    return Fraction(100 * measure.correct, measure.total)


def show_percent(measure: Measure) -> str:
    """Return `99.40 %`, rounded to two decimals."""
    return f"{float(percent(measure)):.2f} %"


def show_measure(measure: Measure) -> str:
    """Return `99.40 % (9,940 of 10,000)`; the counts say what two decimals may hide."""
    return f"{show_percent(measure)} ({measure.correct:,} of {measure.total:,})"


def foreign_data(spec: Spec, record: RunRecord) -> str | None:
    """Return why a run's data says nothing about this spec's targets; None when it is the same."""
    wanted = spec.data.dataset if spec.data else None
    trained = record.dataset.name
    if wanted is None:
        return f"the run used {trained}, and the spec names no dataset"
    if trained != wanted or record.dataset.replaces not in (None, trained):
        made = ", generated images," if record.dataset.generated else ""
        return f"the run used {trained}{made} and not {wanted}"
    return None


def judge_measured_target(target: Target, spec: Spec, record: RunRecord | None) -> Verdict:
    """Judge a target such as test_accuracy by the epochs of a run.

    Without `epochs` and `within` the last epoch counts; `within` alone asks for one epoch. What is
    not met by a run that did not finish, or stopped before it could be, stays unproven.
    """
    # One run is held against what is asked of one; how many must meet it is judged elsewhere.
    expected = target.expected if record is None else target.expected_of_run

    def verdict(word: Word, actual: str | None = None, reason: str | None = None) -> Verdict:
        diagnostics: tuple[Diagnostic, ...] = ()
        if word == "contradicted":
            message = f"{target.name} is {actual}, demanded {expected}"
            diagnostics = (Diagnostic("target-missed", message, target.span, CURE),)
        return Verdict(
            "target", target.name, expected, actual, word, target.span, reason, diagnostics
        )

    if record is None:
        return verdict("unproven", reason=NO_RUN)
    if reason := foreign_data(spec, record):
        return verdict("unproven", reason=reason)
    measures = measures_of(record, split_of(target.name))
    if not measures:
        return verdict("unproven", reason=f"the run measured no {target.name}")
    is_finished = record.status == "finished"
    stopped = None if is_finished else f"the run is {record.status} after epoch {measures[-1][0]}"

    if target.epochs is None and target.within is None:
        epoch, last = measures[-1]
        actual = f"{show_measure(last)} in epoch {epoch}, the last"
        if stopped:
            return verdict("unproven", actual, stopped)
        return verdict("proven" if holds(target.bounds, percent(last)) else "contradicted", actual)

    counted = [pair for pair in measures if target.within is None or pair[0] <= target.within]
    wanted = target.epochs or 1
    met = [(epoch, m) for epoch, m in counted if holds(target.bounds, percent(m))]
    longest = _longest_row(met) if target.consecutive else met
    if len(longest) >= wanted:
        shown = ", ".join(f"{float(percent(m)):.2f} %" for _, m in longest[:wanted])
        row = numbered("epoch", (e for e, _ in longest[:wanted]))
        return verdict("proven", f"{shown} in {row}")
    epoch, highest = max(counted, key=lambda pair: percent(pair[1]), default=measures[0])
    kept = f"kept in {numbered('epoch', (e for e, _ in met))}" if met else "kept in no epoch"
    actual = f"{kept}; best {show_measure(highest)} in epoch {epoch}"
    is_over = is_finished or (target.within is not None and measures[-1][0] >= target.within)
    return verdict("contradicted" if is_over else "unproven", actual, None if is_over else stopped)


def judge_measured_claim(claim: Claim, spec: Spec, record: RunRecord | None) -> Verdict:
    """Confront a published accuracy with a run: reached is proven, not reached stays unproven.

    One run cannot refute a figure that chance may have given to another run of the same recipe.
    """

    def verdict(word: Word, actual: str | None = None, reason: str | None = None) -> Verdict:
        expected = f"{float(claim.value):.2f} %"
        return Verdict("claim", claim.name, expected, actual, word, claim.span, reason)

    if record is None:
        return verdict("unproven", reason=NO_RUN)
    if reason := foreign_data(spec, record):
        return verdict("unproven", reason=reason)
    measures = measures_of(record, split_of(claim.name))
    if not measures:
        return verdict("unproven", reason=f"the run measured no {claim.name}")
    if claim.name.startswith("best_"):
        epoch, measure = max(measures, key=lambda pair: percent(pair[1]))
    else:
        if record.status != "finished":
            return verdict("unproven", reason=f"the run is {record.status}")
        epoch, measure = measures[-1]
    actual = f"{show_measure(measure)} in epoch {epoch}"
    if percent(measure) >= claim.value:
        return verdict("proven", actual)
    return verdict("unproven", actual, "this run did not reach it, which another one may")


def measures_of(record: RunRecord, split: str) -> list[tuple[int, Measure]]:
    """Return (epoch, measure) of every epoch that has one for the split."""
    found = []
    for epoch in record.epochs:
        measure = {"train": epoch.train, "validation": epoch.validation, "test": epoch.test}[split]
        if measure is not None and measure.total > 0:
            found.append((epoch.epoch, measure))
    return found


def _longest_row(met: list[tuple[int, Measure]]) -> list[tuple[int, Measure]]:
    """Return the longest row of epochs that follow each other, the first among equals."""
    longest: list[tuple[int, Measure]] = []
    row: list[tuple[int, Measure]] = []
    for pair in met:
        row = [*row, pair] if row and pair[0] == row[-1][0] + 1 else [pair]
        longest = max(longest, row, key=len)
    return longest
