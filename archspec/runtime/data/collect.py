"""From a torchvision data set, which gives one picture at a time, to tensors of all of them."""

from __future__ import annotations

import contextlib
import numbers
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torchvision.transforms.v2.functional import pil_to_tensor

from archspec.diagnostics import ArchspecError
from archspec.runtime.data.faults import data_fault, reason_of
from archspec.runtime.data.model import Images
from archspec.runtime.data.picture import open_file, read_picture
from archspec.runtime.data.prepare import Prepare


def collect(name: str, source: Any, prepare: Prepare) -> Images:
    """Return all (picture, label) pairs of `source`, prepared, in its order.

    Grey pictures have 1 channel, all others 3. Raises EnvironmentFault for a picture that cannot be
    read or has no label, SpecError (`sizes-differ`) where prepared pictures differ in shape.
    """
    if not len(source):
        raise data_fault("missing-data", f"{name} holds no pictures")
    images: torch.Tensor | None = None
    labels = torch.empty(len(source), dtype=torch.int64)
    with _files_read_here():
        for index in range(len(source)):
            picture, label = _item(name, source, index)
            image = prepare(_as_tensor(picture))
            if images is None:
                images = image.new_empty((len(source), *image.shape))
            if image.shape != images.shape[1:]:
                raise prepare.sizes_differ(name, tuple(images.shape[1:]), tuple(image.shape))
            images[index] = image
            labels[index] = label
    assert images is not None
    return Images(images, labels)


@contextlib.contextmanager
def _files_read_here() -> Iterator[None]:
    """Have torchvision's classes, which know no other way, read files as this program does."""
    before = Image.open

    def read(source: Any) -> Image.Image:
        with open_file(Path(source)) if isinstance(source, str | Path) else source as file:
            return read_picture(file, file.name).image

    Image.open = read  # type: ignore[assignment]
    try:
        yield
    finally:
        Image.open = before


def _item(name: str, source: Any, index: int) -> tuple[Image.Image, int]:
    try:
        picture, label = source[index]
        picture.load()
    except ArchspecError:
        raise
    # Each class reads its files in its own way, and damaged ones raise anything.
    except Exception as error:
        message = f"cannot read picture {index} of {name}: {reason_of(error)}"
        raise data_fault("corrupt-data", message, "remove or replace the file") from None
    if isinstance(label, bool) or not isinstance(label, numbers.Integral) or label < 0:
        raise data_fault("foreign-data", f"picture {index} of {name} has no class, got {label!r}")
    return picture, int(label)


def _as_tensor(picture: Image.Image) -> torch.Tensor:
    if picture.mode not in ("L", "RGB"):
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    tensor: torch.Tensor = pil_to_tensor(picture)
    return tensor
