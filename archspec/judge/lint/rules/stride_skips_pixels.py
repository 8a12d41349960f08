"""Windows that step over pixels without a look at them."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.graph import Node
from archspec.judge.lint.network import SLIDING_POOLS, LintedNetwork
from archspec.judge.lint.rule import Finding, Rule
from archspec.layers.base import per_axis

SLIDING = SLIDING_POOLS | {"conv"}


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield every window that skips pixels which nothing else reads either.

    The 1x1 shortcut of stride 2 beside a 3x3 that reads everything is how a ResNet is built.
    """
    for node in network.nodes.values():
        if not _skips(network, node):
            continue
        (source,) = node.inputs
        if all(_skips(network, user) for user in network.users[source]):
            facts = network.facts(node)
            assert facts.kernel is not None
            kernel, stride = ("x".join(map(str, n)) for n in (facts.kernel, facts.stride or ()))
            spread = getattr(node.layer, "dilation", (1,))
            apart = f" whose taps lie {max(spread)} apart" if max(spread) > 1 else ""
            help = "use a kernel as large as the stride, or pool in front of it"
            if apart:
                help = "leave `dilation` out, or choose one that shares no divisor with the stride"
            yield Finding(
                f"{network.label(node)} steps {stride} pixels with a {kernel} kernel{apart}: "
                "what lies between is never read",
                network.place(node, "dilation" if apart else "stride"),
                help,
            )


def _skips(network: LintedNetwork, node: Node) -> bool:
    """Say whether a window leaves out some pixels along an axis."""
    if network.kind(node) not in SLIDING:
        return False
    facts = network.facts(node)
    sizes = facts.inputs[0][1:]
    dilation = per_axis(getattr(node.layer, "dilation", (1,)), len(sizes), "dilation")
    axes = zip(facts.kernel or (), facts.stride or (), dilation, sizes, strict=True)
    return any(
        size > 1 and len({spread * tap % stride for tap in range(kernel)}) < stride
        for kernel, stride, spread, size in axes
    )


RULE = Rule(
    code="stride-skips-pixels",
    severity="warning",
    summary="Finds windows whose stride is larger than their kernel.",
    why=(
        "A window of 1x1 with stride 2 reads one pixel of four, and the other three were computed "
        "for nothing. Dilation with a stride does the same. What is meant to shrink a map should "
        "see all of it: a kernel as large as the stride, or a mean in front."
    ),
    example="""\
archspec: 1
input: [3, 32, 32]
layers:
  - conv: {out_channels: 16, kernel_size: 3, activation: relu}
  - conv: {out_channels: 16, kernel_size: 1, stride: 2, activation: relu}
  - conv: {out_channels: 16, kernel_size: 7, activation: relu}
  - conv: {out_channels: 10, kernel_size: 9}
  - flatten
""",
    instead="""\
archspec: 1
input: [3, 32, 32]
layers:
  - conv: {out_channels: 16, kernel_size: 3, activation: relu}
  - conv: {out_channels: 16, kernel_size: 2, stride: 2, activation: relu}
  - conv: {out_channels: 16, kernel_size: 7, activation: relu}
  - conv: {out_channels: 10, kernel_size: 9}
  - flatten
""",
    source=(
        "He et al., Bag of Tricks for Image Classification with Convolutional Neural Networks, "
        "CVPR 2019, section 4.1: a 1x1 of stride 2 ignores three quarters of its input"
    ),
    find=find,
)
