"""What the named data sets hold, as they were published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Held(NamedTuple):
    """Channels, height and width of its images, None for what differs; and how many classes.

    train: images of the training part. None stands for what is not known.
    """

    shape: tuple[int | None, int | None, int | None] = (None, None, None)
    classes: int | None = None
    train: int | None = None


_DIGITS = Held((1, 28, 28), 10, 60_000)
HELD: Mapping[str, Held] = {
    "Digits": Held((1, 28, 28), 10, 6_000),
    **dict.fromkeys(("MNIST", "FashionMNIST", "KMNIST", "QMNIST"), _DIGITS),
    "USPS": Held((1, 16, 16), 10, 7_291),
    "CIFAR10": Held((3, 32, 32), 10, 50_000),
    "CIFAR100": Held((3, 32, 32), 100, 50_000),
    "SVHN": Held((3, 32, 32), 10, 73_257),
    "STL10": Held((3, 96, 96), 10, 5_000),
    "PCAM": Held((3, 96, 96), 2, 262_144),
    "Country211": Held((3, None, None), 211, 31_650),
    "DTD": Held((3, None, None), 47, 1_880),
    "FGVCAircraft": Held((3, None, None), 100, 6_667),
    "Flowers102": Held((3, None, None), 102, 1_020),
    "Food101": Held((3, None, None), 101, 75_750),
    "GTSRB": Held((3, None, None), 43, 26_640),
    "Imagenette": Held((3, None, None), 10, 9_469),
    "OxfordIIITPet": Held((3, None, None), 37, 3_680),
    "StanfordCars": Held((3, None, None), 196, 8_144),
}
"""By name; those that are not here may hold anything, as ImageFolder does."""
