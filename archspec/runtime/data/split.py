"""Holding images out of training, for decisions that the test set must not take part in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch

from archspec.diagnostics import Diagnostic, SpecError
from archspec.runtime.data.model import Dataset, LabelledImages
from archspec.runtime.place import Place, nowhere

SEED = 20_000_303
"""Which images are held out depends on this alone: every seed of a run keeps the same ones."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """The parts of a run. `validation` is None when nothing is held out.

    validation_is_test: True when the spec declares the test set for validation.
    """

    train: LabelledImages
    validation: LabelledImages | None
    test: LabelledImages
    validation_is_test: bool = False


def split(dataset: Dataset, validation: str | int | float, place: Place = nowhere) -> Splits:
    """Return the parts for `validation`: a count, a share below 1, `test`, or 0 for none.

    Every class gives its part, rounded by largest remainder; both parts keep the files' order.
    Raises SpecError (`out-of-range`) when no training image would be left, or none held out.
    """
    if validation == "test":
        return Splits(dataset.train, dataset.test, dataset.test, validation_is_test=True)
    assert not isinstance(validation, str)
    total = len(dataset.train)
    held = validation if isinstance(validation, int) else round(validation * total)
    if validation == 0:
        return Splits(dataset.train, None, dataset.test)
    if not 0 < held < total:
        shown = f"{validation:,}" if isinstance(validation, int) else f"a share of {validation:g}"
        raise SpecError(
            [
                Diagnostic(
                    "out-of-range",
                    f"cannot hold {shown} out of {total:,} training images of {dataset.name}",
                    place("data", "validation"),
                    f"give a count from 1 to {total - 1:,}, or a share",
                )
            ]
        )
    is_held = held_out(dataset.train.labels, held)
    train, kept = dataset.train.select(~is_held), dataset.train.select(is_held)
    return Splits(train, kept, dataset.test)


def held_out(labels: torch.Tensor, count: int) -> torch.Tensor:
    """Return bool [N], `count` of them true, shared among the classes of `labels` (int64 [N])."""
    sizes = torch.bincount(labels).tolist()
    quotas = largest_remainder(sizes, count)
    generator = torch.Generator().manual_seed(SEED)
    held = torch.zeros(len(labels), dtype=torch.bool)
    for number, (size, quota) in enumerate(zip(sizes, quotas, strict=True)):
        places = (labels == number).nonzero()[:, 0]
        held[places[torch.randperm(size, generator=generator)[:quota]]] = True
    return held


def largest_remainder(sizes: list[int], count: int) -> list[int]:
    """Return whole numbers in proportion to `sizes` whose sum is `count` (Hamilton's method).

    What is left after rounding down goes to the largest remainders, of equal ones to the first.
    """
    total = sum(sizes)
    quotas = [count * size // total for size in sizes]
    order = sorted(range(len(sizes)), key=lambda i: (-(count * sizes[i] % total), i))
    for index in order[: count - sum(quotas)]:
        quotas[index] += 1
    return quotas
