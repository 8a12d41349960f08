"""What a spec demands of its network, and what someone published of it, judged."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from archspec.analysis import Analysis
from archspec.judge.bounds import holds, limits_from_above
from archspec.judge.figures import figures, show_figure
from archspec.judge.verdict import NO_ANALYSIS, Verdict
from archspec.language import Spec
from archspec.language.quantities import STATIC
from archspec.language.sections import Claim, Target


def wait_for_run(item: Target | Claim) -> Verdict:
    """Leave a measured target or claim unproven."""
    return Verdict.on(item, "unproven", reason="only a run can tell")


def judge_items(
    spec: Spec,
    analysis: Analysis | None,
    judge_measured: Callable[[Target | Claim], Verdict] = wait_for_run,
) -> tuple[Verdict, ...]:
    """Return a verdict on every target, every claimed figure and the claimed table, in that order.

    analysis: None where a fault hides the sizes, which leaves static ones unproven.
    judge_measured: what has the word on those that only runs can tell of.
    """
    items: tuple[Target | Claim, ...] = (*spec.targets, *spec.claims.figures)
    verdicts = [
        judge_static(item, analysis) if item.name in STATIC else judge_measured(item)
        for item in items
    ]
    if spec.claims.table is not None:
        from archspec.judge.published_table import judge_table

        verdicts.append(judge_table(spec.claims.table, analysis))
    return tuple(verdicts)


def judge_static(item: Target | Claim, analysis: Analysis | None) -> Verdict:
    """Judge what the file alone decides, on every axis: bounds must hold, a claim must be equal.

    A global receptive field is judged by the figure without the layers that make it global, but it
    never keeps a bound from above: those layers do see the whole input.
    """
    if analysis is None:
        return Verdict.on(item, "unproven", reason=NO_ANALYSIS)
    values = figures(analysis, item.name)
    if isinstance(item, Claim):
        kept = all(value == item.value for value in values)
    else:
        kept = all(holds(item.bounds, Fraction(value)) for value in values)
        if item.name == "receptive_field" and analysis.receptive_field.is_global:
            kept = kept and not limits_from_above(item.bounds)
    actual = show_figure(analysis, item.name)
    return Verdict.on(item, "proven" if values and kept else "contradicted", actual)
