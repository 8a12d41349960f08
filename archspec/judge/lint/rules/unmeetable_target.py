"""Targets that no run of the spec can meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from archspec.diagnostics import Related
from archspec.diagnostics.words import plural
from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule
from archspec.language.quantities import MEASURED
from archspec.language.sections import Target

HUNDRED = Fraction(100)


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield every target that asks for epochs, images or values that there are none of."""
    for target in network.spec.targets:
        is_measured = target.name in MEASURED
        if not (_has_percent(target) if is_measured else _has_whole_number(target)):
            bounds = replace(target, epochs=None, within=None, consecutive=False).expected_of_run
            yield Finding(
                f"no {target.name} is {bounds}",
                target.span,
                "correct the bounds: accuracies lie from 0 to 100"
                if is_measured
                else "correct the bounds: they exclude each other",
            )
        elif is_measured:
            yield from _without_epochs(network, target)
            yield from _without_images(network, target)


def _without_epochs(network: LintedNetwork, target: Target) -> Iterator[Finding]:
    spec = network.spec
    if spec.train is None:
        return
    trained = spec.train.epochs
    for field, asked in (("epochs", target.epochs), ("within", target.within)):
        if asked is not None and asked > trained:
            epochs = plural(asked, "epoch")
            related = network.spec.place("train", "epochs")
            yield Finding(
                f"{target.name} speaks of {asked} {epochs}, and the training has {trained}",
                spec.place("targets", target.name, field),
                f"train for {asked} epochs, or lower `{field}`",
                (Related("the training", related),),
            )
            return


def _without_images(network: LintedNetwork, target: Target) -> Iterator[Finding]:
    data = network.spec.data
    if target.name == "validation_accuracy" and data and data.validation in (0, "test"):
        yield Finding(
            "no images are held out, so that there is no validation_accuracy",
            target.span,
            "hold some out with `data: {validation: 5000}`, or speak of test_accuracy",
        )


def _has_percent(target: Target) -> bool:
    """Say whether a value from 0 to 100 keeps the bounds."""
    low, high = (Fraction(), False), (HUNDRED, False)  # the limit, and whether it is left out
    for word, values in target.bounds.items():
        if word in ("at_least", "above", "equals", "between"):
            low = max(low, (values[0], word == "above"))
        if word in ("at_most", "below", "equals", "between"):
            high = min(high, (values[-1], word == "below"), key=lambda e: (e[0], not e[1]))
    return low[0] < high[0] or (low[0] == high[0] and not low[1] and not high[1])


def _has_whole_number(target: Target) -> bool:
    """Say whether a whole number from 0 on keeps the bounds."""
    lows, highs = [0], []
    for word, values in target.bounds.items():
        if word == "above":
            lows.append(floor(values[0]) + 1)
        elif word != "below" and word != "at_most":
            lows.append(ceil(values[0]))
        if word == "below":
            highs.append(ceil(values[0]) - 1)
        elif word != "above" and word != "at_least":
            highs.append(floor(values[-1]))
    return not highs or max(lows) <= min(highs)


RULE = Rule(
    code="unmeetable-target",
    severity="warning",
    summary="Finds targets that no run of this spec can meet.",
    why=(
        "A target that cannot be met says nothing when it is missed. It may ask for more epochs "
        "than are trained, for images that are not held out, or for a value that its own bounds "
        "exclude; after hours of training it is unproven or contradicted all the same."
    ),
    example="""\
archspec: 1
input: [784]
layers:
  - linear: 10
data: {dataset: MNIST}
train: {epochs: 5, batch_size: 64, optimizer: {SGD: {lr: 0.1}}}
targets:
  test_accuracy: {at_least: 92, within: 10}
""",
    instead="""\
archspec: 1
input: [784]
layers:
  - linear: 10
data: {dataset: MNIST}
train: {epochs: 10, batch_size: 64, optimizer: {SGD: {lr: 0.1}}}
targets:
  test_accuracy: {at_least: 92, within: 10}
""",
    source="arithmetic: the epochs end with `train.epochs`, and a percentage lies from 0 to 100",
    find=find,
)
