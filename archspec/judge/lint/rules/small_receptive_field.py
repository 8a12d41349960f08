"""A receptive field that ends far below the size of the input."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.analysis import ReceptiveField
from archspec.graph import INPUT
from archspec.judge.lint.network import LintedNetwork, is_map
from archspec.judge.lint.rule import Finding, Rule
from archspec.judge.lint.scores import global_mean

PARTS = 2
"""A field is small when less than one of so many parts of the input, along every axis."""


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield the end of a network for images, when what decides there saw less than half of them.

    A global mean adds no view: it averages units that each saw a part. What counts is the field of
    the units that it averages. Signals in time are often told by short patterns, and are left out.
    """
    extent, output = network.spec.input[1:], network.outputs[0]
    if len(extent) < 2 or output == INPUT or is_map(network.shape(output)):
        return
    mean = global_mean(network, output)
    last = mean or network.nodes[output]
    source = last.inputs[0] if mean else output
    if source == INPUT:
        return
    field: ReceptiveField = network.analysis.node(source).receptive_field
    if field.is_global or any(s * PARTS >= n for s, n in zip(field.size, extent, strict=True)):
        return
    seen, whole = (" x ".join(map(str, sizes)) for sizes in (field.size, extent))
    who = f"{network.label(last)} averages units that see" if mean else "the output sees"
    yield Finding(
        f"{who} {seen} pixels of an input of {whole}",
        network.place(last),
        "add 3x3 convolutions before it, or halve the map earlier",
    )


RULE = Rule(
    code="small-receptive-field",
    severity="warning",
    summary="Finds classifiers of images whose units saw less than half of the image.",
    why=(
        "A unit can only tell what lies in its receptive field. When a global mean brings together "
        "units that saw less than half of the height or width, the network counts patches: how "
        "the parts of an object lie to each other, nobody has seen. Accuracy grows with the field "
        "until it covers what is to be told."
    ),
    example="""\
archspec: 1
input: [1, 28, 28]
layers:
  - conv: {out_channels: 16, kernel_size: 3, activation: relu}
  - conv: {out_channels: 16, kernel_size: 3, activation: relu}
  - conv: {out_channels: 10, kernel_size: 3}
  - gap
  - flatten
""",
    instead="""\
archspec: 1
input: [1, 28, 28]
layers:
  - conv: {out_channels: 16, kernel_size: 3, activation: relu}
  - conv: {out_channels: 16, kernel_size: 3, activation: relu}
  - max_pool: 2
  - conv: {out_channels: 16, kernel_size: 3, activation: relu}
  - conv: {out_channels: 10, kernel_size: 3}
  - gap
  - flatten
""",
    source=(
        "Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks, "
        "Distill 2019: accuracy grows with the logarithm of the receptive field"
    ),
    find=find,
)
