"""Optimizer, schedule and loss of a spec, made from torch's classes by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn, optim

from archspec.diagnostics import Diagnostic, SpecError
from archspec.language.sections import Train
from archspec.record import SplitName
from archspec.runtime.fast import quick_step
from archspec.runtime.place import Place
from archspec.runtime.recipe.calls import attempt
from archspec.runtime.recipe.loss import make_loss
from archspec.runtime.recipe.optimizer import make_optimizer
from archspec.runtime.recipe.schedule import REHEARSED_STEPS, Schedule, make_schedule


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
        optimizer = make_optimizer(train, module, place, fused_on)
    except SpecError as fault:
        faults += fault.diagnostics
    try:
        # A schedule's own faults are found whether or not the optimizer could be made.
        stand_in = optimizer or optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
        schedule = make_schedule(train, stand_in, monitored, steps_per_epoch, place)
    except SpecError as fault:
        faults += fault.diagnostics
    try:
        loss = make_loss(train.loss, classes, place, mixes=mixes)
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
