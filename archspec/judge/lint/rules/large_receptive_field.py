"""A receptive field that was far above the size of the input before the last layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from archspec.graph import INPUT, Node
from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule

MOST_TIMES = 2
"""A field is large when it is more than the input's extent this many times."""

LeastField: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]
"""Size and jump along each axis; whole numbers, as nothing is followed behind up-sampling."""


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield the first convolution whose inputs had all seen far more than there is.

    Where paths join, the one that saw least counts: a skip brings small fields past deep bodies.
    """
    extent = network.spec.input[1:]
    least = _least_fields(network)
    beyond = []
    for node in network.nodes.values():
        field = least.get(node.inputs[0])
        is_spatial = network.kind(node) == "conv" and max(network.facts(node).kernel or (1,)) > 1
        if field is None or not is_spatial:
            continue
        if extent and all(s > MOST_TIMES * n for s, n in zip(field[0], extent, strict=True)):
            beyond.append((node, field[0]))
    if not beyond:
        return
    first, size = beyond[0]
    seen, whole = (" x ".join(map(str, sizes)) for sizes in (size, extent))
    others = len(beyond) - 1
    more = f", and {others} more behind it" if others else ""
    yield Finding(
        f"{network.label(first)} looks for patterns beyond the input: its units see {seen} "
        f"pixels before it, of {whole}{more}",
        network.place(first),
        "use fewer layers or strides, or a larger input",
    )


def _least_fields(network: LintedNetwork) -> dict[str, LeastField | None]:
    """Return the field of each value along the path that sees least; None where none is kept.

    The recurrence on size and jump of Araujo, Norris and Sim, Distill 2019.
    """
    one = (1,) * (len(network.spec.input) - 1)
    found: dict[str, LeastField | None] = {INPUT: (one, one)}
    for node in network.nodes.values():
        fields = [field for name in node.inputs if (field := found[name]) is not None]
        found[node.name] = _behind(network, node, min(fields)) if fields else None
    return found


def _behind(network: LintedNetwork, node: Node, field: LeastField) -> LeastField | None:
    window = network.layer(node).window(network.facts(node).inputs[0])
    if window.reach in ("pointwise", "global", "join"):
        return field
    axes = window.axes[-len(field[0]) :] if field[0] else ()
    if window.reach != "local" or any(len(axis.first) > 1 for axis in axes):
        return None
    sizes, jumps = [], []
    for size, jump, axis in zip(*field, axes, strict=True):
        first, last = axis.first[0], axis.last[0]
        if first is None or last is None:
            return None
        sizes.append(size + (last - first) * jump)
        jumps.append(jump * axis.advance)
    return tuple(sizes), tuple(jumps)


RULE = Rule(
    code="large-receptive-field",
    severity="warning",
    summary="Finds convolutions whose inputs have seen more than twice the input already.",
    why=(
        "A convolution combines what its neighbours saw into a larger pattern. When each of them "
        "saw the whole input, and as much padding around it, there is no larger pattern: measured "
        "by probes, such layers add nothing to accuracy, and cost parameters and time. It happens "
        "to networks made for large images that are given small ones."
    ),
    example="""\
archspec: 1
input: [1, 8, 8]
defaults:
  conv: {kernel_size: 3, padding: 1, activation: relu}
layers:
  - conv: 16
  - conv: 16
  - max_pool: 2
  - conv: 16
  - conv: 16
  - max_pool: 2
  - conv: 16
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
  - conv: 16
  - conv: 16
  - max_pool: 2
  - conv: 16
  - conv: {out_channels: 10, activation: none}
  - gap
  - flatten
""",
    source=(
        "Richter et al., Should You Go Deeper? Optimizing Convolutional Neural Network "
        "Architectures without Training by Receptive Field Analysis, 2021, arXiv:2106.12307"
    ),
    find=find,
)
