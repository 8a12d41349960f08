"""Batch normalization over a batch of one image."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield a batch size of 1, when the network has a batch norm."""
    train = network.spec.train
    if train is None or train.batch_size > 1:
        return
    norms = [node for node in network.nodes.values() if network.kind(node) == "batch_norm"]
    if norms:
        yield Finding(
            f"a batch of one image, and {network.label(norms[0])} normalizes over the batch",
            network.spec.place("train", "batch_size"),
            "use 16 images or more, or `norm: {group: …}`",
            (network.related("the first batch norm", norms[0]),),
        )


RULE = Rule(
    code="batch-norm-of-one",
    severity="warning",
    summary="Finds training with a batch size of 1 through a batch norm.",
    why=(
        "Batch normalization takes the mean and variance of the batch for those of all images. Of "
        "one image they say little, and what is learned with them does not hold in evaluation, "
        "where the running figures stand in. On a map of one position there is no variance at all, "
        "and torch stops."
    ),
    example="""\
archspec: 1
input: [1, 28, 28]
layers:
  - conv: {out_channels: 8, kernel_size: 3, bias: false, norm: batch, activation: relu}
  - conv: {out_channels: 10, kernel_size: 26}
  - flatten
train: {epochs: 5, batch_size: 1, optimizer: {SGD: {lr: 0.1}}}
""",
    instead="""\
archspec: 1
input: [1, 28, 28]
layers:
  - conv: {out_channels: 8, kernel_size: 3, bias: false, norm: {group: 4}, activation: relu}
  - conv: {out_channels: 10, kernel_size: 26}
  - flatten
train: {epochs: 5, batch_size: 1, optimizer: {SGD: {lr: 0.1}}}
""",
    source="Wu and He, Group Normalization, ECCV 2018: the error of batch norm by batch size",
    find=find,
)
