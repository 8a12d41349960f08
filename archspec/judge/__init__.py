"""Verdicts on targets and claims: against analysis, published tables and records of runs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from archspec.judge.targets import judge_items
from archspec.judge.verdict import Role, Verdict, Word

if TYPE_CHECKING:
    from archspec.judge.by_evidence import judge_with_evidence
    from archspec.judge.changes import show_changes, what_changed
    from archspec.judge.evidence import Evidence, SetAside, evidence_for
    from archspec.judge.interval import clopper_pearson
    from archspec.judge.judged import JudgedSpec, JudgedSpecs, check, lint_specs
    from archspec.judge.pages import ComparedPages, verify_pages
    from archspec.judge.project_verdicts import verify
    from archspec.judge.seeds import SeedSummary, Spread, TargetShare, share_of, summarize

_LATER = {
    "by_evidence": ("judge_with_evidence",),
    "changes": ("show_changes", "what_changed"),
    "evidence": ("Evidence", "SetAside", "evidence_for"),
    "interval": ("clopper_pearson",),
    "judged": ("JudgedSpec", "JudgedSpecs", "check", "lint_specs"),
    "pages": ("ComparedPages", "verify_pages"),
    "project_verdicts": ("verify",),
    "seeds": ("SeedSummary", "Spread", "TargetShare", "share_of", "summarize"),
}
"""Module → the names that it has here. `check` judges without records, and need not wait for it."""


def __getattr__(name: str) -> Any:
    """Import what judges by records where it is first used."""
    for module, names in _LATER.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "ComparedPages",
    "Evidence",
    "JudgedSpec",
    "JudgedSpecs",
    "Role",
    "SeedSummary",
    "SetAside",
    "Spread",
    "TargetShare",
    "Verdict",
    "Word",
    "check",
    "clopper_pearson",
    "evidence_for",
    "judge_items",
    "judge_with_evidence",
    "lint_specs",
    "share_of",
    "show_changes",
    "summarize",
    "verify",
    "verify_pages",
    "what_changed",
]
