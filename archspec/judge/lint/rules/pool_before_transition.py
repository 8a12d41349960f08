"""Pooling in front of the 1x1 convolution that narrows the map."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.graph import Node
from archspec.judge.lint.network import (
    ACTIVATION_KINDS,
    DROPOUT_KINDS,
    NORM_KINDS,
    SLIDING_POOLS,
    LintedNetwork,
)
from archspec.judge.lint.rule import Finding, Rule
from archspec.judge.lint.scores import PASSED, POOLS

BETWEEN = NORM_KINDS | ACTIVATION_KINDS | DROPOUT_KINDS | {"identity"}
"""Kinds that may stand between the two and leave their order as it is."""


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield every pooling whose map goes to a narrowing 1x1 convolution, and nowhere else."""
    for node in network.nodes.values():
        facts = network.facts(node)
        if network.kind(node) not in SLIDING_POOLS or max(facts.stride or (1,)) == 1:
            continue
        first, *others = network.ahead(node, BETWEEN) or [node]
        if others or not _narrows(network, first) or _is_last(network, first):
            continue
        if not _are_listed(network, node, first):
            continue
        before, after = facts.output[0], network.shape(first.name)[0]
        label = network.label(first)
        yield Finding(
            f"{network.label(node)} shrinks the map before {label} narrows it "
            f"from {before} to {after} channels",
            network.place(node),
            f"put it behind {label}: narrow first, then pool",
            (network.related("the 1x1 convolution", first),),
        )


def _narrows(network: LintedNetwork, node: Node) -> bool:
    facts = network.facts(node)
    is_pointwise = network.kind(node) == "conv" and set(facts.kernel or ()) == {1}
    is_step = set(facts.stride or ()) == {1} and getattr(node.layer, "groups", 1) == 1
    return is_pointwise and is_step and facts.output[0] < facts.inputs[0][0]


def _is_last(network: LintedNetwork, node: Node) -> bool:
    """Say whether a node makes the scores: it narrows because there are so many classes."""
    passed = PASSED | POOLS
    return all(network.kind(user) in passed for user in network.ahead(node, passed))


def _are_listed(network: LintedNetwork, *nodes: Node) -> bool:
    """Say whether nodes stand in one layer list.

    The 1x1 convolution at the entrance of a block is the block's own bottleneck, no transition.
    """
    return len({network.entries[node.name].id.rpartition(".")[0] for node in nodes}) == 1


RULE = Rule(
    code="pool-before-transition",
    severity="warning",
    summary="Finds transition blocks that pool first and narrow the channels afterwards.",
    why=(
        "Pooling decides channel by channel what is kept of each window. In front of the 1x1 "
        "convolution it throws positions away before the channels were combined; behind it, the "
        "few combined channels are pooled, and the convolution has seen every position. It costs "
        "the multiply-adds of the 1x1 on the larger map, which are few."
    ),
    example="""\
archspec: 1
input: [1, 16, 16]
layers:
  - conv: {out_channels: 16, kernel_size: 3, activation: relu}
  - max_pool: 2
  - conv: {out_channels: 4, kernel_size: 1, activation: relu}
  - conv: {out_channels: 10, kernel_size: 3}
  - gap
  - flatten
""",
    instead="""\
archspec: 1
input: [1, 16, 16]
layers:
  - conv: {out_channels: 16, kernel_size: 3, activation: relu}
  - conv: {out_channels: 4, kernel_size: 1, activation: relu}
  - max_pool: 2
  - conv: {out_channels: 10, kernel_size: 3}
  - gap
  - flatten
""",
    source=(
        "Huang et al., Densely Connected Convolutional Networks, CVPR 2017, section 3: a "
        "transition is a norm, a 1x1 convolution and then pooling"
    ),
    find=find,
)
