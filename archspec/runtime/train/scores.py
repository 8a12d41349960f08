"""Scores of classes against what was wanted."""

from __future__ import annotations

import torch

from archspec.runtime.augment.batched import moved, precise

HELD_SCORES, HELD_BATCHES = 2**20, 100
"""What waits to be counted at the most: many batches of few classes, few of many."""


def right_answers(scores: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return bool [N]: whether the class with the largest score is the one that was wanted.

    scores: [N, classes]. wanted: int64 [N], or shares of the classes [N, classes], of which the
    largest counts.
    """
    labels = wanted.argmax(dim=1) if wanted.ndim == 2 else wanted
    return scores.argmax(dim=1) == labels


class Tally:
    """Sums of an epoch, on the device: a number fetched at every step would make it wait.

    Batches are kept and counted many at once, since a small operation costs its call, not its work.
    """

    def __init__(self, device: torch.device) -> None:
        """Begin with nothing."""
        self._losses = torch.zeros((), dtype=precise(device), device=device)
        self._correct = torch.zeros((), dtype=torch.int64, device=device)
        self._waiting: list[tuple[torch.Tensor, float, torch.Tensor, torch.Tensor]] = []
        self._held = 0

    def add(
        self,
        loss: torch.Tensor,
        scores: torch.Tensor,
        wanted: torch.Tensor,
        images: float | None = None,
    ) -> None:
        """Take in a batch: its mean loss, scores [N, classes], and what was wanted as above.

        images: how many the loss counts for, by default N.
        """
        self._waiting.append((loss, len(scores) if images is None else images, scores, wanted))
        self._held += scores.numel()
        if self._held >= HELD_SCORES or len(self._waiting) >= HELD_BATCHES:
            self._count()

    def sums(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the living sums: of the losses of all images, and of their right answers."""
        self._count()
        return self._losses, self._correct

    def _count(self) -> None:
        if not self._waiting:
            return
        losses, counts, scores, wanted = zip(*self._waiting, strict=True)
        self._waiting, self._held = [], 0
        stacked = torch.stack(losses).to(self._losses.dtype)
        self._losses += (stacked * moved(torch.tensor(counts), stacked.device)).sum()
        self._correct += right_answers(torch.cat(scores), torch.cat(wanted)).sum()
