"""What `check` has against a training and what the trainer refuses are the same, both ways."""

from __future__ import annotations

import random
import warnings
from collections.abc import Mapping
from typing import Any

import pytest
import torch

from archspec.analysis.trainable import training_faults
from archspec.diagnostics import SpecError
from archspec.network import study
from archspec.runtime.data import Images, Splits
from archspec.runtime.data.split import held_out
from archspec.runtime.train.plan import rehearse
from archspec.runtime.train.trainer import Trainer
from tests.support.drawn_recipes import drawn_recipe

NETWORKS: tuple[list[Any], ...] = (
    [{"conv": {"out_channels": 2, "kernel_size": 5, "stride": 4, "norm": "batch"}}, "flatten"],
    ["flatten", {"linear": {"out_features": 3, "norm": "batch"}}],
    [{"max_pool": 7}, "flatten", {"linear": {"out_features": 4, "bias": False}}],
)
COUNT = 60
GENERATOR = torch.Generator().manual_seed(1)
IMAGES = torch.randint(0, 256, (COUNT, 1, 28, 28), generator=GENERATOR, dtype=torch.uint8)
LABELS = torch.arange(COUNT) % 10


def splits(validation: Any) -> Splits:
    whole = Images(IMAGES, LABELS)
    if validation == "test":
        return Splits(whole, whole, whole, validation_is_test=True)
    if not validation:
        return Splits(whole, None, whole)
    is_held = held_out(LABELS, validation)
    return Splits(whole.select(~is_held), whole.select(is_held), whole)


def network(draw: random.Random) -> list[Any]:
    bias = draw.choice((True, False))
    return [*draw.choice(NETWORKS), {"linear": {"out_features": 10, "bias": bias}}]


def begin(written: Mapping[str, Any]) -> str | None:
    """Set the trainer up and take every step of the recipe on a toy; return why it refuses."""
    analysis = study(written).sound
    assert analysis is not None
    data, train = analysis.spec.data, analysis.spec.train
    assert data is not None
    assert train is not None
    try:
        rehearse(analysis)
        trainer = Trainer(analysis, splits(data.validation), 10, seed=0, device=torch.device("cpu"))
    except SpecError as fault:
        return "; ".join(d.message for d in fault.diagnostics)
    recipe, steps = trainer.recipe, trainer.steps
    parameters = [p for group in recipe.optimizer.param_groups for p in group["params"]]
    for epoch in range(train.epochs):
        for step in range(steps):
            for parameter in parameters:
                parameter.grad = torch.full_like(parameter, 1e-3)
            recipe.update(epoch * steps + step + 1)
        if recipe.schedule and recipe.schedule.pace != "batch":
            recipe.schedule.scheduler.step(*([1.0] if recipe.schedule.pace == "loss" else []))
    return None


def disagreement(seed: int) -> str | None:
    """Return what check and trainer say of one drawn recipe where they differ."""
    draw = random.Random(seed)
    written = {"archspec": 1, "input": [1, 28, 28], "layers": network(draw), **drawn_recipe(draw)}
    made = study(written)
    if made.errors:  # the reader's own faults come first, in both
        return None
    assert made.reading.spec is not None
    errors = [f for f in training_faults(made.reading.spec, made.analysis) if f.severity == "error"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        refused = begin(written)
    if bool(errors) == bool(refused):
        return None
    return f"{seed}: check {[f.message for f in errors]}, trainer {refused}: {written}"


@pytest.mark.parametrize("start", range(0, 240, 40))
def test_check_and_trainer_agree_on_the_borders(start: int) -> None:
    assert [said for seed in range(start, start + 40) if (said := disagreement(seed))] == []
