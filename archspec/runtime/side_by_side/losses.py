"""The mean loss of each seed's batch, in one go."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn


def loss_per_seed(loss: nn.Module, scores: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return [S]: a loss that averages over a batch, for each seed by itself.

    loss: one that compares scores of classes. scores: [B, S, classes]. wanted: class numbers
    [B, S], or shares of classes [B, S, classes].
    """
    single: Any = copy.copy(loss)
    single.reduction = "none"
    losses: torch.Tensor = single(scores.flatten(0, 1), wanted.flatten(0, 1))
    losses = losses.view(scores.shape[:2])
    if isinstance(loss, nn.CrossEntropyLoss | nn.NLLLoss) and wanted.ndim == 2:
        return losses.sum(dim=0) / _weights(loss, wanted)
    return losses.mean(dim=0)


def depends_on_batches(loss: nn.Module) -> bool:
    """Return whether the mean over all images depends on the batches that it is taken in."""
    is_by_weight = isinstance(loss, nn.CrossEntropyLoss | nn.NLLLoss)
    return is_by_weight and (loss.weight is not None or loss.ignore_index >= 0)


def _weights(loss: nn.CrossEntropyLoss | nn.NLLLoss, wanted: torch.Tensor) -> torch.Tensor | int:
    """Return what torch divides a sum of losses by: the weights of the right classes, [S]."""
    if loss.weight is None and loss.ignore_index < 0:  # no label is below 0
        return len(wanted)
    of_label = wanted != loss.ignore_index
    if loss.weight is None:
        return of_label.sum(dim=0)
    return (loss.weight[wanted] * of_label).sum(dim=0)
