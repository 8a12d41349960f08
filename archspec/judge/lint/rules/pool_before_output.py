"""Pooling with nothing but the classifier behind it."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.graph import Node
from archspec.judge.lint.network import SLIDING_POOLS, WEIGHTED, LintedNetwork, is_map
from archspec.judge.lint.rule import Finding, Rule
from archspec.judge.lint.scores import PASSED, POOLS


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield a pooling that shrinks the map for the last layer with weights alone.

    Global pooling is how a network should end, and where several layers with weights follow, they
    are there to combine what was pooled.
    """
    output = network.outputs[0]
    if is_map(network.shape(output)):
        return
    classifier: Node | None = None
    for node in network.chain(output):
        kind, facts = network.kind(node), network.facts(node)
        if kind in WEIGHTED:
            looks_around = kind == "conv" and max(facts.kernel or (1,)) > 1 and is_map(facts.output)
            if classifier is not None or looks_around:
                return
            classifier = node
        elif kind in SLIDING_POOLS and max(facts.stride or (1,)) > 1 and is_map(facts.output):
            label = network.label(classifier) if classifier is not None else None
            yield Finding(
                f"{network.label(node)} shrinks the map, and "
                + (f"only {label} comes behind it" if label else "no layer comes behind it"),
                network.place(node),
                "pool earlier and convolve what is left, or let `gap` be the only pooling here",
            )
            return
        elif kind not in PASSED | POOLS:
            return


RULE = Rule(
    code="pool-before-output",
    severity="warning",
    summary="Finds pooling right in front of the output that is not global.",
    why=(
        "Pooling pays when convolutions behind it look at the smaller map: they see more of the "
        "image for the same price. Right in front of the output nothing looks any more. Three of "
        "four values are thrown away for no gain, where global pooling would have kept the mean "
        "of all of them, or the classifier could have seen them."
    ),
    example="""\
archspec: 1
input: [3, 16, 16]
defaults:
  conv: {kernel_size: 3, activation: relu}
layers:
  - conv: 16
  - conv: 16
  - conv: 16
  - max_pool: 2
  - flatten
  - linear: 10
""",
    instead="""\
archspec: 1
input: [3, 16, 16]
defaults:
  conv: {kernel_size: 3, activation: relu}
layers:
  - conv: 16
  - conv: 16
  - max_pool: 2
  - conv: 16
  - gap
  - flatten
  - linear: 10
""",
    source=(
        "Lin, Chen and Yan, Network In Network, 2013, section 3.2: global average pooling, and "
        "nothing else, between the last map and the classes"
    ),
    find=find,
)
