"""The mean loss of each seed's batch, in one go."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn

from archspec.runtime.train.importance import importance_of


def loss_per_seed(loss: nn.Module, scores: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return [S]: a loss that averages over a batch, or adds up, for each seed by itself.

    loss: one that compares scores of classes. scores: [B, S, classes]. wanted: class numbers
    [B, S], or shares of classes [B, S, classes].
    """
    single: Any = copy.copy(loss)
    single.reduction = "none"
    losses: torch.Tensor = single(scores.flatten(0, 1), wanted.flatten(0, 1))
    losses = losses.view(scores.shape[:2])
    if loss.reduction == "sum":
        return losses.sum(dim=0)
    counts = importance_of(loss, wanted) if wanted.ndim == 2 else None
    if counts is None:
        return losses.mean(dim=0)
    return losses.sum(dim=0) / counts.sum(dim=0).to(losses)
