"""A schedule of the learning rate that does not fit the length of the training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import ceil
from typing import Any

from archspec.analysis.trainable import steps_per_epoch
from archspec.judge.lint.network import LintedNetwork
from archspec.judge.lint.rule import Finding, Rule
from archspec.language.sections import Train
from archspec.language.takes.datasets import HELD

Fault = tuple[str, str, str]
"""The argument, the fact, and the cure."""


def find(network: LintedNetwork) -> Iterator[Finding]:
    """Yield a warm-up or a schedule that ends too late, too early, or never begins."""
    spec = network.spec
    train = spec.train
    if train is None:
        return
    epochs = train.epochs
    if train.warmup_epochs > epochs:
        yield Finding(
            f"{train.warmup_epochs:g} epochs of warm-up do not fit into {epochs}",
            spec.place("train", "warmup_epochs"),
            f"write at most {max(1, epochs // 5)}, or train for longer",
        )
    call = train.scheduler
    if call is None:
        return
    if call.name == "OneCycleLR":
        found = _one_cycle(network, train, call.arguments)
    else:
        argument, judge = _JUDGES.get(call.name, ("", _never))
        given = call.arguments.get(argument)
        fits = type(given) is int or (
            isinstance(given, list | tuple) and all(type(item) is int for item in given)
        )
        found = judge(given, train) if given and fits else None
        found = found and (argument, *found[1:])
    if found is not None:
        argument, fact, help = found
        yield Finding(
            f"{call.name}: {fact}", spec.place("train", "scheduler", call.name, argument), help
        )


def _cosine(given: int, train: Train) -> Fault | None:
    epochs = train.epochs
    if given > epochs:
        fact = f"the rate comes down in {given} epochs, and the training has {epochs}"
    elif given < epochs - ceil(train.warmup_epochs) - 1:
        fact = f"the rate goes up and down every {given} of {epochs} epochs"
    else:
        return None
    return "", fact, f"write `T_max: {epochs}`"


def _decay(given: int, train: Train) -> Fault | None:
    if given <= train.epochs:
        return None
    fact = f"it ends after {given} epochs, and the training has {train.epochs}"
    return "", fact, f"write at most {train.epochs}"


def _step(given: int, train: Train) -> Fault | None:
    if given < train.epochs or train.epochs == 1:
        return None
    fact = f"the first step comes after {given} epochs, and the training has {train.epochs}"
    return "", fact, f"write such as `step_size: {max(1, train.epochs // 3)}`"


def _milestones(given: list[int], train: Train) -> Fault | None:
    late = [milestone for milestone in given if milestone >= train.epochs]
    if not late:
        return None
    fact = f"epoch {late[0]} is never reached, the training has {train.epochs}"
    return "", fact, f"let all milestones lie below {train.epochs}"


def _never(given: Any, train: Train) -> Fault | None:
    return None


_JUDGES: Mapping[str, tuple[str, Callable[[Any, Train], Fault | None]]] = {
    "CosineAnnealingLR": ("T_max", _cosine),
    "LinearLR": ("total_iters", _decay),
    "PolynomialLR": ("total_iters", _decay),
    "StepLR": ("step_size", _step),
    "MultiStepLR": ("milestones", _milestones),
}


def _one_cycle(network: LintedNetwork, train: Train, given: Mapping[str, Any]) -> Fault | None:
    data, total = network.spec.data, given.get("total_steps")
    held = HELD.get(data.dataset) if data else None
    steps = steps_per_epoch(data, train, held.train) if data and held else None
    if type(total) is not int or steps is None or total <= steps * train.epochs:
        return None
    needed = steps * train.epochs
    fact = f"the training makes {needed:,} of its {total:,} steps, and the rate stays high"
    return "total_steps", fact, f"leave it out: it is {train.epochs} x {steps} = {needed:,}"


RULE = Rule(
    code="schedule-length",
    severity="warning",
    summary="Finds schedules and warm-ups that do not fit the length of the training.",
    why=(
        "A schedule is made for a number of epochs or steps. Where the training ends before it, "
        "the rate never comes down to where fine steps are made; where it goes on behind it, the "
        "rate may rise again. Both happen when epochs are changed and the schedule is not."
    ),
    example="""\
archspec: 1
input: [1, 28, 28]
layers:
  - flatten
  - linear: 10
train:
  epochs: 12
  batch_size: 64
  optimizer: {SGD: {lr: 0.1}}
  scheduler: {CosineAnnealingLR: {T_max: 1}}
""",
    instead="""\
archspec: 1
input: [1, 28, 28]
layers:
  - flatten
  - linear: 10
train:
  epochs: 12
  batch_size: 64
  optimizer: {SGD: {lr: 0.1}}
  scheduler: {CosineAnnealingLR: {T_max: 12}}
""",
    source="Loshchilov and Hutter, SGDR, ICLR 2017: T_max is the length of the descent",
    find=find,
)
