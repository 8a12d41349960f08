"""A moving average of a network while it trains: its weights and the statistics of its norms."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import nn


class Average:
    """The exponential moving average of a module, as a module of its own: `module`.

    After step t, counted from 1, each tensor moves towards the trained one by
    1 - min(decay, t / (t + 9)): the first steps, whose weights are soon forgotten, count less than
    the plain formula would let them. Floating point buffers (the running mean and variance of a
    norm) are averaged alike; whole numbers are taken over.
    """

    def __init__(self, trained: nn.Module, decay: float) -> None:
        """Begin with a copy of `trained`. decay: above 0 and below 1."""
        self.decay, self.module = decay, copy.deepcopy(trained).requires_grad_(False)
        theirs, ours = _tensors(trained), _tensors(self.module)
        floating = [name for name in ours if ours[name].is_floating_point()]
        self._averaged = [ours[name] for name in floating]
        self._moving = [theirs[name] for name in floating]
        self._counts = [(ours[n], theirs[n]) for n in ours if not ours[n].is_floating_point()]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the module after an optimizer step, numbered from 1 over the whole training."""
        decay = min(self.decay, step / (step + 9))
        torch._foreach_lerp_(self._averaged, self._moving, 1 - decay)
        for ours, theirs in self._counts:
            ours.copy_(theirs)


def _tensors(module: nn.Module) -> Mapping[str, torch.Tensor]:
    """Return parameters and buffers by name, each once, as the living tensors."""
    parameters = {name: parameter.detach() for name, parameter in module.named_parameters()}
    return {**parameters, **dict(module.named_buffers())}
