"""What a batched transform answers: parameters for every image at once, and their application."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import torch

Drawn = TypeVar("Drawn")
BatchShape = tuple[int, int, int, int]
"""Images, channels, height, width."""


class Batched(ABC, Generic[Drawn]):
    """A random transform of a batch, drawn anew for each image.

    For the same drawn values, `apply` gives each image what torchvision.transforms.v2.functional
    gives it alone.
    """

    __slots__ = ()

    @abstractmethod
    def draw(self, shape: BatchShape, generator: torch.Generator, device: torch.device) -> Drawn:
        """Return the parameters of every image, drawn from `generator`, on `device`."""

    @abstractmethod
    def apply(self, images: torch.Tensor, drawn: Drawn) -> torch.Tensor:
        """Return the transformed images: float [B, C, H, W] in 0 to 1, the same shape."""


def uniform(
    size: tuple[int, ...], generator: torch.Generator, device: torch.device
) -> torch.Tensor:
    """Return float32 values in [0, 1) on `device`; they do not depend on that device.

    They are drawn where the generator lives, so that one on the CPU repeats a run on any device.
    """
    return moved(torch.rand(size, generator=generator, device=generator.device), device)


def moved(values: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return values that nobody else holds on `device`, where it is safe without waiting.

    CUDA keeps a copy of what is in ordinary memory; elsewhere the memory may be used again before
    it was read (pytorch issue 189690, on MPS).
    """
    return values.to(device, non_blocking=device.type == "cuda")


def between(
    values: torch.Tensor, bounds: tuple[float, float], dtype: torch.dtype | None = None
) -> torch.Tensor:
    """Return values from [0, 1) spread over `bounds`."""
    low, high = bounds
    return values.to(dtype or values.dtype) * (high - low) + low


def precise(device: torch.device) -> torch.dtype:
    """Return the dtype for angles and matrices: float64, but for Apple's GPUs, which lack it."""
    return torch.float32 if device.type == "mps" else torch.float64


def one_each(values: torch.Tensor) -> torch.Tensor:
    """Return [B] as [B, 1, 1, 1], one value for each image."""
    return values[:, None, None, None]
