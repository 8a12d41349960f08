"""From the tensors of all seeds back to each seed's own trainer."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from archspec.runtime.recipe.recipe import Recipe
from archspec.runtime.train.trainer import Trainer


@torch.no_grad()
def hand_back_tensors(kept: nn.Module, members: Sequence[nn.Module]) -> None:
    """Copy each seed's part of the parameters and buffers [S, …] into its own module."""
    for name, every in (*kept.named_parameters(), *kept.named_buffers()):
        own = [_tensor(member, name) for member in members]
        torch._foreach_copy_(own, list(every.detach().unbind()))


def hand_back_recipe(recipe: Recipe, member: Trainer, seed: int) -> None:
    """Give a trainer its part of the optimizer's and the schedule's state.

    seed: its place among all. A schedule that watches the loss is the member's own and stays, and
    so do the learning rates that it set.
    """
    ours, theirs = recipe.optimizer, member.recipe.optimizer
    is_own = recipe.schedule is not None and recipe.schedule.pace == "loss"
    for group, own_group in zip(ours.param_groups, theirs.param_groups, strict=True):
        for parameter, own in zip(group["params"], own_group["params"], strict=True):
            state = ours.state.get(parameter, {})
            if state:
                theirs.state[own] = {
                    name: _part(value, parameter, seed) for name, value in state.items()
                }
        kept = {"params", "lr"} if is_own else {"params"}
        own_group.update({name: group[name] for name in group.keys() - kept})
    if recipe.schedule is not None and not is_own:
        assert member.recipe.schedule is not None
        state = copy.deepcopy(recipe.schedule.scheduler.state_dict())
        member.recipe.schedule.scheduler.load_state_dict(state)


def _part(value: Any, parameter: torch.Tensor, seed: int) -> Any:
    """Return one seed's part of a value of the optimizer's state; what has no seeds is shared."""
    if not isinstance(value, torch.Tensor):
        return copy.deepcopy(value)
    return (value[seed] if value.shape == parameter.shape else value).clone()


def _tensor(module: nn.Module, name: str) -> torch.Tensor:
    path, _, last = name.rpartition(".")
    found = getattr(module.get_submodule(path), last)
    assert isinstance(found, torch.Tensor)
    return found.detach()
