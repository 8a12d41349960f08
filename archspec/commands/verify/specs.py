"""`archspec verify`: specs judged by what is computed and by the records that are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archspec.commands.verify.junit import Case, Ending, Suite
from archspec.commands.verify.outcome import FORMAT_VERSION
from archspec.diagnostics import Diagnostic, EnvironmentFault, describe, in_order
from archspec.diagnostics.as_json import diagnostic_as_json
from archspec.judge import Evidence, Verdict, Word, evidence_for, judge_with_evidence
from archspec.network import study
from archspec.record import FoundRecord, find_records

WORDS: tuple[Word, ...] = (
    "proven",
    "reproduced",
    "not reproduced",
    "unproven",
    "stale",
    "contradicted",
)
OPEN: tuple[Word, ...] = ("unproven", "stale")
"""What only `--strict` fails on."""


@dataclass(frozen=True, slots=True)
class VerifiedSpec:
    """One spec and its verdicts. evidence: None where a fault hides the network."""

    path: Path
    evidence: Evidence | None
    verdicts: tuple[Verdict, ...]
    faults: tuple[Diagnostic, ...]
    """Of the spec's own text."""

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The spec's faults and those behind the verdicts, by place."""
        judged = (fault for verdict in self.verdicts for fault in verdict.diagnostics)
        return in_order((*self.faults, *judged))

    def fails(self, strict: bool) -> bool:
        """Return whether something is contradicted, or faulty, or open where that counts."""
        words = {verdict.verdict for verdict in self.verdicts}
        is_faulty = any(diagnostic.severity == "error" for diagnostic in self.diagnostics)
        return is_faulty or "contradicted" in words or (strict and not words.isdisjoint(OPEN))


@dataclass(frozen=True, slots=True)
class VerifiedSpecs:
    """The specs of a project, and the records that could not be read."""

    specs: tuple[VerifiedSpec, ...]
    folder: Path
    records: int
    unreadable: tuple[FoundRecord, ...]
    strict: bool

    @property
    def is_ok(self) -> bool:
        """True when nothing fails, and every record can be read."""
        return not self.unreadable and not any(spec.fails(self.strict) for spec in self.specs)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every fault, each once: specs may share a parent."""
        once: dict[tuple[object, ...], Diagnostic] = {}
        found = [d for spec in self.specs for d in spec.diagnostics]
        for diagnostic in (*found, *(d for record in self.unreadable for d in record.diagnostics)):
            once.setdefault((str(diagnostic.span), diagnostic.code, diagnostic.message), diagnostic)
        return in_order(once.values())

    def count(self) -> dict[Word, int]:
        """Return how many verdicts there are of each word."""
        counted = Counter(verdict.verdict for spec in self.specs for verdict in spec.verdicts)
        return {word: counted[word] for word in WORDS}

    def as_text(self, *, colour: bool = False, width: int | None = None) -> str:
        """Return the verdicts spec by spec, the faults, and a last line with the counts."""
        from archspec.commands.verify.text import verified_as_text

        return verified_as_text(self, colour=colour, width=width)

    def as_json(self) -> dict[str, Any]:
        """Return the same as plain values."""
        return {
            "format": FORMAT_VERSION,
            "ok": self.is_ok,
            "strict": self.strict,
            "records": {"folder": self.folder.as_posix(), "read": self.records},
            "count": self.count(),
            "specs": [_spec_as_json(spec, self.strict) for spec in self.specs],
            "unreadable": [found.path.as_posix() for found in self.unreadable],
            "diagnostics": [diagnostic_as_json(diagnostic) for diagnostic in self.diagnostics],
        }

    def suites(self) -> tuple[Suite, ...]:
        """Return a suite a spec with a case a verdict, and one of the unreadable records."""
        suites = [_suite(spec, self.strict) for spec in self.specs]
        cases = tuple(
            Case(found.path.as_posix(), "error", *_described(found.diagnostics))
            for found in self.unreadable
        )
        return (*suites, Suite(self.folder.as_posix(), cases)) if cases else tuple(suites)


def verify_specs(
    paths: Sequence[Path], named: Path | None, default: Path, *, strict: bool = False
) -> VerifiedSpecs:
    """Judge specs by the records under a folder.

    named: the folder that the caller asks for, which must be there; default: what counts otherwise,
    and may not be there yet. Raises EnvironmentFault when a folder is missing or cannot be read.
    """
    if named is not None and not named.is_dir():
        fact, help = f"there is no folder {named}", "`archspec keep RUN` makes the first record"
        raise EnvironmentFault([Diagnostic("missing-folder", fact, None, help)])
    folder = default if named is None else named
    found = find_records(folder)
    records = [item.record for item in found if item.record is not None]
    specs = []
    for path in dict.fromkeys(paths):
        reading, analysis, faults = study(path)
        if reading.spec is None or analysis is None:
            specs.append(VerifiedSpec(path, None, (), faults))
            continue
        evidence = evidence_for(analysis, records)
        targets, claims = judge_with_evidence(reading.spec, analysis, evidence)
        specs.append(VerifiedSpec(path, evidence, targets + claims, faults))
    unreadable = tuple(item for item in found if item.record is None)
    return VerifiedSpecs(tuple(specs), folder, len(records), unreadable, strict)


def _spec_as_json(spec: VerifiedSpec, strict: bool) -> dict[str, Any]:
    evidence = spec.evidence
    return {
        "spec": spec.path.as_posix(),
        "ok": not spec.fails(strict),
        "seeds": list(evidence.summary.seeds) if evidence else [],
        "records": {
            "current": [record.run for record in evidence.current] if evidence else [],
            "stale": [record.run for record in evidence.stale] if evidence else [],
            "set_aside": [
                {"id": item.record.run, "reason": item.reason} for item in evidence.set_aside
            ]
            if evidence
            else [],
        },
        "verdicts": [
            {
                "role": verdict.role,
                "name": verdict.name,
                "expected": verdict.expected,
                "actual": verdict.actual,
                "verdict": verdict.verdict,
                "reason": verdict.reason,
                "file": verdict.span.source.name,
                "line": verdict.span.line,
            }
            for verdict in spec.verdicts
        ],
    }


def _suite(spec: VerifiedSpec, strict: bool) -> Suite:
    faults = [fault for fault in spec.faults if fault.severity == "error"]
    broken = (Case("spec", "error", *_described(faults)),) if faults else ()
    cases = tuple(_case(verdict, strict) for verdict in spec.verdicts)
    return Suite(spec.path.as_posix(), (*broken, *cases))


def _case(verdict: Verdict, strict: bool) -> Case:
    ending: Ending = "passed"
    if verdict.verdict == "contradicted" or (strict and verdict.verdict in OPEN):
        ending = "failure"
    elif any(diagnostic.severity == "error" for diagnostic in verdict.diagnostics):
        ending = "error"
    elif verdict.verdict in OPEN:
        ending = "skipped"
    found = "; ".join(words for words in (verdict.actual, verdict.reason) if words)
    message = f"{verdict.verdict}: demanded {verdict.expected}" + (f"; {found}" if found else "")
    if verdict.role == "claim":
        message = message.replace("demanded", "published", 1)
    details = "\n".join(map(describe, verdict.diagnostics)) or str(verdict.span)
    return Case(f"{verdict.role} {verdict.name}", ending, message, details)


def _described(diagnostics: Sequence[Diagnostic]) -> tuple[str, str]:
    return diagnostics[0].message, "\n".join(map(describe, diagnostics))
