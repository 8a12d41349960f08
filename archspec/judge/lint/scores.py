"""The layer that makes a network's scores, and what stands between it and the output."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archspec.graph import Node
from archspec.judge.lint.network import (
    ACTIVATION_KINDS,
    DROPOUT_KINDS,
    MEANS,
    NORM_KINDS,
    VIEWS,
    WEIGHTED,
    LintedNetwork,
    is_map,
)
from archspec.judge.lint.rule import Finding

SOFT = frozenset({"softmax", "log_softmax"})
POOLS = MEANS | {"max_pool", "adaptive_max_pool"}
PASSED = VIEWS | NORM_KINDS | ACTIVATION_KINDS | DROPOUT_KINDS


def every_classifier(network: LintedNetwork) -> Iterator[tuple[Node, list[Node]]]:
    """Yield the layer that makes the scores of the network, and of each of its auxiliary heads.

    With it go the operations behind it, in the order in which they run.

    A spec that is trained with a loss for classes gives scores, whatever their shape. One that is
    not trained here gives scores when it ends in features, unless they were pooled behind the last
    layer with weights: such a network may as well be the front part of another one.
    """
    if network.is_classifier is False:
        return
    passed = PASSED if network.is_classifier is None else PASSED | POOLS
    for output in network.outputs:
        if network.is_classifier is None and is_map(network.shape(output)):
            continue
        behind: list[Node] = []
        for node in network.chain(output):
            if network.kind(node) in WEIGHTED:
                yield node, behind[::-1]
            if network.kind(node) not in passed:
                break
            behind.append(node)


def on_scores(
    network: LintedNetwork, is_meant: Callable[[Node], bool], off: str
) -> Iterator[Finding]:
    """Yield the operations meant that change scores. off: what takes one out of an entry."""
    for classifier, behind in every_classifier(network):
        for node in behind:
            if not is_meant(node):
                continue
            label = network.label(classifier)
            is_part = network.entries[node.name] is network.entries[classifier.name]
            yield Finding(
                f"{network.kind(node)} changes the scores that {label} makes",
                network.place(node),
                f"write `{off}` in {label}" if is_part else "remove it: scores leave as they are",
                () if is_part else (network.related(f"{label} makes the scores", classifier),),
            )


def global_mean(network: LintedNetwork, output: str) -> Node | None:
    """Return the mean that makes one unit out of a map, when nothing else did so behind it."""
    for node in network.chain(output):
        facts = network.facts(node)
        kind, was_map = network.kind(node), is_map(facts.inputs[0])
        if kind in MEANS and was_map and not is_map(facts.output):
            return node
        if was_map or kind not in PASSED | POOLS | WEIGHTED:
            return None
    return None
