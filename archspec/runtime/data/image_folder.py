"""ImageFolder: one folder a class under `train`, and under `test` or `val`."""

from __future__ import annotations

import torch

from archspec.runtime.data.faults import data_fault
from archspec.runtime.data.files import Files
from archspec.runtime.data.folders import DataFolder
from archspec.runtime.data.known import Survey
from archspec.runtime.data.limits import memory_limit
from archspec.runtime.data.listing import list_folder
from archspec.runtime.data.model import Dataset
from archspec.runtime.data.prepare import Prepare
from archspec.runtime.data.reader import PictureReader, pixels_of
from archspec.runtime.data.streamed import Streamed
from archspec.runtime.data.survey import survey
from archspec.runtime.data.workers import Workers


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
    train, test, notes = list_folder(root)
    samples = [*train.samples, *test.samples]
    files = Files(root, [name for name, _ in samples])
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
        name="ImageFolder",
        train=parts[0].load() if fits else parts[0],
        test=parts[1].load() if fits else parts[1],
        classes=train.classes,
        digest=found.digest,
        generated=False,
        place=str(root),
        notes=notes,
    )


def _ensure_one_shape(reader: PictureReader, found: Survey) -> None:
    """Refuse pictures that would stop a training hours later, since `prepare` leaves them odd."""
    for (width, height), number in found.sizes.items():
        blank = torch.zeros(3, height, width, dtype=torch.uint8)
        reader.ensure_shape(tuple(reader.prepare(blank).shape), number)
