"""The steps of a report: each network with its runs, its verdicts, and what changed before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.analysis import Analysis
from archspec.diagnostics import ArchspecError, Diagnostic, SpecError, UsageError, in_order
from archspec.judge import Evidence, Verdict, judge_with_evidence
from archspec.judge.difference import Difference, difference
from archspec.language import Spec
from archspec.language.faults import without_echoes
from archspec.language.sections import Target
from archspec.report.desk import Material

if TYPE_CHECKING:
    from archspec.record import RunRecord
    from archspec.record.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class Step:
    """One network of a report.

    change: what differs from the step before, None for the first. best: the run whose best epoch
    the monitored split ranks highest. evaluation: of that run, None where none is kept.
    """

    analysis: Analysis
    evidence: Evidence
    verdicts: tuple[Verdict, ...]
    change: Difference | None
    best: RunRecord | None
    evaluation: Evaluation | None

    @property
    def spec(self) -> Spec:
        """The spec of the network."""
        return self.analysis.spec

    @property
    def name(self) -> str:
        """What the step is called: the stem of its file."""
        return self.spec.name

    @property
    def target(self) -> Target | None:
        """The demand on the test accuracy, where there is one."""
        return next((t for t in self.spec.targets if t.name == "test_accuracy"), None)


def make_steps(paths: Sequence[Path], material: Material) -> tuple[Step, ...]:
    """Return the steps in the order of the paths.

    Raises UsageError when two specs have one name, SpecError with every fault of the specs, the
    records and the evaluations.
    """
    unique = tuple(dict.fromkeys(paths))
    _refuse_namesakes(unique)
    faults: list[Diagnostic] = []
    networks: list[Analysis] = []
    for path in unique:
        found = material.desk.network(path)
        if isinstance(found, Analysis):
            networks.append(found)
        else:
            faults += found
    if faults:
        raise SpecError(in_order(without_echoes(faults)))
    steps: list[Step] = []
    for analysis in networks:
        evidence = material.evidence(analysis)
        best = best_run(evidence)
        try:
            evaluation = material.evaluation(best) if best is not None else None
        except ArchspecError as error:
            if not isinstance(error, SpecError):
                raise
            faults += error.diagnostics
            continue
        verdicts = judge_with_evidence(analysis, evidence)
        change = difference(steps[-1].analysis, analysis) if steps else None
        steps.append(Step(analysis, evidence, verdicts, change, best, evaluation))
    if faults:
        raise SpecError(in_order(without_echoes(faults)))
    return tuple(steps)


def best_run(evidence: Evidence) -> RunRecord | None:
    """Return the best run by the split that it may look at; the lowest seed among equals.

    Most right answers in the best epoch, then the lower loss; where nothing is held out, the lower
    training loss. Runs of one recipe monitor the same split.
    """

    def rank(record: RunRecord) -> tuple[int, float, int]:
        best = record.best
        assert best is not None, "a finished run has epochs"
        measure = getattr(best, record.monitored)
        right = 0 if record.monitored == "train" else -measure.correct
        return right, measure.loss, record.seed

    runs = [record for record in evidence.current if record.best is not None]
    return min(runs, key=rank) if runs else None


def _refuse_namesakes(paths: Sequence[Path]) -> None:
    first: dict[str, Path] = {}
    for path in paths:
        if (before := first.setdefault(path.stem, path)) != path:
            fact = f"{before} and {path} are both called {path.stem}"
            help = "a report names its steps after the files: leave one out, or rename it"
            raise UsageError([Diagnostic("same-name", fact, None, help)])
