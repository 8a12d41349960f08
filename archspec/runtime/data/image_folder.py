"""ImageFolder: one folder a class under `train`, and under `test` or `val`."""

from __future__ import annotations

from pathlib import Path

from torchvision import datasets

from archspec.runtime.data.collect import collect
from archspec.runtime.data.faults import RUNS_ANYWHERE, data_fault, reason_of
from archspec.runtime.data.folders import DataFolder
from archspec.runtime.data.model import Images
from archspec.runtime.data.prepare import Prepare

LAYOUT = "ImageFolder expects train/<class>/… and test/<class>/… (or val/) in the folder"


def load_image_folder(
    folder: DataFolder, prepare: Prepare
) -> tuple[Images, Images, tuple[str, ...], Path]:
    """Return training part, test part, class names and the folder given by the user.

    Raises EnvironmentFault when no folder was given, its layout is another, or a picture cannot be
    read; SpecError when pictures differ in size.
    """
    if folder.may_download:
        message = "ImageFolder needs a folder, and none was given"
        raise data_fault("missing-data", message, "give one with --data-dir or ARCHSPEC_DATA")
    root = folder.root
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
    name = "ImageFolder"
    return collect(name, train, prepare), collect(name, test, prepare), tuple(train.classes), root


def _open(part: Path) -> datasets.ImageFolder:
    try:
        return datasets.ImageFolder(part)
    except OSError as error:  # FileNotFoundError also stands for a class without pictures
        raise data_fault("missing-data", f"{part}: {reason_of(error)}", LAYOUT) from None
