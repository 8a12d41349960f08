"""Deliberate faults in the lint rules, and in what they share."""

from __future__ import annotations

from tests.mutants import Mutant

LINT = "archspec/judge/lint"


def of_rule(rule: str, *changes: tuple[str, str, str]) -> tuple[Mutant, ...]:
    """Return mutants of a rule that its own test has to kill: name, before, after."""
    file, tests = f"{LINT}/rules/{rule}.py", (f"tests/judge/lint/test_{rule}.py",)
    name = rule.replace("_", "-")
    return tuple(Mutant(f"{name}: {what}", file, old, new, tests) for what, old, new in changes)


def of(file: str, test: str, *changes: tuple[str, str, str]) -> tuple[Mutant, ...]:
    """Return mutants of a file that one test has to kill: name, before, after."""
    return tuple(Mutant(what, f"{LINT}/{file}", old, new, (test,)) for what, old, new in changes)
