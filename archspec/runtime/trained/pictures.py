"""A picture of any size and colour, brought to what the network was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torchvision.transforms import v2

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, SpecError
from archspec.layers.base import show
from archspec.runtime.data.picture import LoadedPicture
from archspec.runtime.data.prepare import read_prepare
from archspec.runtime.train.plan import plan_of

RAW: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("Digits", "MNIST", "FashionMNIST", "KMNIST", "QMNIST"), (1, 28)),
    "USPS": (1, 16),
    **dict.fromkeys(("CIFAR10", "CIFAR100", "SVHN"), (3, 32)),
    **dict.fromkeys(("STL10", "PCAM"), (3, 96)),
}
"""Data sets whose pictures have one shape before `prepare` → their channels and side.

Those of all others have three channels and any size.
"""

DARK = ("Digits", "MNIST", "FashionMNIST", "KMNIST", "QMNIST", "USPS")
"""Data sets that show light things on a dark ground."""

DARK_MEAN, LIGHT_MEAN = 0.35, 0.65
"""Of `normalize`, in 0 to 1: what is mostly ground has a mean near that of the ground."""

MIDDLE = 127


@dataclass(frozen=True, slots=True)
class Prepared:
    """images: uint8 [1, C, H, W], not normalized. steps: all that was done to it, in words.

    seems_inverted: its border is light where that of the data is dark, or the other way round.
    """

    images: torch.Tensor
    steps: tuple[str, ...]
    seems_inverted: bool


class Preparation:
    """What a network's spec does to the pictures of its data set, for pictures from elsewhere."""

    def __init__(self, analysis: Analysis) -> None:
        """Raise SpecError for faults of `data.prepare`, and for an input that is no picture."""
        data, _ = plan_of(analysis.spec)
        place = analysis.spec.place
        shape = analysis.spec.input
        if len(shape) != 3 or shape[0] not in (1, 3):
            fact = f"the network takes {show(shape)}, and a picture has 1 or 3 channels"
            help = "predict takes networks of pictures: `input: [3, height, width]`"
            raise SpecError([Diagnostic("input-mismatch", fact, place("input"), help)])
        self.data = data
        self.channels, self.height, self.width = shape
        self.prepare = read_prepare(data.prepare, place)

    def __call__(self, picture: LoadedPicture, *, invert: bool) -> Prepared:
        """Return a picture as the data set's own would come to the network."""
        steps = list(picture.steps)
        channels, side = RAW.get(self.data.dataset, (3, None))
        mode = "L" if channels == 1 else "RGB"
        if picture.image.mode != mode:
            steps.append("grey" if channels == 1 else "RGB")
        images = picture.tensor(mode)[None]
        if invert:
            images = 255 - images
            steps.append("inverted")
        if side is not None and images.shape[2:] != (side, side):
            images = v2.functional.resize(images, [side, side], antialias=True)
            steps.append(f"resized to {side}x{side}")
        if self.data.prepare:
            images = self.prepare(images)
            steps.append(", ".join(call.name for call in self.data.prepare) + " (data.prepare)")
        if images.shape[1] != self.channels:
            images = v2.functional.rgb_to_grayscale(images, self.channels)
            steps.append("grey" if self.channels == 1 else "RGB")
        size = [self.height, self.width]
        if list(images.shape[2:]) != size:
            images = v2.functional.resize(images, size, antialias=True)
            steps.append(f"resized to {self.width}x{self.height}")
        return Prepared(images, tuple(steps), self._seems_inverted(images))

    def _seems_inverted(self, images: torch.Tensor) -> bool:
        is_dark = self._is_dark()
        if is_dark is None:
            return False
        top, bottom = images[..., 0, :], images[..., -1, :]
        left, right = images[..., 0], images[..., -1]
        border = torch.cat([side.flatten() for side in (top, bottom, left, right)])
        return bool((border.median() > MIDDLE) == is_dark)

    def _is_dark(self) -> bool | None:
        """Return whether the data's ground is dark; None for photos, which have none."""
        if self.data.dataset in DARK:
            return True
        normalize = self.data.normalize
        if normalize is None:
            return None
        mean = sum(normalize.mean) / len(normalize.mean)
        return True if mean < DARK_MEAN else False if mean > LIGHT_MEAN else None
