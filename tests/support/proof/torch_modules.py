"""torch's modules for the rows, written down by hand so that no layer is compared with itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from archspec.layers import Shape

TorchModule = Callable[[Shape, dict[str, Any]], nn.Module]


def by_rank(name: str, *channels: str) -> TorchModule:
    """Return torch.nn's class of a name for the input's axes, given the channels where it asks."""

    def module(input: Shape, fields: dict[str, Any]) -> nn.Module:
        made: nn.Module = getattr(nn, f"{name}{max(1, len(input) - 1)}d")(
            **dict.fromkeys(channels, input[0]), **fields
        )
        return made

    return module


def plain(module: type[nn.Module], **always: Any) -> TorchModule:
    """Return one class of torch.nn for every input."""
    return lambda input, fields: module(**always, **fields)


class Expression(nn.Module):
    """What a line of torch says of the inputs."""

    def __init__(self, line: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.line = line

    def forward(self, *values: torch.Tensor) -> torch.Tensor:
        return self.line(*values)


class WithWeight(nn.Module):
    """What a line of torch says of a weight and the input."""

    def __init__(self, shape: Shape, line: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))
        self.line = line

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.line(self.weight, values)
