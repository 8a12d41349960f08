"""What programs read of judged specs and compared pages; docs/check-json.md describes `check`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archspec.analysis import (
    Analysis,
    EntryFacts,
    ReceptiveField,
    architecture_hash,
    recipe_hash,
)
from archspec.diagnostics.as_json import diagnostic_as_json
from archspec.judge.judged import JudgedSpec, JudgedSpecs
from archspec.judge.verdict import Verdict

if TYPE_CHECKING:
    from archspec.judge.pages import ComparedPages

CHECK_FORMAT, LINT_FORMAT, VERIFY_FORMAT = 2, 1, 1
"""Each raised when a program that reads today's JSON could misread tomorrow's."""


def checked_as_json(judged: JudgedSpecs) -> dict[str, Any]:
    """Return specs with the figures of their networks, row by row, and their verdicts."""
    return {
        "format": CHECK_FORMAT,
        "ok": judged.is_ok,
        "specs": [_checked(spec) for spec in judged.specs],
    }


def linted_as_json(judged: JudgedSpecs) -> dict[str, Any]:
    """Return specs with their diagnostics alone."""
    specs = [
        {
            "spec": str(spec.path),
            "ok": spec.is_ok,
            "diagnostics": [diagnostic_as_json(d) for d in spec.diagnostics],
        }
        for spec in judged.specs
    ]
    return {"format": LINT_FORMAT, "ok": judged.is_ok, "specs": specs}


def verified_as_json(judged: JudgedSpecs) -> dict[str, Any]:
    """Return specs with their verdicts and the records behind them."""
    assert judged.folder is not None
    return {
        "format": VERIFY_FORMAT,
        "ok": judged.is_ok,
        "strict": judged.is_strict,
        "records": {
            "folder": judged.folder.as_posix(),
            "read": len(judged.found) - len(judged.unreadable),
        },
        "count": judged.count(),
        "specs": [_verified(spec) for spec in judged.specs],
        "unreadable": [found.path.as_posix() for found in judged.unreadable],
        "diagnostics": [diagnostic_as_json(diagnostic) for diagnostic in judged.diagnostics],
    }


def compared_as_json(compared: ComparedPages) -> dict[str, Any]:
    """Return the tables of pages, and where they differ."""
    return {
        "format": VERIFY_FORMAT,
        "ok": compared.is_ok,
        "against": compared.against.as_posix(),
        "tables": [
            {
                "file": page.name,
                "line": table.table.line,
                "rows": len(table.table.rows),
                "differences": [diagnostic_as_json(fault) for fault in table.differences],
            }
            for page in compared.pages
            for table in page.tables
        ],
        "diagnostics": [diagnostic_as_json(diagnostic) for diagnostic in compared.diagnostics],
    }


def _checked(judged: JudgedSpec) -> dict[str, Any]:
    spec, analysis = judged.study.reading.spec, judged.study.analysis
    return {
        "spec": str(judged.path),
        "ok": judged.is_ok,
        "name": judged.path.stem,
        "title": spec.title if spec else None,
        "input": list(spec.input) if spec else None,
        "output": list(analysis.output) if analysis else None,
        "receptive_field": _receptive_field(analysis.receptive_field) if analysis else None,
        "hashes": _hashes(analysis) if analysis else None,
        "totals": _totals(analysis) if analysis else None,
        "rows": [
            _row(facts)
            for facts in (analysis.entries if analysis else ())
            if facts.entry.layer is None or facts.entry.layer.has_row
        ],
        "targets": [_verdict(v) for v in judged.verdicts if v.role == "target"],
        "claims": [_verdict(v) for v in judged.verdicts if v.role == "claim"],
        "diagnostics": [diagnostic_as_json(d) for d in judged.diagnostics],
    }


def _verified(spec: JudgedSpec) -> dict[str, Any]:
    made = spec.evidence
    return {
        "spec": spec.path.as_posix(),
        "ok": spec.is_ok,
        "seeds": list(made.summary.seeds) if made else [],
        "records": {
            "current": [record.run for record in made.current] if made else [],
            "stale": [record.run for record in made.stale] if made else [],
            "set_aside": [
                {"id": item.record.run, "reason": item.reason}
                for item in (made.set_aside if made else ())
            ],
        },
        "verdicts": [{"role": v.role} | _verdict(v) for v in spec.verdicts],
    }


def _hashes(analysis: Analysis) -> dict[str, str]:
    return {"architecture": architecture_hash(analysis), "recipe": recipe_hash(analysis)}


def _totals(analysis: Analysis) -> dict[str, int]:
    totals = analysis.totals
    return {
        "params": totals.params,
        "buffers": totals.buffers,
        "macs": totals.macs,
        "activation_elements": totals.activation_elements,
        "activation_bytes": totals.activation_bytes,
        "peak_elements": totals.peak_elements,
        "peak_bytes": totals.peak_bytes,
    }


def _row(facts: EntryFacts) -> dict[str, Any]:
    return {
        "label": facts.entry.label,
        "id": facts.entry.id,
        "kind": facts.entry.kind,
        "inputs": [list(shape) for shape in facts.inputs],
        "output": list(facts.output),
        "kernel": list(facts.kernel) if facts.kernel else None,
        "stride": list(facts.stride) if facts.stride else None,
        "receptive_field": _receptive_field(facts.receptive_field),
        "params": facts.params,
        "buffers": facts.buffers,
        "macs": facts.macs,
        "auxiliary": facts.is_auxiliary,
        "activation_elements": facts.activation_elements,
        "file": facts.entry.span.source.name,
        "line": facts.entry.span.line,
    }


def _receptive_field(field: ReceptiveField) -> dict[str, Any]:
    return {
        "size": list(field.size),
        "jump": [_exact(jump) for jump in field.jump],
        "start": [_exact(Fraction(start)) for start in field.start],
        "clipped": list(field.clipped),
        "global": field.is_global,
    }


def _exact(value: Fraction) -> int | str:
    return value.numerator if value.denominator == 1 else str(value)


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.name,
        "expected": verdict.expected,
        "actual": verdict.actual,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "file": verdict.span.source.name,
        "line": verdict.span.line,
    }
