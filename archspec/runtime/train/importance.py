"""The mean that a loss takes, out of parts: not every image counts alike in it."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch import nn

from archspec.runtime.augment.batched import precise


def importance_of(loss: nn.Module, labels: torch.Tensor) -> torch.Tensor | None:
    """Return what each image counts for, by its class number; None where all count alike.

    torch divides a sum of losses by the weights of the right classes, and leaves out the class that
    is to be ignored (torch.nn.CrossEntropyLoss and NLLLoss, `weight` and `ignore_index`).
    """
    if not isinstance(loss, nn.CrossEntropyLoss | nn.NLLLoss):
        return None
    if loss.weight is None and loss.ignore_index < 0:  # no label is below 0
        return None
    counts = (labels != loss.ignore_index).to(precise(labels.device))
    return counts if loss.weight is None else counts * loss.weight[labels]


def summed(loss: nn.Module) -> nn.Module:
    """Return a loss that adds up where the given one averages."""
    result = copy.copy(loss)
    adding: Any = result  # torch declares a module's attributes as tensors and modules
    adding.reduction = "sum"
    return result


def in_parts(loss: nn.Module, labels: torch.Tensor) -> tuple[nn.Module, float | None]:
    """Return the loss to take of parts of some images, and the images that each counts for.

    labels: of all of them. The parts' losses times that, added up, are the mean over all times
    their number. None: each part's own number, since its mean is taken.
    """
    counts = importance_of(loss, labels)
    if counts is None:
        return loss, None
    whole = float(counts.sum())
    return summed(loss), len(labels) / whole if whole else math.inf
