"""One kernel for the step of all parameters, where torch has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import optim

_FUSED: dict[type[optim.Optimizer], tuple[str, ...]] = {
    optim.SGD: ("cpu", "cuda"),
    optim.Adam: ("cpu", "cuda"),
    optim.AdamW: ("cpu", "cuda"),
    optim.Adagrad: ("cpu",),
}
"""Optimizers whose step is fused, and the devices where it is."""


def fused_arguments(
    made: type[optim.Optimizer], device: torch.device, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `{"fused": True}` where torch fuses this optimizer's step on the device, else `{}`.

    given: the arguments of the spec; one that chooses an implementation itself is left alone.
    """
    chosen = {"fused", "foreach", "differentiable"} & given.keys()
    return {"fused": True} if not chosen and device.type in _FUSED.get(made, ()) else {}


def quick_step(optimizer: optim.Optimizer) -> bool:
    """Take a step by the fused kernel itself; return whether this was possible.

    It is the step of torch's own `step`, without what that does around the kernel: between two
    steps the caches fill with maps, and Python code that lies outside them takes six times longer
    than in a loop of its own. A step that makes the optimizer's state must be torch's.
    """
    if type(optimizer) is not optim.SGD or not all(g["fused"] for g in optimizer.param_groups):
        return False
    steps = []
    for group in optimizer.param_groups:
        parameters = group["params"]
        gradients = [parameter.grad for parameter in parameters]
        momenta = []
        if group["momentum"]:
            momenta = [optimizer.state[p].get("momentum_buffer") for p in parameters]
        if any(each is None for each in (*gradients, *momenta)):
            return False
        if parameters:
            steps.append((group, parameters, gradients, momenta))
    with torch.no_grad():
        for group, *tensors in steps:
            torch._fused_sgd_(
                *tensors, **{name: group[name] for name in _OF_SGD}, is_first_step=False
            )
    return True


_OF_SGD = ("weight_decay", "momentum", "lr", "dampening", "nesterov", "maximize")
