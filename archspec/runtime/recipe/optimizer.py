"""The optimizer that a spec names, over the parameters of a module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn, optim

from archspec.language.sections import Train
from archspec.runtime.fast import fused_arguments
from archspec.runtime.place import Place
from archspec.runtime.recipe.calls import attempt, find_class

OPTIMIZERS: dict[str, type[optim.Optimizer]] = {
    name: made
    for name, made in sorted(vars(optim).items())
    if isinstance(made, type) and issubclass(made, optim.Optimizer) and made is not optim.Optimizer
}

NORMS = (
    nn.modules.batchnorm._NormBase,
    nn.GroupNorm,
    nn.LayerNorm,
    nn.RMSNorm,
)
"""The normalizations of torch that have weights; batch and instance norms share the first."""


def make_optimizer(
    train: Train, module: nn.Module, place: Place, fused_on: torch.device | None
) -> optim.Optimizer:
    """Return the optimizer; SpecError. fused_on: as for `make_recipe`."""
    call = train.optimizer
    made, arguments = find_class("optimizer", call, OPTIMIZERS, place)
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
