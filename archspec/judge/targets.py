"""What a spec demands of its network, judged."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic
from archspec.judge.bounds import holds, limits_from_above
from archspec.judge.figures import figures, show_figure
from archspec.judge.measured import judge_measured_target
from archspec.judge.verdict import Verdict
from archspec.language import Spec
from archspec.language.quantities import STATIC
from archspec.language.sections import Target

if TYPE_CHECKING:
    from archspec.record import RunRecord

NO_ANALYSIS = "the network has a fault"


def judge_targets(
    spec: Spec, analysis: Analysis | None, record: RunRecord | None = None
) -> tuple[Verdict, ...]:
    """Return a verdict on every target, in the order of the file.

    analysis: None where a fault hides the sizes, which leaves static targets unproven.
    record: the run that measured targets are judged by; None leaves them unproven.
    """
    return tuple(
        judge_static_target(target, analysis)
        if target.name in STATIC
        else judge_measured_target(target, spec, record)
        for target in spec.targets
    )


def judge_static_target(target: Target, analysis: Analysis | None) -> Verdict:
    """Judge a target that the file alone decides; a receptive field must hold on every axis.

    A global receptive field is judged by the figure without the layers that make it global, but it
    never keeps a bound from above: those layers do see the whole input.
    """
    name, expected, span = target.name, target.expected, target.span
    if analysis is None:
        return Verdict("target", name, expected, None, "unproven", span, NO_ANALYSIS)
    actual = show_figure(analysis, name)
    values = figures(analysis, name)
    kept = bool(values) and all(holds(target.bounds, Fraction(value)) for value in values)
    if name == "receptive_field" and analysis.receptive_field.is_global:
        kept = kept and not limits_from_above(target.bounds)
    if kept:
        return Verdict("target", name, expected, actual, "proven", span)
    fact = f"{name} is {actual}, demanded {expected}"
    missed = Diagnostic(
        "target-missed", fact, span, "change the layers until it holds, or the target"
    )
    return Verdict("target", name, expected, actual, "contradicted", span, diagnostics=(missed,))
