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
