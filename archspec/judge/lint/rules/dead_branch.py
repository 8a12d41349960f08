"""What is computed and reaches no output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield the ends of dead branches, parts of a split that nobody takes, and idle heads."""
    alive = _leading_to(network, network.outputs)
    dead = {name: node for name, node in network.nodes.items() if name not in alive}
    for name, node in dead.items():
        if not network.users[name]:
            before = _leading_to(network, [name]) & dead.keys()
            ids = {network.entries[other].id for other in before} - {network.entries[name].id}
            more = f", nor the {len(ids)} that only it uses" if ids else ""
            yield Finding(
                f"nothing uses what {network.label(node)} makes{more}",
                network.place(node),
                "join it with `add` or `concat`, or remove it",
            )
    yield from _parts_left(network)
    for head in network.analysis.graph.heads:
        if head.weight == 0:
            yield Finding(
                f"the auxiliary head `{head.name}` has weight 0, and nothing trains it",
                head.span,
                "give its loss a weight, such as 0.3, or remove it",
            )


def _leading_to(network: LintedNetwork, names: Iterable[str]) -> set[str]:
    """Return the nodes that some values depend on, those that make them among them."""
    found: set[str] = set()
    waiting = [name for name in names if name in network.nodes]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [source for source in network.nodes[name].inputs if source in network.nodes]
    return found


def _parts_left(network: LintedNetwork) -> Iterator[Finding]:
    """Yield what is split and not taken in full."""
    if all(network.kind(node) != "split" for node in network.nodes.values()):
        return
    from archspec.layers.pick import Split  # imported here: few networks have one

    for users in network.users.values():
        splits = [node.layer for node in users if isinstance(node.layer, Split)]
        taken = {split.index for split in splits}
        if splits and len(splits) == len(users) and len({split.sections for split in splits}) == 1:
            left = sorted(set(range(splits[0].sections)) - taken)
            if left:
                parts = ", ".join(map(str, left))
                yield Finding(
                    f"{network.label(users[0])} divides the channels into {splits[0].sections}, "
                    f"and nothing takes part {parts}",
                    network.place(users[0]),
                    "take it in another path, or make fewer channels",
                )


RULE = Rule(
    code="dead-branch",
    severity="warning",
    summary="Finds layers whose values reach no output, and heads that nothing trains.",
    why=(
        "What reaches no output gets no gradient and changes nothing, yet its parameters are "
        "counted, stored and initialized, and it is computed for every image. Mostly a skip was "
        "meant to bring it back, and names another layer."
    ),
    example="""\
archspec: 1
input: [1, 8, 8]
defaults:
  conv: {kernel_size: 3, padding: 1, activation: relu}
layers:
  - conv: {out_channels: 4, id: stem}
  - conv: 4
  - branches:
      join: add
      paths:
        left: {from: stem, layers: [{conv: 4}]}
        right: {from: stem, layers: [{conv: 4}]}
  - conv: {out_channels: 10, activation: none}
  - gap
  - flatten
""",
    instead="""\
archspec: 1
input: [1, 8, 8]
defaults:
  conv: {kernel_size: 3, padding: 1, activation: relu}
layers:
  - conv: {out_channels: 4, id: stem}
  - conv: 4
  - branches:
      join: add
      paths:
        left: {from: stem, layers: [{conv: 4}]}
        right: [{conv: 4}]
  - conv: {out_channels: 10, activation: none}
  - gap
  - flatten
""",
    source=(
        "torch.nn.parallel.DistributedDataParallel, find_unused_parameters: training on several "
        "devices stops at parameters that get no gradient"
    ),
    find=find,
)
