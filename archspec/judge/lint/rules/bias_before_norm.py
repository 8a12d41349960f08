"""A bias that the norm behind it subtracts again."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.graph import Node
from archspec.judge.lint.network import WEIGHTED, LintedNetwork
from archspec.judge.lint.rule import Finding, Rule

KEEPS_CONSTANTS = ("identity", "max_pool")
"""Kinds behind which a constant that was added to a channel is still that constant."""


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield every layer whose bias is subtracted wherever its tensors are used."""
    uses: dict[str, list[Node]] = {}
    for node in network.nodes.values():
        if network.kind(node) in WEIGHTED and getattr(node.layer, "bias", False):
            uses.setdefault(node.weights or node.name, []).append(node)
    for first, *others in uses.values():
        norms = _norms_behind(network, first)
        if not norms or not all(_norms_behind(network, other) for other in others):
            continue
        (size,) = network.facts(first).param_shapes["bias"]
        norm = norms[0]
        is_elsewhere = network.entries[first.name] is not network.entries[norm.name]
        yield Finding(
            f"the bias of {network.label(first)}, {size:,} params, does nothing: "
            f"the {network.kind(norm)} behind it subtracts the mean",
            network.place(first, "bias"),
            "write `bias: false`",
            (network.related("the norm", norm),) if is_elsewhere else (),
        )


def _norms_behind(network: LintedNetwork, node: Node) -> list[Node]:
    """Return the norms that take a node's bias away; none where it also goes elsewhere."""
    if node.name in network.outputs:
        return []
    # The bias of a linear layer lies along the last axis, which is the channels of features only.
    if network.kind(node) == "linear" and len(network.shape(node.name)) > 1:
        return []
    users = network.ahead(node, KEEPS_CONSTANTS)
    return users if all(_subtracts_the_mean(network, user) for user in users) else []


def _subtracts_the_mean(network: LintedNetwork, node: Node) -> bool:
    """Say whether a node subtracts the mean of each channel by itself."""
    kind, channels = network.kind(node), network.facts(node).inputs[0][0]
    if kind == "group_norm":
        return getattr(node.layer, "num_groups", None) == channels
    return kind in ("batch_norm", "instance_norm")


RULE = Rule(
    code="bias-before-norm",
    severity="warning",
    summary="Finds convolutions and linear layers with a bias that the norm behind them cancels.",
    why=(
        "Batch and instance normalization subtract the mean of each channel, and with it any "
        "constant that was added before. The bias is trained, stored and counted, and changes "
        "nothing; the norm's own bias does its work."
    ),
    example="""\
archspec: 1
input: [3, 8, 8]
layers:
  - conv: {out_channels: 16, kernel_size: 3, norm: batch, activation: relu}
  - conv: {out_channels: 10, kernel_size: 3}
  - gap
  - flatten
""",
    instead="""\
archspec: 1
input: [3, 8, 8]
layers:
  - conv: {out_channels: 16, kernel_size: 3, bias: false, norm: batch, activation: relu}
  - conv: {out_channels: 10, kernel_size: 3}
  - gap
  - flatten
""",
    source="Ioffe and Szegedy, Batch Normalization, ICML 2015, section 3.2",
    find=find,
)
