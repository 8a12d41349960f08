"""A norm behind the layer that makes the scores."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.judge.lint.network import NORM_KINDS, LintedNetwork
from archspec.judge.lint.rule import Finding, Rule
from archspec.judge.lint.scores import on_scores


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Return every norm between the last layer with weights and an output."""
    return on_scores(network, lambda node: network.kind(node) in NORM_KINDS, "norm: none")


RULE = Rule(
    code="norm-on-output",
    severity="warning",
    summary="Finds normalization behind the layer that makes the scores of the classes.",
    why=(
        "A score says how sure the network is. A norm brings the scores of each class to one "
        "spread over the batch, so that what an image gets depends on the images beside it, and "
        "how sure the network may be is no longer its own to learn. A default for all "
        "convolutions is how the norm mostly gets there."
    ),
    example="""\
archspec: 1
input: [3, 8, 8]
defaults:
  conv: {kernel_size: 3, bias: false, norm: batch, activation: relu}
layers:
  - conv: 16
  - conv: 16
  - gap
  - conv: {out_channels: 10, kernel_size: 1, activation: none}
  - flatten
""",
    instead="""\
archspec: 1
input: [3, 8, 8]
defaults:
  conv: {kernel_size: 3, bias: false, norm: batch, activation: relu}
layers:
  - conv: 16
  - conv: 16
  - gap
  - conv: {out_channels: 10, kernel_size: 1, norm: none, activation: none}
  - flatten
""",
    source=(
        "torch.nn.CrossEntropyLoss: the input is the unnormalized logits of the classes; "
        "Ioffe and Szegedy, Batch Normalization, ICML 2015, put it in front of nonlinearities"
    ),
    find=find,
)
