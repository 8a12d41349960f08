"""A learning rate that no training survives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule

MOST: Mapping[str, float] = {
    **dict.fromkeys(("SGD", "ASGD"), 5.0),
    **dict.fromkeys(("Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad"), 1.0),
}
"""The rate from which on a step overshoots whatever the network; of Adam and its kin it is the
length of a step in every weight."""

OF_SCHEDULE = ("OneCycleLR", "CyclicLR")
"""Schedules that set the rate themselves, as `max_lr`."""


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield the rate of an optimizer, or the highest of its schedule."""
    train = network.spec.train
    if train is None or (most := MOST.get(train.optimizer.name)) is None:
        return
    if train.clip_grad_norm is not None or train.clip_grad_value is not None:
        return
    role, call, argument = "optimizer", train.optimizer, "lr"
    if train.scheduler is not None and train.scheduler.name in OF_SCHEDULE:
        role, call, argument = "scheduler", train.scheduler, "max_lr"
    rate = call.arguments.get(argument)
    if isinstance(rate, int | float) and rate >= most:
        usual = "0.1" if most > 1 else "0.001"
        yield Finding(
            f"{train.optimizer.name} with a learning rate of {rate:g}: no network learns in such "
            "steps",
            network.spec.place("train", role, call.name, argument),
            f"begin with `{argument}: {usual}`",
        )


RULE = Rule(
    code="huge-rate",
    severity="warning",
    summary="Finds learning rates that no training survives.",
    why=(
        "A step of gradient descent goes down only while it is short against the curvature; far "
        "beyond that every step overshoots, the activations die or the loss leaves what floats "
        "can hold. Such a rate is mostly a lost decimal point."
    ),
    example="""\
archspec: 1
input: [1, 28, 28]
layers:
  - flatten
  - linear: 10
train: {epochs: 5, batch_size: 64, optimizer: {SGD: {lr: 8}}}
""",
    instead="""\
archspec: 1
input: [1, 28, 28]
layers:
  - flatten
  - linear: 10
train: {epochs: 5, batch_size: 64, optimizer: {SGD: {lr: 0.1}}}
""",
    source="Smith and Topin, Super-Convergence, 2019: 3 is the highest rate that trained a network",
    find=find,
)
