"""Kernels without a centre."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule
from archspec.layers.base import per_axis
from archspec.layers.sliding import effective_kernel


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield every convolution of stride 1 whose effective kernel is even.

    With a stride the windows can lie evenly, as 2x2 with stride 2 does; a kernel as large as the
    map has no neighbours. In time, an even kernel that looks back is common, and left out.
    """
    for node in network.nodes.values():
        facts = network.facts(node)
        if network.kind(node) != "conv" or len(facts.output) < 3:
            continue
        assert facts.kernel is not None
        assert facts.stride is not None
        dilation = per_axis(getattr(node.layer, "dilation", (1,)), len(facts.kernel), "dilation")
        axes = zip(facts.kernel, dilation, facts.stride, facts.output[1:], strict=True)
        if any(
            effective_kernel(kernel, spread) % 2 == 0 and stride == 1 and size > 1
            for kernel, spread, stride, size in axes
        ):
            kernel = "x".join(map(str, facts.kernel))
            yield Finding(
                f"the {kernel} kernel of {network.label(node)} has no centre: "
                "its units lie between the pixels",
                network.place(node, "kernel_size"),
                "use an odd kernel, such as 3",
            )


RULE = Rule(
    code="even-kernel",
    severity="warning",
    summary="Finds convolutions of stride 1 with an even kernel.",
    why=(
        "An odd kernel has a pixel in its middle, and padding can keep the map in place. An even "
        "one lies half a pixel beside it: with the same padding on both sides the size changes, "
        "and with more on one side everything moves there, layer after layer, so that what a skip "
        "adds does not lie over it."
    ),
    example="""\
archspec: 1
input: [3, 32, 32]
layers:
  - conv: {out_channels: 16, kernel_size: 4, padding: same, activation: relu}
  - conv: {out_channels: 10, kernel_size: 32}
  - flatten
""",
    instead="""\
archspec: 1
input: [3, 32, 32]
layers:
  - conv: {out_channels: 16, kernel_size: 3, padding: same, activation: relu}
  - conv: {out_channels: 10, kernel_size: 32}
  - flatten
""",
    source=(
        "Wu et al., Convolution with even-sized kernels and symmetric padding, NeurIPS 2019: "
        "the shift problem"
    ),
    find=find,
)
