"""The classification sets of torchvision.datasets, and how each calls its parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torchvision import datasets
from torchvision.datasets.utils import check_integrity

from archspec.diagnostics import Diagnostic, SpecError, did_you_mean
from archspec.runtime.data.collect import collect
from archspec.runtime.data.faults import data_fault, not_found, reason_of
from archspec.runtime.data.fetch import fetched
from archspec.runtime.data.folders import DataFolder
from archspec.runtime.data.model import Images
from archspec.runtime.data.prepare import Prepare
from archspec.runtime.place import Place

_TRAIN = ("train", True, False)
_SPLIT = ("split", "train", "test")
_SPLIT_VAL = ("split", "train", "val")
_SPLIT_TRAINVAL = ("split", "trainval", "test")
SETS: Mapping[str, tuple[str, Any, Any]] = {
    **dict.fromkeys(("CIFAR10", "CIFAR100", "QMNIST", "USPS"), _TRAIN),
    **dict.fromkeys(("STL10", "SVHN", "StanfordCars", "Flowers102", "Food101", "DTD"), _SPLIT),
    **dict.fromkeys(("GTSRB", "PCAM", "Country211", "RenderedSST2"), _SPLIT),
    **dict.fromkeys(("CLEVRClassification", "Imagenette"), _SPLIT_VAL),
    **dict.fromkeys(("OxfordIIITPet", "FGVCAircraft"), _SPLIT_TRAINVAL),
}
"""Name → argument that selects a part, its value for training, its value for testing.

Whole in memory or not at all: ImageNet and Places365 are not among them. The test labels of
CLEVR and Imagenette are not published or not named so; their validation part takes the place.
"""


def unknown(name: str, offered: tuple[str, ...], place: Place) -> SpecError:
    """Return the fault for a name that is no data set here: unknown, or no classification."""
    everything = {n for n in datasets.__all__ if isinstance(getattr(datasets, n), type)}
    span = place("data", "dataset")
    if name in everything:
        message = f"torchvision's {name} is not among the image classification sets offered here"
        help = "MNIST, CIFAR10, ImageFolder and Digits are, among others"
        return SpecError([Diagnostic("not-offered", message, span, help)])
    near = did_you_mean(name, offered)
    return SpecError([Diagnostic("unknown-dataset", f"unknown data set `{name}`", span, near)])


def load_classification(
    name: str, folder: DataFolder, prepare: Prepare
) -> tuple[Images, Images, tuple[str, ...], Path]:
    """Return training part, test part, class names and the folder of a set in SETS.

    Raises EnvironmentFault when it is not there, cannot be fetched, or is damaged; SpecError when
    its pictures differ in size and `prepare` does not make them equal.
    """
    argument, train, test = SETS[name]
    kind = getattr(datasets, name)

    def open_at(root: Path, **options: Any) -> tuple[Any, Any]:
        return (
            kind(root, **{argument: train}, **options),
            kind(root, **{argument: test}, **options),
        )

    found, sources, reason = _first(name, folder, open_at)
    if sources is None:
        if not folder.may_download:
            raise not_found(name, folder.places(name), reason)

        def download(staging: Path) -> Path:
            (staging / name).mkdir()
            open_at(staging / name, download=True)
            return staging / name

        found = fetched(name, folder, download)
        sources = open_at(found)
    parts = tuple(collect(name, source, prepare) for source in sources)
    return parts[0], parts[1], _classes(sources[0], parts), found


def _first(name: str, folder: DataFolder, open_at: Any) -> tuple[Path, tuple[Any, Any] | None, str]:
    """Return the first place where both parts open, or the reason of the first that did not."""
    reason = ""
    for place in folder.places(name):
        if not place.is_dir():
            continue
        try:
            if name == "USPS":
                _ensure_published(place)
            return place, open_at(place), ""
        except ModuleNotFoundError as error:
            message = f"torchvision's {name} needs the package {error.name}"
            raise data_fault("missing-package", message, f"`pip install {error.name}`") from None
        # Missing and damaged files raise whatever the class came upon.
        except Exception as error:
            reason = reason or reason_of(error)
    return folder.root, None, reason


def _ensure_published(place: Path) -> None:
    """Refuse other files than those of USPS: a few bytes of bzip2 unpack to more than memory."""
    for _, file, md5 in datasets.USPS.split_list.values():
        if (place / file).exists() and not check_integrity(place / file, md5):
            raise ValueError(f"{place / file} is not as published")


def _classes(source: Any, parts: tuple[Images, ...]) -> tuple[str, ...]:
    count = 1 + max(int(part.labels.max()) for part in parts)
    names = [str(name) for name in getattr(source, "classes", None) or ()]
    return tuple(names) if len(names) >= count else tuple(map(str, range(count)))
