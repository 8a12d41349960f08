"""Verdicts on targets and claims: against analysis, published tables and records of runs."""

from archspec.judge.claims import judge_claims
from archspec.judge.targets import judge_targets
from archspec.judge.verdict import Role, Verdict, Word

__all__ = ["Role", "Verdict", "Word", "judge_claims", "judge_targets"]
