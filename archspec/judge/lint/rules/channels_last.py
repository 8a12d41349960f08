"""An input whose channels stand last."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule

COLOURS = (1, 3, 4)
LEAST_SIDE = 8


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield an input that has as many rows as columns and channels, were it read the other way."""
    shape = network.spec.input
    if len(shape) != 3 or shape[2] not in COLOURS or min(shape[:2]) < LEAST_SIDE:
        return
    height, width, channels = shape
    yield Finding(
        f"the input has {height} channels of {width} x {channels} pixels",
        network.spec.place("input"),
        f"write `input: [{channels}, {height}, {width}]`: channels come first",
    )


RULE = Rule(
    code="channels-last",
    severity="warning",
    summary="Finds inputs whose last size looks like channels.",
    why=(
        "torch takes channels, height, width; Keras and pictures on a disk have the channels last. "
        "Read the other way round, a picture of 32x32 pixels becomes 32 channels of narrow strips, "
        "and every size and receptive field of the network is that of something else."
    ),
    example="""\
archspec: 1
input: [32, 32, 3]
layers:
  - conv: {out_channels: 16, kernel_size: 3, padding: 1, activation: relu}
  - flatten
  - linear: 10
""",
    instead="""\
archspec: 1
input: [3, 32, 32]
layers:
  - conv: {out_channels: 16, kernel_size: 3, padding: 1, activation: relu}
  - flatten
  - linear: 10
""",
    source="torch.nn.Conv2d: the input is (N, C, H, W)",
    find=find,
)
