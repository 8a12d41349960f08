"""Optimizer, schedule and loss of a spec, made from torch's classes by name."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch import nn, optim
from torch.optim import lr_scheduler

from archspec.diagnostics import Diagnostic, SpecError
from archspec.language.sections import Call, Train
from archspec.record import SplitName
from archspec.runtime.fast import fused_arguments, quick_step
from archspec.runtime.place import Place
from archspec.runtime.recipe.calls import attempt, check_arguments, find_class, refuse

OPTIMIZERS: dict[str, type[optim.Optimizer]] = {
    name: made
    for name, made in sorted(vars(optim).items())
    if isinstance(made, type) and issubclass(made, optim.Optimizer) and made is not optim.Optimizer
}
SCHEDULERS: dict[str, type[lr_scheduler.LRScheduler]] = {
    name: made
    for name, made in sorted(vars(lr_scheduler).items())
    if isinstance(made, type)
    and issubclass(made, lr_scheduler.LRScheduler)
    and not name.startswith(("_", "LRScheduler"))
}
LOSSES: dict[str, type[nn.Module]] = {
    name: made
    for name, made in sorted(vars(nn).items())
    if isinstance(made, type) and issubclass(made, nn.Module) and name.endswith("Loss")
}

CLASS_LOSSES = ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss")
"""The losses that compare scores of classes with the number of the right one."""

NORMS = (
    nn.modules.batchnorm._NormBase,
    nn.GroupNorm,
    nn.LayerNorm,
    nn.RMSNorm,
)
"""The normalizations of torch that have weights; batch and instance norms share the first."""

REFUSED = {
    "LBFGS": "evaluates the loss several times a step, and the trainer takes one step a batch",
    "SparseAdam": "needs sparse gradients, and no layer makes them",
    "LambdaLR": "needs a function, and a spec holds none",
    "MultiplicativeLR": "needs a function, and a spec holds none",
    "SequentialLR": "is made of other schedules, and a spec names one",
    "ChainedScheduler": "is made of other schedules, and a spec names one",
}
WITHHELD = {
    "optimizer": ("params",),
    "scheduler": ("optimizer", "last_epoch", "scale_fn"),
    "loss": ("size_average", "reduce", "reduction"),  # the trainer counts on the mean
}
"""Arguments that the trainer gives itself, or that no spec can hold."""

SCHEDULED_PER_BATCH = ("OneCycleLR", "CyclicLR")

REHEARSED_STEPS = 100
"""Steps of an epoch as long as the data is not known."""

Pace = Literal["batch", "epoch", "loss"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A scheduler and when it steps: after each batch, each epoch, or each epoch with its loss."""

    scheduler: Any
    pace: Pace


@dataclass(frozen=True, slots=True)
class Recipe:
    """What turns gradients into weights; `loss` averages over a batch.

    warmup_steps: steps in which the learning rate rises to what the schedule says. clip_norm and
    clip_value: bounds of the gradients, None for none.
    """

    optimizer: optim.Optimizer
    schedule: Schedule | None
    loss: nn.Module
    warmup_steps: int = 0
    clip_norm: float | None = None
    clip_value: float | None = None

    def update(self, step: int) -> float:
        """Turn gradients into weights, and let a schedule of batches go on.

        step: counts from 1 over the whole training. Returns the learning rate of the first group.
        """
        groups = self.optimizer.param_groups
        parameters = [parameter for group in groups for parameter in group["params"]]
        if self.clip_value is not None:
            nn.utils.clip_grad_value_(parameters, self.clip_value)
        if self.clip_norm is not None:
            nn.utils.clip_grad_norm_(parameters, self.clip_norm)
        if step < self.warmup_steps:
            # The schedule's own rates come back behind the step: it may be of any class.
            scheduled = [group["lr"] for group in groups]
            for group in groups:
                group["lr"] = group["lr"] * (step / self.warmup_steps)
            self._step(step)
            learning_rate = float(groups[0]["lr"])
            for group, rate in zip(groups, scheduled, strict=True):
                group["lr"] = rate
        else:
            self._step(step)
            learning_rate = float(groups[0]["lr"])
        if self.schedule and self.schedule.pace == "batch":
            self.schedule.scheduler.step()
        return learning_rate

    def _step(self, step: int) -> None:
        # The first one is torch's: by it a schedule knows that there was one.
        if step == 1 or not quick_step(self.optimizer):
            self.optimizer.step()


def make_recipe(
    train: Train,
    module: nn.Module,
    *,
    monitored: SplitName,
    classes: int,
    steps_per_epoch: int | None,
    place: Place,
    fused_on: torch.device | None = None,
    mixes: bool = False,
) -> Recipe:
    """Make optimizer, schedule and loss for the parameters of a module.

    steps_per_epoch: None while the data is not known, and a length cannot be checked. fused_on: the
    device whose fused kernels the optimizer may use, which round otherwise; None for none. mixes:
    labels come as shares of several classes.
    Raises SpecError with the faults of all three: unknown-optimizer, -scheduler, -loss for names
    that torch does not have, unsuitable-… for classes that do not fit the trainer, bad-argument.
    """
    faults: list[Diagnostic] = []
    optimizer = schedule = loss = None
    try:
        optimizer = _optimizer(train, module, place, fused_on)
    except SpecError as fault:
        faults += fault.diagnostics
    try:
        # A schedule's own faults are found whether or not the optimizer could be made.
        stand_in = optimizer or optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
        schedule = _schedule(train, stand_in, monitored, steps_per_epoch, place)
    except SpecError as fault:
        faults += fault.diagnostics
    try:
        loss = _loss(train.loss, classes, place, mixes=mixes)
    except SpecError as fault:
        faults += fault.diagnostics
    if faults:
        raise SpecError(faults)
    assert optimizer is not None
    assert loss is not None
    return Recipe(
        optimizer,
        schedule,
        loss,
        round(train.warmup_epochs * (steps_per_epoch or REHEARSED_STEPS)),
        train.clip_grad_norm,
        train.clip_grad_value,
    )


def rehearse(
    train: Train,
    *,
    monitored: SplitName,
    classes: int,
    place: Place,
    groups: int = 1,
    mixes: bool = False,
) -> None:
    """Take three steps on a toy, so that arguments which fail late are refused before the data.

    groups: of parameters, as `parameter_groups` makes them. mixes, and the SpecErrors that are
    raised: as for `make_recipe`.
    """
    toy = nn.Sequential(nn.Linear(2, 2, bias=False))  # some optimizers take matrices only
    if groups > 1:
        toy.append(_kept(train.no_weight_decay))
    recipe = make_recipe(
        train,
        toy,
        monitored=monitored,
        classes=classes,
        steps_per_epoch=None,
        place=place,
        mixes=mixes,
    )

    def step_optimizer() -> None:
        for parameter in toy.parameters():
            parameter.grad = torch.ones_like(parameter)
        recipe.optimizer.step()

    for _ in range(3):
        attempt("optimizer", train.optimizer, place, step_optimizer)
        if recipe.schedule and train.scheduler:
            losses = (1.0,) if recipe.schedule.pace == "loss" else ()
            step = partial(recipe.schedule.scheduler.step, *losses)
            attempt("scheduler", train.scheduler, place, step)
    scores, labels = torch.zeros(2, classes), torch.zeros(2, dtype=torch.long)
    attempt("loss", train.loss, place, lambda: recipe.loss(scores, labels))


def _kept(no_weight_decay: Sequence[str]) -> nn.Module:
    """Return a module with a matrix that is kept from weight decay."""
    if "norms" in no_weight_decay:
        return nn.LayerNorm((2, 2), bias=False)
    module = nn.Identity()
    module.bias = nn.Parameter(torch.zeros(2, 2))
    return module


def _optimizer(
    train: Train, module: nn.Module, place: Place, fused_on: torch.device | None
) -> optim.Optimizer:
    call = train.optimizer
    made = find_class("optimizer", call, OPTIMIZERS, place)
    _refuse_unfit("optimizer", call, "try SGD or Adam", place)
    arguments = check_arguments("optimizer", call, made, WITHHELD["optimizer"], place)
    if train.no_weight_decay and "weight_decay" not in inspect.signature(made).parameters:
        refuse(
            "bad-argument",
            f"{call.name} has no weight decay that something could be kept from",
            place("train", "no_weight_decay"),
            "leave `no_weight_decay` out",
        )
    groups = parameter_groups(module, train.no_weight_decay)
    if fused_on is not None:
        arguments |= fused_arguments(made, fused_on, arguments)
    make: Any = made
    result: optim.Optimizer = attempt("optimizer", call, place, lambda: make(groups, **arguments))
    return result


def parameter_groups(module: nn.Module, no_weight_decay: Sequence[str]) -> list[dict[str, Any]]:
    """Return the parameters of a module as an optimizer takes them: decayed ones, then the others.

    no_weight_decay: `norms` for every parameter of a normalization, `biases` for those of layers.
    """
    kept: set[int] = set()
    for part in module.modules():
        is_norm = isinstance(part, NORMS)
        for name, parameter in part.named_parameters(recurse=False):
            sort = "norms" if is_norm else "biases" if name.endswith("bias") else None
            if sort in no_weight_decay:
                kept.add(id(parameter))
    decayed = [parameter for parameter in module.parameters() if id(parameter) not in kept]
    others = [parameter for parameter in module.parameters() if id(parameter) in kept]
    if not others:
        return [{"params": decayed}]
    return [{"params": decayed}, {"params": others, "weight_decay": 0.0}]


def _schedule(
    train: Train,
    optimizer: optim.Optimizer,
    monitored: SplitName,
    steps_per_epoch: int | None,
    place: Place,
) -> Schedule | None:
    call = train.scheduler
    if call is None:
        return None
    made = find_class("scheduler", call, SCHEDULERS, place)
    _refuse_unfit("scheduler", call, "try StepLR, CosineAnnealingLR or OneCycleLR", place)
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


def _loss(call: Call, classes: int, place: Place, *, mixes: bool) -> nn.Module:
    made = find_class("loss", call, LOSSES, place)
    if call.name not in CLASS_LOSSES:
        refuse(
            "unsuitable-loss",
            f"{call.name} does not compare scores of classes with the right one",
            place("train", "loss", call.name),
            f"use one of {', '.join(CLASS_LOSSES)}",
        )
    arguments = check_arguments("loss", call, made, WITHHELD["loss"], place)
    if mixes:
        ensure_takes_shares(call, place)
    weight = arguments.get("weight")
    if weight is not None and len(weight) != classes:
        refuse(
            "bad-argument",
            f"`weight` of {call.name} has {len(weight)} values, and there are {classes} classes",
            place("train", "loss", call.name, "weight"),
            "give one weight for each class",
        )
    return attempt("loss", call, place, lambda: made(**arguments))


def ensure_takes_shares(call: Call, place: Place) -> None:
    """Refuse a loss that mixed labels cannot be given to; SpecError (`unsuitable-loss`)."""
    if call.name == "CrossEntropyLoss":
        if call.arguments.get("ignore_index", -1) >= 0:
            refuse(
                "unsuitable-loss",
                "CrossEntropyLoss ignores a class, and MixUp and CutMix give shares of several",
                place("train", "loss", call.name, "ignore_index"),
                "leave `ignore_index` out, or MixUp and CutMix",
            )
        return
    refuse(
        "unsuitable-loss",
        f"{call.name} takes one class for an image, and MixUp and CutMix give shares of several",
        place("train", "loss", call.name),
        "use CrossEntropyLoss, or leave MixUp and CutMix out",
    )


def _refuse_unfit(role: str, call: Call, help: str, place: Place) -> None:
    if call.name in REFUSED:
        message = f"{call.name} {REFUSED[call.name]}"
        refuse(f"unsuitable-{role}", message, place("train", role, call.name), help)
