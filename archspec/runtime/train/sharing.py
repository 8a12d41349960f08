"""How the ranks share the batches of an epoch, so that their losses add up to those of one."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from archspec.runtime.machine.world import World


class Taken(NamedTuple):
    """What one rank takes of a batch.

    places: int64, the images that it computes, on the device. own: how many of them, from the first
    on, are its own. factor: what its loss is multiplied by, so that those of all ranks add up to
    the mean of the batch. size: images of the whole batch.
    """

    places: torch.Tensor
    own: int
    factor: float
    size: int


def shared_out(
    order: torch.Tensor,
    batch_size: int,
    world: World,
    device: torch.device,
    counts: torch.Tensor | None,
) -> list[Taken]:
    """Return what this rank takes of every batch.

    order: of all images, on the CPU. counts: what each image counts for in the mean, on the CPU,
    where the loss is a sum; None where it is a mean, in which all count alike.
    """
    ordered = None if counts is None else counts[order]
    starts = range(0, len(order), batch_size)
    result = []
    for start, batch in zip(starts, torch.split(order.to(device), batch_size), strict=True):
        mine = world.share(batch)
        factor = len(mine) / len(batch)
        if ordered is not None and len(mine):
            whole = float(ordered[start : start + batch_size].sum())
            factor = 1 / whole if whole else math.inf
        # Who has none still takes part in the step, with images that are the others'.
        places = mine if len(mine) else batch
        result.append(Taken(places, len(mine), factor, len(batch)))
    return result
