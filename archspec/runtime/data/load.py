"""The way in: from the `data` section of a spec to images."""

from __future__ import annotations

from pathlib import Path

from archspec.language.sections import Data
from archspec.layers.base import Shape
from archspec.runtime.data.classification import SETS, load_classification, unknown
from archspec.runtime.data.digits import CLASSES, make_digits
from archspec.runtime.data.folders import data_folder
from archspec.runtime.data.image_folder import load_image_folder
from archspec.runtime.data.mnist import FAMILY, load_family
from archspec.runtime.data.model import Dataset, Images, digest_of
from archspec.runtime.data.prepare import Prepare, read_prepare
from archspec.runtime.place import Place, nowhere

OFFERED = ("Digits", "ImageFolder", *FAMILY, *SETS)


def load_data(
    data: Data, *, data_dir: Path | None = None, place: Place = nowhere, wanted: Shape = ()
) -> Dataset:
    """Return the data set that `data` names, prepared, on the CPU.

    It lies in memory, but for an ImageFolder too large for that (`memory_limit`), whose pictures
    are read as they are asked for.

    It is searched for in `data_dir`, else in the folder ARCHSPEC_DATA, else in the user's cache,
    where it is downloaded if need be. `place` finds the spans of values for diagnostics, and
    `wanted` is the input that a cure aims at.
    Raises SpecError: `unknown-dataset`, `not-offered`, `sizes-differ`, faults of `prepare`;
    EnvironmentFault: `missing-data`, `missing-package`, `unreadable-data`, `truncated-data`,
    `corrupt-data`, `foreign-data`, `vanished-picture`, and as `read_picture`.
    """
    name = data.dataset
    if name not in OFFERED:
        raise unknown(name, OFFERED, place)
    prepare = read_prepare(data.prepare, place, wanted)
    if name == "Digits":
        train, test = make_digits()
        return _dataset(name, *_prepared(train, test, prepare), CLASSES, None)
    folder = data_folder(data_dir)
    if name in FAMILY:
        train, test, classes, found = load_family(name, folder)
        return _dataset(name, *_prepared(train, test, prepare), classes, found)
    if name == "ImageFolder":
        return load_image_folder(folder, prepare)
    return _dataset(name, *load_classification(name, folder, prepare))


def _prepared(train: Images, test: Images, prepare: Prepare) -> tuple[Images, Images]:
    return (
        Images(prepare.all(train.images), train.labels),
        Images(prepare.all(test.images), test.labels),
    )


def _dataset(
    name: str, train: Images, test: Images, classes: tuple[str, ...], found: Path | None
) -> Dataset:
    return Dataset(
        name=name,
        train=train,
        test=test,
        classes=classes,
        digest=digest_of(train, test),
        generated=found is None,
        place="generated" if found is None else str(found),
    )
