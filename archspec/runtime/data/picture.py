"""A picture's file as 8-bit grey or RGB, upright and opaque: read so in training and prediction."""

from __future__ import annotations

import contextlib
import os
import stat
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, final

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from PIL.Image import open as open_image
from torchvision.transforms.v2.functional import pil_to_tensor

from archspec.diagnostics import ArchspecError, EnvironmentFault
from archspec.runtime.data.faults import data_fault, reason_of

FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""What is opened, by the content of a file. Of Pillow's others some start programs (EPS)."""

MOST_BYTES = 2**29
"""Of a file; a device or a pipe may never end."""

MOST_PIXELS = 2**26
"""8,192 by 8,192. On its way a picture takes eight bytes a pixel."""

ORIENTATION = 0x0112
"""The EXIF tag that says how a camera was held; 1 is upright."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Orientation → what makes it upright. From 5 on width and height change places."""

PHOTOMETRIC, SAMPLE_FORMAT, BITS, WIDTH, HEIGHT = 262, 339, 258, 256, 257
"""Tags of TIFF."""

GROUND = "white"
"""What lies under transparent pixels, as in viewers and browsers."""

WORDS = {"1": "1-bit", "L": "grey", "LA": "grey with alpha", "P": "palette"}
"""Modes of Pillow in other words; those of 16 and 32 bits, and of colours, are their own names."""


@final
@dataclass(frozen=True, slots=True)
class LoadedPicture:
    """A picture, upright and opaque, in the mode L or RGB.

    was: how it came, such as `640x480 RGBA`, width first. steps: what was done to it, in words.
    """

    image: Image.Image
    was: str
    steps: tuple[str, ...]

    def tensor(self, mode: str = "RGB") -> torch.Tensor:
        """Return its pixels in a mode, uint8 [C, H, W]."""
        same = self.image.mode == mode
        pixels: torch.Tensor = pil_to_tensor(self.image if same else self.image.convert(mode))
        return pixels


def open_file(path: Path) -> BufferedReader:
    """Open an ordinary file; EnvironmentFault (`not-an-image`) for a pipe or device, or OSError."""

    def at_once(name: str, flags: int) -> int:  # a pipe without a writer would wait for one
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))

    file = open(path, "rb", opener=at_once)  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise not_a_file(path)
    return file


def not_a_file(path: object) -> EnvironmentFault:
    """Return the fault of a pipe or device under the name of a picture."""
    fact = f"{path} is no file: what is a pipe or a device may never end or begin"
    return data_fault("not-an-image", fact, "write its content to a file")


def too_many_bytes(shown: object) -> EnvironmentFault:
    """Return the fault of a file that is larger than pictures are."""
    fact = f"{shown} has more than {MOST_BYTES:,} bytes"
    return data_fault("image-too-large", fact, "give a picture, not a stream without end")


def read_picture(file: BinaryIO, shown: object) -> LoadedPicture:
    """Read an opened file. shown: its name in messages.

    Raises EnvironmentFault: `not-an-image`, `damaged-image`, `image-too-large`, `unclear-image`.
    """
    with _told(shown), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _opened(file, shown) as image:
            image.load()
            return _finished(image, shown)


def upright_size(file: BinaryIO, shown: object) -> tuple[int, int]:
    """Return width and height by the head of an opened file, and refuse what `read_picture` would.

    Only fractions are decoded, which can be too large for it. Warnings are the caller's to silence.
    """
    with _told(shown), _opened(file, shown) as image:
        if image.mode == "F":
            _fractions(image, shown)
        width, height = image.size
        if image.format == "TIFF":  # the newer Pillow has turned the size already
            width, height = image.tag_v2[WIDTH], image.tag_v2[HEIGHT]  # type: ignore[attr-defined]
        return (height, width) if _orientation(image) > 4 else (width, height)


@contextlib.contextmanager
def _told(shown: object) -> Iterator[None]:
    try:
        yield
    except (ArchspecError, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise _too_large(shown) from None
    except UnidentifiedImageError:
        fact = f"{shown} is no picture of a format that is read here"
        help = f"give one of {', '.join(FORMATS)}"
        raise data_fault("not-an-image", fact, help) from None
    # Each format has its own reader, and damaged files make them raise anything.
    except Exception as fault:
        fact = f"{shown} is damaged: {reason_of(fault)}"
        raise data_fault("damaged-image", fact, "fetch or save the picture again") from None


def _too_large(shown: object) -> EnvironmentFault:
    fact = f"{shown} has more than {MOST_PIXELS:,} pixels"
    return data_fault("image-too-large", fact, "make it smaller first")


@contextlib.contextmanager
def _opened(file: BinaryIO, shown: object) -> Iterator[Image.Image]:
    if not file.read(1):
        raise data_fault("not-an-image", f"{shown} is empty", "give a picture such as a PNG")
    Image.init()
    with open_image(file, formats=[name for name in FORMATS if name in Image.OPEN]) as image:
        if image.width * image.height > MOST_PIXELS:
            raise _too_large(shown)
        if doubt := _doubt(image):
            help = "save it with 8 or 16 bits, or as fractions of 0 to 1"
            raise data_fault("unclear-image", f"{shown} {doubt}", help)
        yield image


def _doubt(image: Image.Image) -> str | None:
    """Return why nobody knows which values of a picture are black and white; None where they do."""
    tags = getattr(image, "tag_v2", {})
    if 2 in np.atleast_1d(tags.get(SAMPLE_FORMAT, 1)):
        return "has whole numbers with a sign, of which none is known to be black"
    if image.mode == "I" and image.format == "TIFF":
        return "has whole numbers of 32 bits, of which none is known to be white"
    if _is_wide(image) and tags.get(PHOTOMETRIC) == 0:
        return "has values of more than 8 bits with white at 0"
    return None


def _is_wide(image: Image.Image) -> bool:
    return image.mode[0] in "IF"


def _finished(image: Image.Image, shown: object) -> LoadedPicture:
    was = f"{image.width}x{image.height} {WORDS.get(image.mode, image.mode)}"
    steps = []
    if getattr(image, "is_animated", False):
        steps.append("the first of its frames")
    if _is_wide(image):
        opaque, is_laid = Image.fromarray(_eight_bits(image, shown)), False
        steps.append("8-bit")
    else:
        opaque, is_laid = _opaque(image)
    if (turn := TURNS.get(_orientation(image))) is not None:
        opaque = opaque.transpose(turn)
        steps.append("turned by its EXIF")
    if is_laid:
        steps.append(f"laid over {GROUND}")
    return LoadedPicture(opaque, was, tuple(steps))


def _orientation(image: Image.Image) -> int:
    try:
        # PNG's own would decode its pixels, since the tag may come behind them.
        found = Image.Image.getexif(image).get(ORIENTATION)
    except Exception:  # notes of a camera that nobody can read say nothing
        return 1
    return found if found in TURNS else 1


def _opaque(image: Image.Image) -> tuple[Image.Image, bool]:
    """Return a picture of 8 bits without alpha, in L or RGB, and whether anything shone through."""
    mode = "L" if image.mode in ("1", "L", "LA", "La") else "RGB"
    if not image.has_transparency_data:
        return image if image.mode == mode else image.convert(mode), False
    over = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
    ground = Image.new("RGBA", over.size, GROUND)
    ground.alpha_composite(over)
    return ground.convert(mode), over.getchannel("A").getextrema() != (255, 255)


def _eight_bits(image: Image.Image, shown: object) -> np.ndarray:
    """Return values of 16 bits or fractions in 8, uint8 [H, W]: 65,535 is white, as is 1.0."""
    if image.mode == "F":
        return (_fractions(image, shown) * 255 + 0.5).astype(np.uint8)
    values = np.asarray(image)
    bits = np.atleast_1d(getattr(image, "tag_v2", {}).get(BITS, 16))
    white = 2 ** int(bits[0]) - 1
    rounded = (values.astype(np.uint32) * 510 + white) // (2 * white)
    clear = image.info.get("transparency")
    return np.where(values == clear, 255, rounded).astype(np.uint8)


def _fractions(image: Image.Image, shown: object) -> np.ndarray:
    """Return the values of a picture of floats, or refuse those that are not from 0 to 1."""
    values = np.asarray(image)
    lowest, highest = values.min(), values.max()
    if not (lowest >= 0 and highest <= 1):  # nor are they numbers, maybe
        fact = f"{shown} has fractions from {lowest:.4g} to {highest:.4g}, not from 0 to 1"
        help = "divide them by what is white, or save the picture with 8 or 16 bits"
        raise data_fault("unclear-image", fact, help)
    return values
