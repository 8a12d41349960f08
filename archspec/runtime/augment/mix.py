"""MixUp and CutMix: images of a batch blended with each other, and their labels with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import final

import torch
from torchvision.transforms import v2

from archspec.language.sections import Call
from archspec.runtime.augment.construct import ArgumentFault, build_transform, faults_placed
from archspec.runtime.augment.loop import seeded
from archspec.runtime.place import Place

MIXING = ("CutMix", "MixUp")

WITHHELD = {
    "num_classes": "leave it out: the data set knows its classes",
    "labels_getter": "leave it out: a batch has one set of labels",
}


@final
class Mixer:
    """The mixing transforms of a spec; of several, one is drawn for each batch.

    They are torchvision's own, which draw one share and one rectangle for a whole batch.
    """

    def __init__(self, transforms: Sequence[v2.Transform], generator: torch.Generator) -> None:
        """Keep transforms that `read_mixing` made, and where their random numbers come from."""
        self._transforms, self._generator = tuple(transforms), generator

    def __bool__(self) -> bool:
        """Return whether there is anything to mix."""
        return bool(self._transforms)

    @torch.no_grad()
    def __call__(
        self, images: torch.Tensor, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mixed images [B, C, H, W] and the shares of their classes, float [B, classes]."""
        chosen, seed = torch.randint(2**62, (2,), generator=self._generator).tolist()
        transform = self._transforms[chosen % len(self._transforms)]
        with seeded(seed, images.device):
            mixed, shares = transform(images, labels)
        return mixed, shares


def read_mixing(
    call: Call, classes: int, place: Place, path: tuple[str | int, ...]
) -> v2.Transform:
    """Return the transform of a call, for so many classes; SpecError for faulty arguments."""
    with faults_placed(call, place, path):
        for name, cure in WITHHELD.items():
            if name in call.arguments:
                raise ArgumentFault(name, f"{call.name} takes no `{name}` here", help=cure)
        alpha = call.arguments.get("alpha", 1.0)
        if isinstance(alpha, int | float) and not 0 < alpha < math.inf:
            raise ArgumentFault("alpha", f"{call.name}: `alpha` must be above 0, got {alpha:g}")
    given = Call(call.name, {**call.arguments, "num_classes": classes})
    return build_transform(given, place, path)
