"""Measured targets and claims against the record of a run, exactly, from whole counts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.diagnostics.words import numbered
from archspec.judge.bounds import holds
from archspec.judge.verdict import Verdict, Word
from archspec.language.quantities import split_of
from archspec.language.sections import Claim, Target

if TYPE_CHECKING:  # `check` judges without a run, and need not load the record's reading
    from archspec.language import Spec
    from archspec.record import Measure, RunRecord

    Measured = tuple[int, Measure]
    """An epoch, and what it measured."""

Found = tuple[Word, str | None, str | None]
"""The word, what was found, and the reason."""


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


def judge_by_run(item: Target | Claim, spec: Spec, record: RunRecord) -> Verdict:
    """Judge a measured target or claim by one run, held against what is asked of one.

    How many runs must meet a target is judged elsewhere.
    """
    measures = measures_of(record, split_of(item.name))
    found: Found
    if reason := foreign_data(spec, record):
        found = "unproven", None, reason
    elif not measures:
        found = "unproven", None, f"the run measured no {item.name}"
    elif isinstance(item, Target):
        found = _target(item, record, measures)
    else:
        found = _claim(item, record, measures)
    expected = item.expected_of_run if isinstance(item, Target) else None
    return Verdict.on(item, *found, expected)


def _target(target: Target, record: RunRecord, measures: Sequence[Measured]) -> Found:
    """Judge a target such as test_accuracy by the epochs of a run.

    Without `epochs` and `within` the last epoch counts; `within` alone asks for one epoch. What is
    not met by a run that did not finish, or stopped before it could be, stays unproven.
    """
    is_finished = record.status == "finished"
    ended = measures[-1][0]
    stopped = None if is_finished else f"the run is {record.status} after epoch {ended}"
    if is_finished and (planned := _planned(record)) > ended:
        stopped = f"the run has {ended} of the {planned} epochs that the spec asks for"
    if target.epochs is None and target.within is None:
        epoch, last = measures[-1]
        actual = f"{show_measure(last)} in epoch {epoch}, the last"
        if stopped:
            return "unproven", actual, stopped
        return "proven" if holds(target.bounds, percent(last)) else "contradicted", actual, None

    counted = [pair for pair in measures if target.within is None or pair[0] <= target.within]
    wanted = target.epochs or 1
    met = [(epoch, m) for epoch, m in counted if holds(target.bounds, percent(m))]
    longest = _longest_row(met) if target.consecutive else met
    if len(longest) >= wanted:
        shown = ", ".join(f"{float(percent(m)):.2f} %" for _, m in longest[:wanted])
        row = numbered("epoch", (e for e, _ in longest[:wanted]))
        return "proven", f"{shown} in {row}", None
    epoch, highest = max(counted, key=lambda pair: percent(pair[1]), default=measures[0])
    kept = f"kept in {numbered('epoch', (e for e, _ in met))}" if met else "kept in no epoch"
    actual = f"{kept}; best {show_measure(highest)} in epoch {epoch}"
    if target.within is not None and ended >= target.within:
        return "contradicted", actual, None
    if stopped is None and ended < (target.within or wanted):
        stopped = f"the run has {ended} of {target.within or wanted} epochs"
    return ("unproven" if stopped else "contradicted"), actual, stopped


def _planned(record: RunRecord) -> int:
    """Return the epochs that a run's spec asks for where options ask for others, else 0."""
    if not any("epochs" in option for option in record.spec.overrides):
        return 0
    from archspec.diagnostics import Source
    from archspec.language import read_recorded

    sources = [Source(source.name, source.text) for source in record.spec.sources]
    spec = read_recorded(sources, record.spec.name).spec
    return spec.train.epochs if spec and spec.train else 0


def _claim(claim: Claim, record: RunRecord, measures: Sequence[Measured]) -> Found:
    """Confront a published accuracy with a run: reached is proven, not reached stays unproven.

    One run cannot refute a figure that chance may have given to another run of the same recipe.
    """
    if claim.name.startswith("best_"):
        epoch, measure = max(measures, key=lambda pair: percent(pair[1]))
    elif record.status != "finished":
        return "unproven", None, f"the run is {record.status}"
    else:
        epoch, measure = measures[-1]
    actual = f"{show_measure(measure)} in epoch {epoch}"
    if percent(measure) >= claim.value:
        return "proven", actual, None
    return "unproven", actual, "this run did not reach it, which another one may"


def measures_of(record: RunRecord, split: str) -> list[Measured]:
    """Return (epoch, measure) of every epoch that has one for the split."""
    found = []
    for epoch in record.epochs:
        measure = {"train": epoch.train, "validation": epoch.validation, "test": epoch.test}[split]
        if measure is not None and measure.total > 0:
            found.append((epoch.epoch, measure))
    return found


def _longest_row(met: list[Measured]) -> list[Measured]:
    """Return the longest row of epochs that follow each other, the first among equals."""
    longest: list[Measured] = []
    row: list[Measured] = []
    for pair in met:
        row = [*row, pair] if row and pair[0] == row[-1][0] + 1 else [pair]
        longest = max(longest, row, key=len)
    return longest
