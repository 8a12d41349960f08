"""Lint: what an expert would say about a network that is correct, one rule a file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, UsageError, did_you_mean, in_order
from archspec.judge.lint.about_allowances import ABOUT_ALLOWANCES
from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.registry import RULES
from archspec.judge.lint.rule import Finding, Rule
from archspec.language import Spec

PAGES: Mapping[str, Rule] = {
    rule.code: rule
    for rule in sorted((*RULES.values(), *ABOUT_ALLOWANCES), key=lambda rule: rule.code)
}
"""Every code of lint with what there is to read about it."""

OF_OTHERS = (
    *("misaligned-join", "missing-argument", "unknown-argument", "unknown-name"),
    "unknown-reference",
)
"""Warnings that reading and analysis give; a spec may allow them in the same way."""

CODES = frozenset({*PAGES, *OF_OTHERS})


def lint(
    analysis: Analysis, found: Iterable[Diagnostic] = (), *, select: Collection[str] = CODES
) -> tuple[Diagnostic, ...]:
    """Return what was found before and what the rules find, by place, less what the spec allows.

    found: of reading, analysis and judging; it is allowed and selected like the rest, but an error
    always stays. select: the codes to look for.
    """
    network = LintedNetwork(analysis)
    kept = [d for d in found if d.severity != "warning" or d.code in select]
    for code, rule in RULES.items():
        if code in select:
            kept += rule.diagnostics(network)
    if not _may_allow(analysis.spec):
        return in_order(kept)
    from archspec.judge.lint.allow import settle

    return in_order(settle(analysis.spec, kept, CODES, select))


def codes_of(named: Iterable[str] | None) -> frozenset[str]:
    """Return the codes that texts such as `a,b` name, all without a text.

    Raises UsageError for one that is not known.
    """
    if not named:
        return CODES
    asked = [code.strip() for text in named for code in text.split(",") if code.strip()]
    faults = [
        Diagnostic(
            "unknown-rule",
            f"no rule is called `{code[:60]}`",
            None,
            did_you_mean(code, CODES) or "`archspec explain` lists the rules",
        )
        for code in asked
        if code not in CODES
    ]
    if faults:
        raise UsageError(faults)
    return frozenset(asked)


def _may_allow(spec: Spec) -> bool:
    return bool(spec.allowed) or any("allow" in source.text for source in spec.sources)


__all__ = ["CODES", "PAGES", "RULES", "Finding", "Rule", "codes_of", "lint"]
