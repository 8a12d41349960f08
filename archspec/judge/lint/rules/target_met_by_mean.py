"""A demanded receptive field that only the mean over the whole map reaches."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from archspec.graph import INPUT
from archspec.judge.bounds import holds
from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule
from archspec.judge.lint.scores import global_mean


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield a target from below of which the units in front of the global mean see less than half.

    A mean that adds the last pixels is how many a network is meant.
    """
    output = network.outputs[0]
    mean = global_mean(network, output)
    if mean is None or mean.inputs[0] == INPUT:
        return
    before = network.analysis.node(mean.inputs[0]).receptive_field
    behind = network.analysis.receptive_field
    if before.is_global:
        return
    for target in network.spec.targets:
        if target.name != "receptive_field":
            continue
        met = all(holds(target.bounds, Fraction(size)) for size in behind.size)
        if met and not all(holds(target.bounds, Fraction(2 * size)) for size in before.size):
            who = network.label(mean)
            seen, whole = (" x ".join(map(str, field.size)) for field in (before, behind))
            yield Finding(
                f"receptive_field {target.expected} is met by {who} only: {seen} before it, "
                f"{whole} behind it",
                target.span,
                "add convolutions before it, or halve the map earlier",
                (network.related("the mean over the whole map", mean),),
            )


RULE = Rule(
    code="target-met-by-mean",
    severity="warning",
    summary="Finds receptive-field targets that hold only behind the mean over the whole map.",
    why=(
        "A mean over the whole map makes every field as large as the input, and lets no unit see "
        "more than before: it averages units that each saw a part. A target that it alone meets "
        "says nothing of what the convolutions see."
    ),
    example="""\
archspec: 1
input: [3, 18, 18]
layers:
  - conv: {out_channels: 8, kernel_size: 5, padding: 2, activation: relu}
  - conv: {out_channels: 8, kernel_size: 5, padding: 2, activation: relu}
  - gap
  - flatten
targets: {receptive_field: {at_least: 20}}
""",
    instead="""\
archspec: 1
input: [3, 18, 18]
layers:
  - conv: {out_channels: 8, kernel_size: 9, padding: 4, activation: relu}
  - conv: {out_channels: 8, kernel_size: 9, padding: 4, activation: relu}
  - gap
  - flatten
targets: {receptive_field: {at_least: 20}}
""",
    source=(
        "Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks, "
        "Distill 2019"
    ),
    find=find,
)
