"""Whether a spec says enough to be trained."""

from __future__ import annotations

import torch

from archspec.analysis import Analysis
from archspec.analysis.trainable import training_faults
from archspec.diagnostics import Diagnostic, SpecError
from archspec.language import Spec
from archspec.language.sections import Data, Train
from archspec.language.takes.classes import MIXING
from archspec.record import monitored_split
from archspec.runtime.build import build
from archspec.runtime.recipe import recipe
from archspec.runtime.recipe.calls import ensure
from archspec.runtime.recipe.optimizer import parameter_groups


def plan_of(spec: Spec) -> tuple[Data, Train]:
    """Return the data and train sections.

    Raises SpecError: `no-data`, `no-train` for a missing section.
    """
    faults = []
    if spec.data is None:
        help = "add `data: {dataset: Digits}`, or another dataset"
        message = "the spec names no data to train on"
        faults.append(Diagnostic("no-data", message, spec.place(), help))
    if spec.train is None:
        help = "add `train: {epochs: 5, batch_size: 128, optimizer: {SGD: {lr: 0.05}}}`"
        message = "the spec does not say how to train"
        faults.append(Diagnostic("no-train", message, spec.place(), help))
    if faults:
        raise SpecError(faults)
    assert spec.data is not None
    assert spec.train is not None
    return spec.data, spec.train


def rehearse(analysis: Analysis) -> None:
    """Ask the table, then try optimizer, schedule and loss on a toy, before data is loaded.

    Raises SpecError as `plan_of` and `make_recipe` do, with everything that `check` finds.
    """
    data, train = plan_of(analysis.spec)
    ensure(training_faults(analysis.spec, analysis, counts=data.dataset == "Digits"))
    recipe.rehearse(
        train,
        groups=_groups(analysis, train),
        mixes=any(call.name in MIXING for call in data.augment),
        monitored=monitored_split(data.validation),
        classes=analysis.output[0],
        place=analysis.spec.place,
    )


def _groups(analysis: Analysis, train: Train) -> int:
    """Return how many groups of parameters the optimizer gets."""
    if not train.no_weight_decay:
        return 1
    with torch.device("meta"):  # names and kinds, and no memory
        module = build(analysis)
    return len(parameter_groups(module, train.no_weight_decay))
