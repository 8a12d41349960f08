"""An accuracy that is written as a share."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule
from archspec.language.quantities import CLAIMED_MEASURED, MEASURED


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield measured targets from below, and claims, of at most one percent."""
    for target in network.spec.targets:
        if target.name not in MEASURED:
            continue
        for word, values in target.bounds.items():
            if word not in ("below", "at_most") and 0 < values[-1] <= 1:
                yield _finding(network, "targets", target.name, values[-1], word)
    for claim in network.spec.claims.figures:
        if claim.name in CLAIMED_MEASURED and 0 < claim.value <= 1:
            yield _finding(network, "claims", claim.name, claim.value)


def _finding(
    network: LintedNetwork, section: str, name: str, value: Fraction, *path: str
) -> Finding:
    return Finding(
        f"{name} is in percent, and {float(value):g} is a hundredth of what is meant",
        network.spec.place(section, name, *path),
        f"write `{float(100 * value):g}`",
    )


RULE = Rule(
    code="accuracy-as-share",
    severity="warning",
    summary="Finds accuracies of at most 1, which are meant as shares and read as percent.",
    why=(
        "Accuracies are percentages. A target of 0.92 lies below what chance gives on ten "
        "classes: every run meets it, and the verdict `proven` says nothing."
    ),
    example="""\
archspec: 1
input: [1, 28, 28]
layers:
  - flatten
  - linear: 10
targets: {test_accuracy: {at_least: 0.92}}
""",
    instead="""\
archspec: 1
input: [1, 28, 28]
layers:
  - flatten
  - linear: 10
targets: {test_accuracy: {at_least: 92}}
""",
    source="arithmetic: guessing one of ten classes is right in 10 percent of the images",
    find=find,
)
