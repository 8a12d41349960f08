"""Dropout in front of a batch norm."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.judge.lint.network import ACTIVATION_KINDS, VIEWS, LintedNetwork
from archspec.judge.lint.rule import Finding, Rule

BETWEEN = ACTIVATION_KINDS | VIEWS | {"max_pool", "concat"}
"""Kinds that hand the spread of single values on; layers with weights mix many of them."""


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield every dropout whose values reach a batch norm with no layer with weights between."""
    for node in network.nodes.values():
        if not network.drops(node):
            continue
        norms = [n for n in network.ahead(node, BETWEEN) if network.kind(n) == "batch_norm"]
        if norms:
            yield Finding(
                f"{network.kind(node)} of {network.label(node)} comes before a batch norm",
                network.place(node),
                "put the norm first, or leave one of the two out",
                (network.related("the batch norm", norms[0]),),
            )


RULE = Rule(
    code="dropout-before-norm",
    severity="warning",
    summary="Finds dropout whose values go straight to a batch norm.",
    why=(
        "Dropout raises the variance of what it lets through while training, and not in "
        "evaluation. The batch norm behind it keeps the variance of training as its running "
        "figure, and in evaluation divides by what no longer is. A convolution between the two "
        "averages over many values and softens the shift."
    ),
    example="""\
archspec: 1
input: [3, 32, 32]
layers:
  - conv: {out_channels: 16, kernel_size: 3, bias: false}
  - dropout: 0.2
  - batch_norm
  - relu
  - conv: {out_channels: 10, kernel_size: 30}
  - flatten
""",
    instead="""\
archspec: 1
input: [3, 32, 32]
layers:
  - conv: {out_channels: 16, kernel_size: 3, bias: false}
  - batch_norm
  - relu
  - dropout: 0.2
  - conv: {out_channels: 10, kernel_size: 30}
  - flatten
""",
    source=(
        "Li et al., Understanding the Disharmony between Dropout and Batch Normalization by "
        "Variance Shift, CVPR 2019"
    ),
    find=find,
)
