"""Random transforms by torchvision's names, drawn for each image of a batch, and normalizing."""

from archspec.runtime.augment.augmenter import Augmenter
from archspec.runtime.augment.construct import build_transform
from archspec.runtime.augment.normalize import Normalizer, as_float, make_normalizer
from archspec.runtime.place import Place, nowhere

__all__ = [
    "Augmenter",
    "Normalizer",
    "Place",
    "as_float",
    "build_transform",
    "make_normalizer",
    "nowhere",
]
