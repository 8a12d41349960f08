"""Images in memory: the two parts of a data set, as the network meets them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import final

import torch


@final
@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """images: uint8 [N, C, H, W], 0 to 255. labels: int64 [N], class numbers from 0."""

    images: torch.Tensor
    labels: torch.Tensor

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return channels, height and width of one image."""
        _, channels, height, width = self.images.shape
        return channels, height, width

    def select(self, indices: torch.Tensor) -> Images:
        """Return the images at `indices` (int64 [M]), in that order."""
        return Images(self.images[indices], self.labels[indices])

    def to(self, device: torch.device | str) -> Images:
        """Return the same images held on `device`."""
        return Images(self.images.to(device), self.labels.to(device))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A data set as the network meets it: whole, in memory, after `prepare`.

    digest: sha256 of shapes, images and labels of both parts. generated: True for Digits.
    place: where the files were found, in words for the record.
    """

    name: str
    train: Images
    test: Images
    classes: tuple[str, ...]
    digest: str
    generated: bool
    place: str


def digest_of(*parts: Images) -> str:
    """Return the sha256, in hex, over the shapes and bytes of images and labels, part by part."""
    total = hashlib.sha256()
    for part in parts:
        for tensor in (part.images, part.labels):
            total.update(f"{tensor.dtype} {tuple(tensor.shape)};".encode())
            total.update(tensor.cpu().contiguous().numpy().data)
    return total.hexdigest()
