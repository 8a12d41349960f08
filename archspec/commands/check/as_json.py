"""What `archspec check --format json` tells programs; docs/check-json.md describes it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from archspec.analysis import (
    Analysis,
    EntryFacts,
    ReceptiveField,
    architecture_hash,
    recipe_hash,
)
from archspec.diagnostics.as_json import diagnostic_as_json
from archspec.judge import Verdict
from archspec.judge.inspection import Inspection

FORMAT_VERSION = 2
"""Raised when a program that reads today's JSON could misread tomorrow's."""


def check_as_json(inspections: Sequence[Inspection]) -> dict[str, Any]:
    """Return the result of `check` as plain values."""
    return {
        "format": FORMAT_VERSION,
        "ok": all(inspection.is_ok for inspection in inspections),
        "specs": [_spec(inspection) for inspection in inspections],
    }


def _spec(inspection: Inspection) -> dict[str, Any]:
    spec, analysis = inspection.reading.spec, inspection.analysis
    return {
        "spec": str(inspection.path),
        "ok": inspection.is_ok,
        "name": inspection.path.stem,
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
        "targets": [_verdict(verdict) for verdict in inspection.targets],
        "claims": [_verdict(verdict) for verdict in inspection.claims],
        "diagnostics": [diagnostic_as_json(d) for d in inspection.diagnostics],
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
