"""Images normalized by figures of bytes."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.words import listed
from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield a mean or deviation that values from 0 to 1 cannot have."""
    data = network.spec.data
    if data is None or data.normalize is None:
        return
    both = (("mean", data.normalize.mean), ("std", data.normalize.std))
    wrong = [(name, values) for name, values in both if max(values) > 1]
    if not wrong:
        return
    name, values = wrong[0]
    cures = (f"`{key}: [{', '.join(f'{v / 255:.3g}' for v in given)}]`" for key, given in wrong)
    yield Finding(
        f"`{name}` is {', '.join(f'{value:g}' for value in values)}, and values come as 0 to 1",
        network.spec.place("data", "normalize"),
        f"write {listed(cures)}",
    )


RULE = Rule(
    code="byte-statistics",
    severity="warning",
    summary="Finds a mean or standard deviation above 1, for values that run from 0 to 1.",
    why=(
        "Images reach `normalize` as values from 0 to 1. With the mean and deviation of bytes they "
        "all end near one number: the network sees next to nothing, and learns accordingly."
    ),
    example="""\
archspec: 1
input: [1, 28, 28]
layers:
  - flatten
  - linear: 10
data: {dataset: Digits, normalize: {mean: [127], std: [64]}}
""",
    instead="""\
archspec: 1
input: [1, 28, 28]
layers:
  - flatten
  - linear: 10
data: {dataset: Digits, normalize: {mean: [0.498], std: [0.251]}}
""",
    source="arithmetic: a byte is divided by 255, and the deviation of values in 0 to 1 is below 1",
    find=find,
)
