"""Scores of classes against what was wanted."""

from __future__ import annotations

import torch


def right_answers(scores: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return bool [N]: whether the class with the largest score is the one that was wanted.

    scores: [N, classes]. wanted: int64 [N], or shares of the classes [N, classes], of which the
    largest counts.
    """
    labels = wanted.argmax(dim=1) if wanted.ndim == 2 else wanted
    return scores.argmax(dim=1) == labels
