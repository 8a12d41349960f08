"""A schedule that follows the loss on the test images."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Related
from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule

FOLLOWS_A_LOSS = "ReduceLROnPlateau"


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield `validation: test`, when the schedule watches the validation loss."""
    spec = network.spec
    scheduler = spec.train.scheduler if spec.train else None
    if spec.data is None or scheduler is None or spec.data.validation != "test":
        return
    if scheduler.name == FOLLOWS_A_LOSS:
        schedule = Related("the schedule", spec.place("train", "scheduler"))
        yield Finding(
            f"{scheduler.name} follows the loss on the test images",
            spec.place("data", "validation"),
            "hold training images out for it: `validation: 5000`",
            (schedule,),
        )


RULE = Rule(
    code="schedule-steered-by-test",
    severity="warning",
    summary="Finds learning rates that are lowered by what the test images say.",
    why=(
        "Test accuracy stands for images that nothing was fitted to. When the loss on them decides "
        "when the learning rate falls, the training has looked at them, and their accuracy is too "
        "good by an amount that nobody knows. Images held out of training can steer in their place."
    ),
    example="""\
archspec: 1
input: [784]
layers:
  - linear: 10
data: {dataset: MNIST, validation: test}
train:
  epochs: 15
  batch_size: 128
  optimizer: {SGD: {lr: 0.05}}
  scheduler: {ReduceLROnPlateau: {patience: 1}}
""",
    instead="""\
archspec: 1
input: [784]
layers:
  - linear: 10
data: {dataset: MNIST, validation: 5000}
train:
  epochs: 15
  batch_size: 128
  optimizer: {SGD: {lr: 0.05}}
  scheduler: {ReduceLROnPlateau: {patience: 1}}
""",
    source=(
        "Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2009, section 7.2: "
        "the test set is kept in a vault, and brought out only at the end"
    ),
    find=find,
)
