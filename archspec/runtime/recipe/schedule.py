"""The schedule of the learning rate that a spec names, and when it steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from torch import optim
from torch.optim import lr_scheduler

from archspec.language.sections import Call, Train
from archspec.record import SplitName
from archspec.runtime.place import Place
from archspec.runtime.recipe.calls import (
    WITHHELD,
    attempt,
    check_arguments,
    find_class,
    refuse,
    refuse_unfit,
)

SCHEDULERS: dict[str, type[lr_scheduler.LRScheduler]] = {
    name: made
    for name, made in sorted(vars(lr_scheduler).items())
    if isinstance(made, type)
    and issubclass(made, lr_scheduler.LRScheduler)
    and not name.startswith(("_", "LRScheduler"))
}

SCHEDULED_PER_BATCH = ("OneCycleLR", "CyclicLR")

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
    made = find_class("scheduler", call, SCHEDULERS, place)
    refuse_unfit("scheduler", call, "try StepLR, CosineAnnealingLR or OneCycleLR", place)
    arguments = check_arguments("scheduler", call, made, WITHHELD["scheduler"], place)
    pace: Pace = "batch" if call.name in SCHEDULED_PER_BATCH else "epoch"
    if call.name == "ReduceLROnPlateau":
        pace = "loss"
        _check_plateau(call, monitored, place)
    if call.name == "OneCycleLR":
        _fit_cycle(call, arguments, train.epochs, steps_per_epoch, place)
    make: Any = made
    scheduler = attempt("scheduler", call, place, lambda: make(optimizer, **arguments))
    return Schedule(scheduler, pace)


def _fit_cycle(
    call: Call, arguments: dict[str, Any], epochs: int, steps_per_epoch: int | None, place: Place
) -> None:
    """Fill in how many steps the one cycle has, or refuse a given number that is too small."""
    steps = epochs * (steps_per_epoch or REHEARSED_STEPS)
    if not {"total_steps", "epochs", "steps_per_epoch"} & arguments.keys():
        arguments["total_steps"] = steps
    in_epochs = (arguments.get("epochs") or 0) * (arguments.get("steps_per_epoch") or 0)
    given = arguments.get("total_steps") or in_epochs
    if steps_per_epoch and 0 < given < steps:
        refuse(
            "bad-argument",
            f"OneCycleLR ends after {given} steps, and the training takes {steps}",
            place("train", "scheduler", call.name, "total_steps"),
            "leave the number of steps out, and it is filled in",
        )


def _check_plateau(call: Call, monitored: SplitName, place: Place) -> None:
    if monitored == "train":
        refuse(
            "needs-validation",
            "ReduceLROnPlateau watches the validation loss, and nothing is held out for it",
            place("train", "scheduler"),
            "hold images out with `data.validation: 5000`, or declare `data.validation: test`",
        )
    if call.arguments.get("mode", "min") != "min":
        refuse(
            "bad-argument",
            "`mode` of ReduceLROnPlateau is `max`, and the loss that it watches should fall",
            place("train", "scheduler", call.name, "mode"),
            "leave `mode` out",
        )
