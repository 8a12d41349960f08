"""An activation behind the layer that makes the scores."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.judge.lint.network import ACTIVATION_KINDS, LintedNetwork
from archspec.judge.lint.rule import Finding, Rule
from archspec.judge.lint.scores import SOFT, on_scores

MAKES_SHARES = frozenset({"sigmoid", "hardsigmoid", "tanh", "softplus"})
"""Kinds that give a network on purpose the range of its outputs."""


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Return every activation between the last layer with weights and an output.

    Softmax belongs to the rules on losses. Without a loss in the spec, an output may be meant to be
    a share or a signal.
    """
    kinds = ACTIVATION_KINDS - SOFT
    if network.is_classifier is None:
        kinds -= MAKES_SHARES
    return on_scores(network, lambda node: network.kind(node) in kinds, "activation: none")


RULE = Rule(
    code="activation-on-output",
    severity="warning",
    summary="Finds an activation behind the layer that makes the scores of the classes.",
    why=(
        "The loss takes scores of any sign. ReLU makes all scores below zero equal and stops "
        "their gradient, and a class whose scores are all negative learns nothing; sigmoid and "
        "tanh limit how far the scores of two classes can be apart. A default for all "
        "convolutions is how the activation mostly gets there."
    ),
    example="""\
archspec: 1
input: [3, 8, 8]
defaults:
  conv: {kernel_size: 3, activation: relu}
layers:
  - conv: 16
  - conv: 16
  - gap
  - conv: {out_channels: 10, kernel_size: 1}
  - flatten
""",
    instead="""\
archspec: 1
input: [3, 8, 8]
defaults:
  conv: {kernel_size: 3, activation: relu}
layers:
  - conv: 16
  - conv: 16
  - gap
  - conv: {out_channels: 10, kernel_size: 1, activation: none}
  - flatten
""",
    source=(
        "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 6.2.2: output units; "
        "torch.nn.CrossEntropyLoss: the input is the unnormalized logits"
    ),
    find=find,
)
