"""Learning rates and gradients of each seed by itself, where one optimizer steps for all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn, optim


class Rates:
    """A learning rate for each seed: that of the optimizer times its factor.

    The step of an optimizer that is in proportion to its learning rate is shortened afterwards.
    """

    def __init__(self, optimizer: optim.Optimizer) -> None:
        """Begin with the optimizer's own rates for all. Its tensors are [S, …]."""
        self._optimizer = optimizer
        self._factors: list[torch.Tensor] | None = None
        """One [S] for each parameter group; None while all seeds have the same rate."""

    def set(self, rates: list[list[float]]) -> None:
        """Take over rates [groups][seeds]; the optimizer keeps the largest of each group."""
        factors = []
        for group, wanted in zip(self._optimizer.param_groups, rates, strict=True):
            most = max(wanted)
            group["lr"] = most
            factors.append([rate / most if most else 1.0 for rate in wanted])
        if all(factor == 1.0 for of_group in factors for factor in of_group):
            self._factors = None
            return
        device = self._optimizer.param_groups[0]["params"][0].device
        self._factors = [torch.tensor(of_group).to(device) for of_group in factors]

    @contextmanager
    @torch.no_grad()
    def applied(self) -> Iterator[None]:
        """Around a step of the optimizer: give each seed its own share of it."""
        if self._factors is None:
            yield
            return
        groups = [group["params"] for group in self._optimizer.param_groups]
        before = [[p.detach().clone() for p in group] for group in groups]
        yield
        for group, old, factor in zip(groups, before, self._factors, strict=True):
            for parameter, was in zip(group, old, strict=True):
                torch.lerp(was, parameter, per_seed(factor, parameter), out=parameter)


@torch.no_grad()
def clip_norms(parameters: list[nn.Parameter], most: float) -> None:
    """Shorten the gradients of each seed to a norm of `most`, as clip_grad_norm_ does for one.

    parameters: [S, …]. No number goes to the host.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return
    norms = torch.stack([torch.linalg.vector_norm(g.flatten(1), dim=1) for g in gradients])
    total = torch.linalg.vector_norm(norms, dim=0)
    # As torch.nn.utils.clip_grad_norm_, which adds 1e-6 to the norm.
    factor = torch.clamp(most / (total + 1e-6), max=1.0)
    torch._foreach_mul_(gradients, [per_seed(factor, g) for g in gradients])


def per_seed(values: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Return [S] as [S, 1, …], to go with a tensor [S, …]."""
    return values.view(-1, *(1,) * (like.dim() - 1))
