"""Transposed convolutions that lay unequal numbers of taps on neighbouring pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archspec.graph import Node
from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule
from archspec.layers.base import per_axis


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield every transposed convolution that gives some pixels more taps than others."""
    for node in network.nodes.values():
        if network.kind(node) != "conv_transpose":
            continue
        for kernel, stride, dilation, size in _axes(network, node):
            taps = Counter(dilation * tap % stride for tap in range(kernel))
            most, fewest = max(taps.values()), min(taps[phase] for phase in range(stride))
            if most > fewest and size > 1:
                yield Finding(
                    f"kernel {kernel} of {network.label(node)} is no multiple of its stride "
                    f"{stride}: pixels get {fewest} or {most} taps in turn",
                    network.place(node, "kernel_size"),
                    f"use kernel {stride * -(-kernel // stride)}, or `upsample` and a convolution",
                )
                break


def _axes(network: LintedNetwork, node: Node) -> Iterator[tuple[int, int, int, int]]:
    """Yield kernel, stride, dilation and the size before it, axis by axis."""
    facts = network.facts(node)
    assert facts.kernel is not None
    assert facts.stride is not None
    sizes = facts.inputs[0][1:]
    dilation = per_axis(getattr(node.layer, "dilation", (1,)), len(sizes), "dilation")
    yield from zip(facts.kernel, facts.stride, dilation, sizes, strict=True)


RULE = Rule(
    code="checkerboard-upsampling",
    severity="warning",
    summary="Finds transposed convolutions whose kernel is no multiple of the stride.",
    why=(
        "A transposed convolution lays its kernel on the output once for each input pixel. When "
        "the stride does not divide the kernel, the copies overlap on some output pixels and not "
        "on their neighbours, and a checkerboard shows in the picture that no amount of training "
        "quite removes."
    ),
    example="""\
archspec: 1
input: [16, 8, 8]
layers:
  - conv_transpose: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1, output_padding: 1}
  - relu
  - conv: {out_channels: 3, kernel_size: 3, padding: 1}
""",
    instead="""\
archspec: 1
input: [16, 8, 8]
layers:
  - conv_transpose: {out_channels: 8, kernel_size: 4, stride: 2, padding: 1}
  - relu
  - conv: {out_channels: 3, kernel_size: 3, padding: 1}
""",
    source="Odena, Dumoulin and Olah, Deconvolution and Checkerboard Artifacts, Distill 2016",
    find=find,
)
