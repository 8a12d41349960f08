"""What a report is made from: a desk that reads each file once, and one folder of records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic
from archspec.judge import Evidence
from archspec.report.desk import Desk

if TYPE_CHECKING:
    from archspec.record import RunRecord
    from archspec.record.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class Material:
    """Networks by the paths of their specs; evidence and evaluations from the folder `records`."""

    desk: Desk
    records: Path

    def network(self, path: Path) -> Analysis | tuple[Diagnostic, ...]:
        """Return the analysis of a spec, or its faults."""
        return self.desk.network(path)

    def evidence(self, analysis: Analysis) -> Evidence:
        """Return what the kept runs say of a network.

        Raises SpecError for a record that is unsound, EnvironmentFault when one cannot be read.
        """
        path = analysis.spec.path
        assert path is not None, "a network of a report comes from a file"
        return self.desk.evidence(path, analysis, self.records)

    def evaluation(self, record: RunRecord) -> Evaluation | None:
        """Return the kept evaluation of a run, None when it has none.

        Raises SpecError when it is unsound or of another run, EnvironmentFault when it cannot be
        read.
        """
        from archspec.record.evaluation import ensure_of_run, evaluation_path, read_evaluation

        path = evaluation_path(self.records / record.spec.name / f"{record.run}.json")
        if not path.exists():
            return None
        evaluation = read_evaluation(path)
        ensure_of_run(evaluation, record, path)
        return evaluation
