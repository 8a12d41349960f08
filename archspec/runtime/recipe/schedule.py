"""The schedule of the learning rate that a spec names, and when it steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from torch import optim
from torch.optim import lr_scheduler

from archspec.analysis.trainable import NEEDS_VALIDATION, schedule_faults
from archspec.language.sections import Train
from archspec.language.takes.calls import NamedCall
from archspec.language.takes.classes import SCHEDULED_PER_BATCH
from archspec.record import SplitName
from archspec.runtime.place import Place
from archspec.runtime.recipe.calls import attempt, ensure, find_class

SCHEDULERS: dict[str, type[lr_scheduler.LRScheduler]] = {
    name: made
    for name, made in sorted(vars(lr_scheduler).items())
    if isinstance(made, type)
    and issubclass(made, lr_scheduler.LRScheduler)
    and not name.startswith(("_", "LRScheduler"))
}

REHEARSED_STEPS = 100
"""Steps of an epoch as long as the data is not known."""

Pace = Literal["batch", "epoch", "loss"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A scheduler and when it steps: after each batch, each epoch, or each epoch with its loss."""

    scheduler: Any
    pace: Pace


def make_schedule(
    train: Train,
    optimizer: optim.Optimizer,
    monitored: SplitName,
    steps_per_epoch: int | None,
    place: Place,
) -> Schedule | None:
    """Return the schedule of an optimizer, None for none; SpecError. The rest as `make_recipe`."""
    call = train.scheduler
    if call is None:
        return None
    made, arguments = find_class("scheduler", call, SCHEDULERS, place)
    pace: Pace = "batch" if call.name in SCHEDULED_PER_BATCH else "epoch"
    named = NamedCall("scheduler", call, ("train", "scheduler"), place, place)
    if call.name == "ReduceLROnPlateau":
        pace = "loss"
        if monitored == "train":
            ensure([named.fault("needs-validation", *NEEDS_VALIDATION)])
    ensure(schedule_faults(named, arguments, train, steps_per_epoch))
    lengths = ("total_steps", "epochs", "steps_per_epoch")
    if call.name == "OneCycleLR" and all(arguments.get(name) is None for name in lengths):
        arguments["total_steps"] = train.epochs * (steps_per_epoch or REHEARSED_STEPS)
    make: Any = made
    scheduler = attempt("scheduler", call, place, lambda: make(optimizer, **arguments))
    return Schedule(scheduler, pace)
