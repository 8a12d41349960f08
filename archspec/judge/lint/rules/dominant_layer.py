"""One layer that holds most of the parameters."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.analysis import EntryFacts
from archspec.graph import Node
from archspec.judge.lint.network import VIEWS, WEIGHTED, LintedNetwork, is_map
from archspec.judge.lint.rule import Finding, Rule
from archspec.judge.lint.scores import every_classifier

FEWEST_LAYERS = 4
"""With fewer layers than this, one of them holds most whatever one does."""


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield the entry that holds more than half of the parameters.

    A last layer that takes features with no positions any more is left out: its size is the number
    of classes times that of features. So are networks of features alone.
    """
    if len(network.spec.input) == 1:
        return
    entries = [facts for facts in network.analysis.entries if not facts.is_auxiliary]
    layers = [facts for facts in entries if facts.params and _has_weights(facts)]
    if len(layers) < FEWEST_LAYERS:
        return
    total = sum(facts.params for facts in entries)
    largest = max(layers, key=lambda facts: facts.params)
    node = network.nodes[largest.nodes[0].name]
    if 2 * largest.params <= total or _is_pooled_head(network, node):
        return
    percent = f"{100 * largest.params / total:.0f}"
    yield Finding(
        f"{largest.entry.label} holds {percent} % of the params: {largest.params:,} of {total:,}",
        network.place(node),
        "give its channels to several layers"
        if is_map(largest.output)
        else "narrow the map before it, or pool globally in its place",
    )


def _has_weights(facts: EntryFacts) -> bool:
    return any(node.kind in WEIGHTED for node in facts.nodes)


def _is_pooled_head(network: LintedNetwork, node: Node) -> bool:
    if node not in [classifier for classifier, _ in every_classifier(network)]:
        return False
    sources = (n for n in network.chain(node.inputs[0]) if network.kind(n) not in VIEWS)
    source = next(sources, None)
    return source is not None and not is_map(network.shape(source.name))


RULE = Rule(
    code="dominant-layer",
    severity="warning",
    summary="Finds networks in which one layer holds more than half of the parameters.",
    why=(
        "What a network can learn is paid for in parameters, and one layer takes most of them "
        "here, mostly the first one that looks at a whole map at once, or the widest just before "
        "the end. It overfits first, and what it takes would buy depth elsewhere. Global average "
        "pooling in place of such a layer costs no parameter at all."
    ),
    example="""\
archspec: 1
input: [1, 28, 28]
defaults:
  conv: {kernel_size: 3, activation: relu}
layers:
  - conv: 8
  - conv: 16
  - max_pool: 2
  - conv: 16
  - flatten
  - linear: {out_features: 32, activation: relu}
  - linear: 10
""",
    instead="""\
archspec: 1
input: [1, 28, 28]
defaults:
  conv: {kernel_size: 3, activation: relu}
layers:
  - conv: 8
  - conv: 16
  - max_pool: 2
  - conv: 16
  - conv: 16
  - gap
  - flatten
  - linear: 10
""",
    source=(
        "Lin, Chen and Yan, Network In Network, 2013, section 3.2: fully connected layers are "
        "prone to overfitting, and global average pooling has nothing to fit"
    ),
    find=find,
)
