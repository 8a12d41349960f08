"""A spec judged and linted: what every command that tells of one begins with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, in_order
from archspec.judge import Verdict, judge_claims, judge_targets
from archspec.language import Reading, Spec
from archspec.network import study

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
    is_strict: bool = False

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Targets, then claims, in the order of the file."""
        return self.targets + self.claims

    @property
    def is_ok(self) -> bool:
        """True when no error stands and nothing is contradicted; unproven is no fault.

        A warning is one for who is strict.
        """
        faults = ("error", "warning") if self.is_strict else ("error",)
        faulty = any(diagnostic.severity in faults for diagnostic in self.diagnostics)
        return not faulty and all(v.verdict != "contradicted" for v in self.verdicts)


def inspect(
    path: Path,
    overrides: Sequence[str] = (),
    record: RunRecord | None = None,
    unsaved: Mapping[Path, str] | None = None,
    *,
    is_strict: bool = False,
) -> Inspection:
    """Read a spec, judge and lint it; what is found of it are diagnostics in the result.

    overrides: as given by `--set`. record: the run that measured targets and claims are judged by.
    unsaved: texts that stand in for what lies on the disk, by the file behind links.
    """
    reading, analysis, diagnostics = study(path, overrides, unsaved)
    spec = reading.spec
    if spec is None:
        return Inspection(path, reading, None, (), (), diagnostics)
    targets = judge_targets(spec, analysis, record)
    claims = judge_claims(spec, analysis, record)
    judged = (fault for verdict in targets + claims for fault in verdict.diagnostics)
    noted = _note_faults(spec, analysis)
    found = (*diagnostics, *judged, *noted, *name_faults(spec))
    linted = _linted(analysis, found) if is_sound(diagnostics) else in_order(found)
    return Inspection(path, reading, analysis, targets, claims, linted, is_strict)


def is_sound(diagnostics: Iterable[Diagnostic]) -> bool:
    """Say whether what was read is what was meant, so that it can be linted."""
    return all(diagnostic.severity != "error" for diagnostic in diagnostics)


def _linted(analysis: Analysis | None, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Return what was found and what lint finds, less what the spec allows."""
    assert analysis is not None  # without a fault its sizes are known
    from archspec.judge.lint import lint

    return lint(analysis, found)


def name_faults(spec: Spec) -> tuple[Diagnostic, ...]:
    """Return warnings of classes and arguments that torch and torchvision do not have."""
    if spec.data is None and spec.train is None:
        return ()
    from archspec.language.catalogue import check_names

    return check_names(spec)


def _note_faults(spec: Spec, analysis: Analysis | None) -> tuple[Diagnostic, ...]:
    """Return the faults of references in the notes, which name layers and other specs."""
    if analysis is None or not spec.notes:
        return ()
    from archspec.judge.notes import check_notes

    def network(path: Path) -> Analysis | tuple[Diagnostic, ...]:
        found = study(path)
        return found.sound or found.errors

    return check_notes(spec, analysis, network)
