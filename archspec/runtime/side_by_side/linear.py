"""Linear layers of all seeds as one batched product."""

from __future__ import annotations

import torch


def apart(values: torch.Tensor, seeds: int) -> torch.Tensor:
    """Return [B·S, …] as [B, S, …]."""
    return values.reshape(-1, seeds, *values.shape[1:])


def project(
    values: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, seeds: int
) -> torch.Tensor:
    """Return [B·S, …, O]: each seed's values times its own weights.

    values: [B·S, …, F]. weight: [S, O, F]. bias: [S, O].
    """
    each = apart(values, seeds).transpose(0, 1)
    rows, turned = each.flatten(1, -2), weight.transpose(1, 2)
    made = torch.bmm(rows, turned) if bias is None else torch.baddbmm(bias[:, None], rows, turned)
    result: torch.Tensor = made.reshape(*each.shape[:-1], -1).transpose(0, 1).flatten(0, 1)
    return result
