"""ImageFolder: one folder a class under `train`, and under `test` or `val`."""

from __future__ import annotations

from pathlib import Path

import torch
from torchvision import datasets

from archspec.runtime.data.faults import RUNS_ANYWHERE, data_fault, reason_of, sizes_differ
from archspec.runtime.data.files import Files
from archspec.runtime.data.folders import DataFolder
from archspec.runtime.data.known import Survey
from archspec.runtime.data.limits import memory_limit
from archspec.runtime.data.model import Dataset
from archspec.runtime.data.prepare import Prepare
from archspec.runtime.data.reader import PictureReader, pixels_of
from archspec.runtime.data.streamed import Streamed
from archspec.runtime.data.survey import survey
from archspec.runtime.data.workers import Workers

LAYOUT = "ImageFolder expects train/<class>/… and test/<class>/… (or val/) in the folder"
NAME = "ImageFolder"


def load_image_folder(folder: DataFolder, prepare: Prepare) -> Dataset:
    """Return the pictures in the folder given by the user, in memory where they fit.

    Larger ones are streamed; `memory_limit` says from where on. Both give the same images. Raises
    EnvironmentFault when no folder was given, its layout is another, or a picture cannot be read;
    SpecError when pictures differ in size.
    """
    if folder.may_download:
        message = "ImageFolder needs a folder, and none was given"
        raise data_fault("missing-data", message, "give one with --data-dir or ARCHSPEC_DATA")
    root = folder.root
    limit = memory_limit()
    tests = [root / name for name in ("test", "val") if (root / name).is_dir()]
    if not (root / "train").is_dir() or not tests:
        lacking = "train" if not (root / "train").is_dir() else "test or val"
        raise data_fault(
            "missing-data",
            f"no folder {lacking} in {root}",
            f"{LAYOUT}; {RUNS_ANYWHERE}",
        )
    train, test = _open(root / "train"), _open(tests[0])
    if train.classes != test.classes:
        odd = ", ".join(sorted(set(train.classes) ^ set(test.classes)))
        message = f"{root / 'train'} and {tests[0]} have different classes: {odd}"
        raise data_fault("foreign-data", message, LAYOUT)
    samples = [*train.samples, *test.samples]
    files = Files(root, [Path(path).relative_to(root).as_posix() for path, _ in samples])
    labels = torch.tensor([label for _, label in samples])
    channels, height, width = prepare(pixels_of(files[0])).shape
    reader = PictureReader(files, prepare, (channels, height, width))
    found = survey(files)
    _ensure_one_shape(reader, found)
    whole = Streamed(Workers(reader), torch.arange(len(files)), labels)
    is_training = torch.arange(len(files)) < len(train.samples)
    parts = whole.select(is_training), whole.select(~is_training)
    fits = len(files) * reader.bytes_of_one() <= limit
    return Dataset(
        name=NAME,
        train=parts[0].load() if fits else parts[0],
        test=parts[1].load() if fits else parts[1],
        classes=tuple(train.classes),
        digest=found.digest,
        generated=False,
        place=str(root),
    )


def _open(part: Path) -> datasets.ImageFolder:
    try:
        return datasets.ImageFolder(part)
    except OSError as error:  # FileNotFoundError also stands for a class without pictures
        raise data_fault("missing-data", f"{part}: {reason_of(error)}", LAYOUT) from None


def _ensure_one_shape(reader: PictureReader, found: Survey) -> None:
    """Refuse pictures that would stop a training hours later, since `prepare` leaves them odd."""
    for (width, height), number in found.sizes.items():
        blank = torch.zeros(3, height, width, dtype=torch.uint8)
        shape = tuple(reader.prepare(blank).shape)
        if shape != reader.shape:
            odd = f"the folder, such as {reader.files[number]},"
            raise sizes_differ(odd, reader.shape, shape, reader.prepare.place)
