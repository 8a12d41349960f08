"""One picture of a folder: from its file to the bytes that the network meets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch

from archspec.layers.base import Shape
from archspec.runtime.data.faults import data_fault, unreadable
from archspec.runtime.data.files import Files
from archspec.runtime.data.picture import open_file, read_picture
from archspec.runtime.data.prepare import Prepare


@final
@dataclass(frozen=True, slots=True)
class PictureReader:
    """How the pictures of a folder are read; all of them come out in one shape.

    shape: channels, height and width after `prepare`.
    """

    files: Files
    prepare: Prepare
    shape: tuple[int, int, int]

    def __call__(self, number: int) -> torch.Tensor:
        """Return a prepared picture by its number, uint8 [C, H, W].

        Raises EnvironmentFault with the file's name (`vanished-picture`, `unreadable-data`, and as
        `read_picture`), SpecError when `prepare` does not bring it to `shape` (`sizes-differ`).
        """
        picture = self.prepare(pixels_of(self.files[number]))
        self.ensure_shape(tuple(picture.shape), number)
        return picture

    def ensure_shape(self, shape: Shape, number: int) -> None:
        """Raise SpecError where `prepare` gave a picture another shape than all others have."""
        if shape != self.shape:
            odd = f"the folder, such as {self.files[number]},"
            raise self.prepare.sizes_differ(odd, self.shape, shape)

    def bytes_of_one(self) -> int:
        """Return the bytes of a prepared picture."""
        channels, height, width = self.shape
        return channels * height * width


def pixels_of(path: Path) -> torch.Tensor:
    """Return a picture before `prepare`, uint8 [3, H, W]; faults as a PictureReader's."""
    try:
        with open_file(path) as file:
            return read_picture(file, path).tensor()
    except (FileNotFoundError, NotADirectoryError):
        help = "put it back, and go on with `archspec train --resume RUN`"
        message = f"{path} is gone, and was there when the folder was listed"
        raise data_fault("vanished-picture", message, help) from None
    except OSError as fault:
        raise unreadable(path, fault) from None
