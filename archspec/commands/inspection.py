"""The way of every command that reads a spec: read, graph, analyze, judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.analysis import Analysis, analyze
from archspec.diagnostics import Diagnostic, in_order
from archspec.graph import make_graph
from archspec.judge import Verdict, judge_claims, judge_targets
from archspec.spec import Reading, Spec, read_spec

if TYPE_CHECKING:
    from archspec.record import RunRecord


@dataclass(frozen=True, slots=True)
class Inspection:
    """One spec, read and judged. `analysis` is None where a fault hides the sizes."""

    path: Path
    reading: Reading
    analysis: Analysis | None
    targets: tuple[Verdict, ...]
    claims: tuple[Verdict, ...]
    diagnostics: tuple[Diagnostic, ...]
    """Everything found on the way, by file and line; those of the verdicts among them."""

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Targets, then claims, in the order of the file."""
        return self.targets + self.claims

    @property
    def is_ok(self) -> bool:
        """True when no error stands and nothing is contradicted; unproven is no fault."""
        faulty = any(diagnostic.severity == "error" for diagnostic in self.diagnostics)
        return not faulty and all(v.verdict != "contradicted" for v in self.verdicts)


def study(
    path: Path, overrides: Sequence[str] = ()
) -> tuple[Reading, Analysis | None, tuple[Diagnostic, ...]]:
    """Read and analyze a spec; return what was read, what is known, and every fault by place."""
    reading = read_spec(path, overrides)
    if reading.spec is None:
        return reading, None, reading.diagnostics
    graph, graph_faults = make_graph(reading.spec)
    analysis, faults = analyze(graph)
    return reading, analysis, in_order((*reading.diagnostics, *graph_faults, *faults))


def inspect(
    path: Path, overrides: Sequence[str] = (), record: RunRecord | None = None
) -> Inspection:
    """Read a spec and judge it; every fault of it is a diagnostic in the result.

    overrides: as given by `--set`. record: the run that measured targets and claims are judged by.
    """
    reading, analysis, diagnostics = study(path, overrides)
    spec = reading.spec
    if spec is None:
        return Inspection(path, reading, None, (), (), diagnostics)
    targets = judge_targets(spec, analysis, record)
    claims = judge_claims(spec, analysis, record)
    judged = (fault for verdict in targets + claims for fault in verdict.diagnostics)
    noted = _note_faults(spec, analysis)
    found = in_order((*diagnostics, *judged, *noted))
    return Inspection(path, reading, analysis, targets, claims, found)


def _note_faults(spec: Spec, analysis: Analysis | None) -> tuple[Diagnostic, ...]:
    """Return the faults of references in the notes, which name layers and other specs."""
    if analysis is None or not spec.notes:
        return ()
    from archspec.judge.notes import check_notes

    def network(path: Path) -> Analysis | tuple[Diagnostic, ...]:
        _, found, faults = study(path)
        errors = tuple(fault for fault in faults if fault.severity == "error")
        return found if found is not None and not errors else errors

    return check_notes(spec, analysis, network)
