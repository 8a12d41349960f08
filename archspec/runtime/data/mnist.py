"""MNIST and its kin in IDX form: found, checked against each other, and loaded."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Mapping
from pathlib import Path

import torch
from torchvision import datasets

from archspec.runtime.data.faults import data_fault, not_found, reason_of
from archspec.runtime.data.fetch import fetched
from archspec.runtime.data.folders import DataFolder
from archspec.runtime.data.idx import read_idx
from archspec.runtime.data.model import Images

FAMILY = ("MNIST", "FashionMNIST", "KMNIST")
"""Data sets whose files have the same names."""

STEMS = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
ALL_STEMS = (*STEMS["train"], *STEMS["test"])
MNIST_TEST_LABELS = "27ae3e4e09519cfbb04c329615203637"
"""MD5 of MNIST's unpacked test labels."""
MOST_LABELS = 2**24
"""Of a file, unpacked; MNIST has 60,000."""


def load_family(name: str, folder: DataFolder) -> tuple[Images, Images, tuple[str, ...], Path]:
    """Return training part, test part, class names and the folder of a data set of the family.

    Raises EnvironmentFault when it is not there, cannot be fetched, or is damaged.
    """
    found = _find(name, folder)
    if found is None:
        kind = getattr(datasets, name)

        def download(staging: Path) -> Path:
            kind(staging, train=True, download=True)
            _load(name, staging / name / "raw", _files(staging / name / "raw"))
            return staging / name

        found = fetched(name, folder, download) / "raw"
    files = _files(found)
    train, test = _load(name, found, files)
    classes = tuple(str(c).split(" - ")[0] for c in getattr(datasets, name).classes)
    return train, test, classes, found


def _find(name: str, folder: DataFolder) -> Path | None:
    """Return the folder with all four files, or None where they may be downloaded."""
    places = folder.places(name)
    partial = ""
    for place in places:
        missing = [stem for stem in ALL_STEMS if stem not in _files(place)]
        if not missing:
            return place
        if len(missing) < len(ALL_STEMS) and not partial:
            partial = f"{place} lacks {', '.join(missing)}"
    if folder.may_download:
        return None
    raise not_found(name, places, partial)


def _files(place: Path) -> dict[str, Path]:
    """Return the files of the family in a folder, packed or unpacked, by their stems."""
    found = {}
    for stem in ALL_STEMS:
        for spelling in (stem, stem.replace("-idx", ".idx")):
            for path in (place / f"{spelling}.gz", place / spelling):
                try:
                    if path.is_file():
                        found[stem] = path
                except OSError:  # a folder that may not be entered holds nothing for us
                    continue
    return found


def _load(name: str, place: Path, files: Mapping[str, Path]) -> tuple[Images, Images]:
    owner = _owner(files["t10k-labels-idx1-ubyte"])
    if owner is not None and owner != name:
        raise data_fault(
            "foreign-data",
            f"the files in {place} are those of {owner}, not of {name}",
            f"put the files of {name} into a folder {name} beside it",
        )
    train, test = _part(files, *STEMS["train"]), _part(files, *STEMS["test"])
    if train.shape != test.shape:
        sizes = f"{train.shape} and {test.shape}"
        raise data_fault("foreign-data", f"training and test images in {place} differ: {sizes}")
    return train, test


def _part(files: Mapping[str, Path], images_stem: str, labels_stem: str) -> Images:
    images, labels = read_idx(files[images_stem], 3), read_idx(files[labels_stem], 1, MOST_LABELS)
    if len(images) != len(labels):
        raise data_fault(
            "foreign-data",
            f"{files[images_stem]} holds {len(images):,} images, "
            f"but {files[labels_stem]} holds {len(labels):,} labels",
        )
    if (largest := int(labels.max())) > 9:
        raise data_fault(
            "foreign-data", f"{files[labels_stem]} holds label {largest}, expected 0 to 9"
        )
    return Images(images[:, None], labels.to(torch.int64))


def _owner(labels: Path) -> str | None:
    """Return whose test labels these are, where their MD5 is a published one."""
    published = {
        str(md5): name
        for name in FAMILY
        for file, md5 in getattr(datasets, name).resources
        if file.startswith("t10k-labels")
    }
    published[MNIST_TEST_LABELS] = "MNIST"
    try:
        with labels.open("rb") as file:
            content = file.read(MOST_LABELS)
        unpacked = content
        if content[:2] == b"\x1f\x8b":
            unpacked = gzip.GzipFile(fileobj=io.BytesIO(content)).read(MOST_LABELS)
    except (OSError, EOFError, zlib.error) as error:
        message = f"cannot read {labels}: {reason_of(error)}"
        raise data_fault("corrupt-data", message, "fetch the file again") from None
    sums = [hashlib.md5(c, usedforsecurity=False).hexdigest() for c in (content, unpacked)]
    return next((published[s] for s in sums if s in published), None)
