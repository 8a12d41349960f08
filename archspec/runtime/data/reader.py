"""One picture of a folder: from its file to the bytes that the network meets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch
from PIL import Image
from torchvision.transforms.v2.functional import pil_to_tensor

from archspec.runtime.data.faults import data_fault, reason_of, sizes_differ
from archspec.runtime.data.files import Files
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

        Raises EnvironmentFault (`corrupt-data`, `vanished-picture`) with the file's name, SpecError
        when `prepare` does not bring the picture to `shape` (`sizes-differ`).
        """
        path = self.files[number]
        picture = self.prepare(pixels_of(path))
        if picture.shape != self.shape:
            odd = f"the folder, such as {path},"
            raise sizes_differ(odd, self.shape, tuple(picture.shape), self.prepare.place)
        return picture

    def bytes_of_one(self) -> int:
        """Return the bytes of a prepared picture."""
        channels, height, width = self.shape
        return channels * height * width


def pixels_of(path: Path) -> torch.Tensor:
    """Return a picture before `prepare`, uint8 [3, H, W]; faults as a PictureReader's."""
    try:
        with path.open("rb") as file, Image.open(file) as picture:
            tensor: torch.Tensor = pil_to_tensor(picture.convert("RGB"))
    except (FileNotFoundError, NotADirectoryError):
        help = "put it back, and go on with `archspec train --resume RUN`"
        message = f"{path} is gone, and was there when the folder was listed"
        raise data_fault("vanished-picture", message, help) from None
    except MemoryError:
        raise
    # Each format has its own reader, and damaged files make them raise anything.
    except Exception as error:
        message = f"cannot read {path}: {reason_of(error)}"
        raise data_fault("corrupt-data", message, "remove or replace the file") from None
    return tensor
