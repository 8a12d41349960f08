"""Specs, read and judged: the value that `check`, `lint`, `verify` and `watch` tell of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, in_order
from archspec.judge.targets import judge_items
from archspec.judge.verdict import Verdict, Word
from archspec.language import Spec
from archspec.language.faults import without_echoes
from archspec.network import Beginning, Study, study
from archspec.values import dataclass

if TYPE_CHECKING:
    from archspec.judge.evidence import Evidence
    from archspec.record import FoundRecord

FAILING = frozenset({"error", "contradicted"})
"""Severities and words with which a spec does not hold; what is unproven is no fault."""


@dataclass(frozen=True, slots=True)
class JudgedSpec:
    """One spec, with a verdict on each of its targets, then on each of its claims.

    diagnostics: everything found on the way, by file and line; those of the verdicts among them.
    failing: severities and words with which it does not hold. evidence: the runs that it was judged
    by; None where it was judged without any, or a fault hides the network.
    """

    path: Path
    study: Study
    verdicts: tuple[Verdict, ...]
    diagnostics: tuple[Diagnostic, ...]
    failing: frozenset[str] = FAILING
    evidence: Evidence | None = None

    @property
    def is_ok(self) -> bool:
        """True when nothing was found with which it does not hold."""
        return self.lacks(self.failing)

    def lacks(self, words: Collection[str]) -> bool:
        """Return whether none of these severities and words was found."""
        return not any(d.severity in words for d in self.diagnostics) and not any(
            verdict.verdict in words for verdict in self.verdicts
        )


@dataclass(frozen=True, slots=True)
class JudgedSpecs:
    """Several specs, and the records that they were judged by, if they were.

    folder, found: where the records lie, and what was found there.
    """

    specs: tuple[JudgedSpec, ...]
    is_strict: bool = False
    folder: Path | None = None
    found: tuple[FoundRecord, ...] = ()

    @property
    def is_ok(self) -> bool:
        """True when every spec holds, and every record can be read."""
        return not self.unreadable and all(spec.is_ok for spec in self.specs)

    @property
    def unreadable(self) -> tuple[FoundRecord, ...]:
        """The records that cannot be read, or are not as they were written."""
        return tuple(item for item in self.found if item.diagnostics)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every diagnostic by file and line, each once: specs may share a parent."""
        found = [d for spec in self.specs for d in spec.diagnostics]
        found += [d for record in self.unreadable for d in record.diagnostics]
        return in_order(without_echoes(found))

    def count(self) -> dict[Word, int]:
        """Return how many verdicts there are of each word."""
        counted = Counter(verdict.verdict for spec in self.specs for verdict in spec.verdicts)
        return {word: counted[word] for word in get_args(Word)}


def check(*sources: Beginning, overrides: Sequence[str] = (), strict: bool = False) -> JudgedSpecs:
    """Read specs, judge and lint them; what is found of them are diagnostics in the result.

    overrides: as given by `--set`. strict: let warnings fail, as faults do. What only runs can tell
    stays unproven: `verify` judges it.
    """
    return JudgedSpecs(tuple(check_spec(s, overrides, strict=strict) for s in sources), strict)


def check_spec(
    source: Beginning,
    overrides: Sequence[str] = (),
    unsaved: Mapping[Path, str] | None = None,
    *,
    strict: bool = False,
) -> JudgedSpec:
    """Check one spec; see `check`.

    unsaved: texts that stand in for what lies on the disk, by the file behind links.
    """
    made = study(source, overrides, unsaved)
    spec, found = made.reading.spec, made.diagnostics
    verdicts: tuple[Verdict, ...] = ()
    if spec is not None:
        verdicts = judge_items(spec, made.analysis)
        judged = (fault for verdict in verdicts for fault in verdict.diagnostics)
        found = (
            *found,
            *judged,
            *_note_faults(spec, made.analysis),
            *_training_faults(spec, made.analysis),
        )
        found = _linted(made, found)
    return JudgedSpec(path_of(source, made), made, verdicts, found, _failing(strict))


def lint_specs(
    *sources: Beginning,
    overrides: Sequence[str] = (),
    select: Collection[str] | None = None,
    strict: bool = False,
) -> JudgedSpecs:
    """Read and lint specs, and judge nothing; a spec with a fault is told of that alone.

    select: the codes to look for, None for all.
    """
    specs = []
    for source in sources:
        made = study(source, overrides)
        found = made.diagnostics
        if made.sound is not None:
            found = _linted(made, (*found, *_training_faults(made.sound.spec, made.sound)), select)
        specs.append(JudgedSpec(path_of(source, made), made, (), found, _failing(strict)))
    return JudgedSpecs(tuple(specs), strict)


def path_of(source: Beginning, made: Study) -> Path:
    """Return what a spec is called in what is told of it: its file, or its name without one."""
    if isinstance(source, str | PathLike):
        return Path(source)
    spec = made.reading.spec
    return Path("spec") if spec is None else spec.path or Path(spec.name)


def _failing(strict: bool) -> frozenset[str]:
    return FAILING | {"warning"} if strict else FAILING


def _linted(
    made: Study, found: tuple[Diagnostic, ...], select: Collection[str] | None = None
) -> tuple[Diagnostic, ...]:
    """Return what was found and what lint finds, less what the spec allows, where it is sound."""
    if made.sound is None:
        return in_order(found)
    from archspec.judge.lint import CODES, lint

    return lint(made.sound, found, select=CODES if select is None else select)


def _training_faults(spec: Spec, analysis: Analysis | None) -> tuple[Diagnostic, ...]:
    """Return everything for which the trainer would refuse the spec."""
    if spec.data is None and spec.train is None:
        return ()
    from archspec.analysis.trainable import training_faults

    return training_faults(spec, analysis)


def _note_faults(spec: Spec, analysis: Analysis | None) -> tuple[Diagnostic, ...]:
    """Return the faults of references in the notes, which name layers and other specs."""
    if analysis is None or not spec.notes:
        return ()
    from functools import cache

    from archspec.judge.notes import check_notes

    @cache
    def network(path: Path) -> Analysis | tuple[Diagnostic, ...]:
        found = study(path)
        return found.sound or found.errors

    return check_notes(spec, analysis, network)
