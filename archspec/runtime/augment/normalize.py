"""From stored bytes to what the network is fed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch

from archspec.diagnostics import Diagnostic, SpecError
from archspec.diagnostics.words import counted
from archspec.language.sections import Normalize
from archspec.runtime.place import Place, nowhere


def as_float(images: torch.Tensor) -> torch.Tensor:
    """Return uint8 images as float32 in 0 to 1; floating point images come back as they are."""
    return images if images.is_floating_point() else images.float().div_(255.0)


@final
@dataclass(frozen=True, slots=True)
class Normalizer:
    """Bytes or floats in 0 to 1, to (value - mean) / std; mean and std are [C, 1, 1], or None."""

    mean: torch.Tensor | None = None
    std: torch.Tensor | None = None

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Return float32 [B, C, H, W]."""
        values = as_float(images)
        if self.mean is None or self.std is None:
            return values
        return (values - self.mean).div_(self.std)


def make_normalizer(
    normalize: Normalize | None,
    channels: int,
    device: torch.device | str = "cpu",
    place: Place = nowhere,
) -> Normalizer:
    """Return the normalizer of images with that many channels, its values on `device`.

    Raises SpecError (`wrong-length`) when mean or std have not one value a channel.
    """
    if normalize is None:
        return Normalizer()
    faults = [
        Diagnostic(
            "wrong-length",
            f"`{name}` has {len(values)} values, but the images have {channels} channels",
            place("data", "normalize", name),
            f"give {counted(channels, 'value')}",
        )
        for name, values in (("mean", normalize.mean), ("std", normalize.std))
        if len(values) != channels
    ]
    if faults:
        raise SpecError(faults)
    mean, std = (
        torch.tensor(values, dtype=torch.float32).to(device).view(-1, 1, 1)
        for values in (normalize.mean, normalize.std)
    )
    return Normalizer(mean, std)
