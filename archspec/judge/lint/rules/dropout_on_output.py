"""Dropout behind the layer that makes the scores."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule
from archspec.judge.lint.scores import on_scores


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Return every dropout between the last layer with weights and an output."""
    return on_scores(network, network.drops, "dropout: 0")


RULE = Rule(
    code="dropout-on-output",
    severity="warning",
    summary="Finds dropout behind the layer that makes the scores of the classes.",
    why=(
        "Dropout in front of a layer with weights leaves it to make do with fewer features. "
        "Behind the last one nothing makes do: the score of a class is set to zero at random, "
        "the right one among them, and the loss punishes the network for it. A default for all "
        "convolutions is how the dropout mostly gets there."
    ),
    example="""\
archspec: 1
input: [3, 8, 8]
defaults:
  conv: {kernel_size: 3, dropout: 0.1}
layers:
  - conv: {out_channels: 16, activation: relu}
  - conv: {out_channels: 16, activation: relu}
  - gap
  - conv: {out_channels: 10, kernel_size: 1}
  - flatten
""",
    instead="""\
archspec: 1
input: [3, 8, 8]
defaults:
  conv: {kernel_size: 3, dropout: 0.1}
layers:
  - conv: {out_channels: 16, activation: relu}
  - conv: {out_channels: 16, activation: relu}
  - gap
  - conv: {out_channels: 10, kernel_size: 1, dropout: 0}
  - flatten
""",
    source=(
        "Srivastava et al., Dropout, JMLR 2014, section 2: units are dropped in hidden and "
        "visible layers, not in the output"
    ),
    find=find,
)
