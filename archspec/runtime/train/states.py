"""Saved states of optimizers and schedules, compared with what this training makes of them.

Torch takes any state and finds out at a later step, or never: a fused kernel reads past the end of
a moment that is too short.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import optim

_MEANS = ("foreach", "fused", "capturable", "differentiable")
"""How a step is computed, and not what it gives."""


def restore_optimizer(optimizer: optim.Optimizer, saved: Mapping[str, Any], *, began: bool) -> None:
    """Load a state; ValueError when it is not one that this optimizer would have.

    optimizer: before its first step. began: the state is from behind a step.
    """
    groups = optimizer.state_dict()["param_groups"]
    _ensure_alike(saved["param_groups"], groups, "param_groups")
    expected = _state_after_a_step(optimizer) if began else {}
    moments = saved["state"]
    _ensure_mapping(moments, "state")
    if bool(moments) != bool(expected) or not moments.keys() <= expected.keys():
        raise ValueError("its optimizer has a state for other parameters")
    for number, found in moments.items():  # none for a parameter that never had a gradient
        _ensure_alike(found, expected[number], f"state.{number}")
    optimizer.load_state_dict(dict(saved))


def restore_schedule(scheduler: Any, saved: Mapping[str, Any] | None) -> None:
    """Load a state; ValueError when it is not one that this scheduler would have."""
    if saved is None:
        raise ValueError("the state of its schedule is missing")
    _ensure_alike(saved, scheduler.state_dict(), "scheduler")
    scheduler.load_state_dict(dict(saved))


def _state_after_a_step(optimizer: optim.Optimizer) -> Mapping[int, Any]:
    """Return the state that the first step makes, taken on copies of the parameters."""
    rehearsing = deepcopy(optimizer)
    for group in rehearsing.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
    rehearsing.step()
    state: Mapping[int, Any] = rehearsing.state_dict()["state"]
    return state


def _ensure_alike(found: Any, expected: Any, name: str) -> None:
    """Refuse a value of another kind, length, shape or type of number; ValueError names it."""
    if isinstance(expected, torch.Tensor):
        is_alike = isinstance(found, torch.Tensor) and (found.shape, found.dtype) == (
            expected.shape,
            expected.dtype,
        )
    elif isinstance(expected, Mapping):
        _ensure_mapping(found, name)
        for key in (key for key in expected if key not in _MEANS):
            if key not in found:
                raise ValueError(f"{name}.{key} is missing")
            _ensure_alike(found[key], expected[key], f"{name}.{key}")
        is_alike = found.keys() <= expected.keys()
    elif isinstance(expected, list | tuple):
        is_alike = isinstance(found, list | tuple) and len(found) == len(expected)
        for index, (one, other) in enumerate(zip(found, expected, strict=True) if is_alike else ()):
            _ensure_alike(one, other, f"{name}.{index}")
    elif isinstance(expected, bool | str):
        is_alike = isinstance(found, type(expected))
    elif isinstance(expected, int | float):
        is_alike = isinstance(found, int | float) and not isinstance(found, bool)
    else:
        return
    if not is_alike:
        raise ValueError(f"{name} is not what it should be")


def _ensure_mapping(found: Any, name: str) -> None:
    if not isinstance(found, Mapping):
        raise ValueError(f"{name} is not what it should be")
