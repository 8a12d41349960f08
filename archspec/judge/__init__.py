"""Verdicts on targets and claims: against analysis, published tables and records of runs."""

from archspec.judge.by_evidence import judge_with_evidence
from archspec.judge.changes import recorded_analysis, show_changes, what_changed
from archspec.judge.claims import judge_claims
from archspec.judge.difference import Change, Difference, changes_in_words, difference
from archspec.judge.evidence import Evidence, SetAside, evidence_for, name_seeds
from archspec.judge.interval import clopper_pearson
from archspec.judge.seeds import (
    SeedSummary,
    Spread,
    TargetShare,
    share_of,
    summarize,
)
from archspec.judge.targets import judge_targets
from archspec.judge.verdict import Role, Verdict, Word

__all__ = [
    "Change",
    "Difference",
    "Evidence",
    "Role",
    "SeedSummary",
    "SetAside",
    "Spread",
    "TargetShare",
    "Verdict",
    "Word",
    "changes_in_words",
    "clopper_pearson",
    "difference",
    "evidence_for",
    "judge_claims",
    "judge_targets",
    "judge_with_evidence",
    "name_seeds",
    "recorded_analysis",
    "share_of",
    "show_changes",
    "summarize",
    "what_changed",
]
