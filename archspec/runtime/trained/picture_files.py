"""Pictures of people's own: found in files and folders, and opened as 8-bit grey or RGB."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from archspec.diagnostics import Diagnostic, EnvironmentFault
from archspec.record import cannot_read
from archspec.runtime.data.faults import data_fault, reason_of

STDIN = "-"
PIPES = ("/dev/fd/", "/proc/self/fd/")
"""Where a shell puts what it opened itself, and what has a writer therefore."""

MOST_BYTES = 2**29
"""Of a file; a device or a pipe may never end."""

ORIENTATION = 0x0112
"""The EXIF tag that says how a camera was held; 1 is upright."""

GROUND = "white"
"""What lies under transparent pixels, as in viewers and browsers."""

WORDS = {"1": "1-bit", "L": "grey", "LA": "grey with alpha", "P": "palette"}
"""Modes of Pillow in other words; those of 16 and 32 bits, and of colours, are their own names."""


@dataclass(frozen=True, slots=True)
class LoadedPicture:
    """A picture, upright and opaque, in the mode L or RGB.

    was: how it came, such as `640x480 RGBA`, width first. steps: what was done to it, in words.
    """

    image: Image.Image
    was: str
    steps: tuple[str, ...]


def find_pictures(names: Sequence[str]) -> Iterator[str | EnvironmentFault]:
    """Give each file that is named, and each picture in a folder; a fault in place of what is not.

    `-` is standard input. A folder's pictures are those with an ending that Pillow knows, by name;
    folders inside it are not looked into.
    """
    for name in names:
        path = Path(name)
        try:
            if name == STDIN:
                yield name
            elif not name or not path.exists():
                fact = f"there is no picture {name or 'without a name'}"
                yield EnvironmentFault([Diagnostic("missing-file", fact, None, "check the path")])
            elif path.is_dir():
                yield from _in_folder(path)
            elif path.is_fifo() and not name.startswith(PIPES):
                fact = f"{name} is a pipe, which may never end or begin"
                help = f"write its content to a file, or give it as {STDIN}"
                yield EnvironmentFault([Diagnostic("not-an-image", fact, None, help)])
            else:  # a pipe such as `<(command)`, too
                yield name
        except OSError as fault:  # in a folder that may not be entered, or with too long a name
            yield cannot_read(path, fault)


def _in_folder(folder: Path) -> Iterator[str | EnvironmentFault]:
    known = {end for end, kind in Image.registered_extensions().items() if kind in Image.OPEN}
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in known)
    found = [str(path) for path in paths if path.is_file() and not path.name.startswith(".")]
    if not found:
        help = "name pictures, or the folder that they lie in; folders below are not looked into"
        yield data_fault("no-images", f"no pictures in the folder {folder}", help)
    yield from found


def read_picture(name: str) -> LoadedPicture:
    """Read a file, or standard input for `-`.

    Raises EnvironmentFault: `unreadable`, `not-an-image`, `damaged-image`, `image-too-large`.
    """
    shown = "standard input" if name == STDIN else name
    content = _content(name, shown)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(content))
            image.load()
            return _upright(image)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            fact = f"{shown} has more than {Image.MAX_IMAGE_PIXELS or 0:,} pixels"
            raise data_fault("image-too-large", fact, "make it smaller first") from None
        except UnidentifiedImageError:
            fact = f"{shown} is no image that Pillow can read"
            if not content:
                fact = f"{shown} is empty"
            help = "give a picture such as a PNG or JPEG"
            raise data_fault("not-an-image", fact, help) from None
        # Each format has its own reader, and damaged files make them raise anything.
        except Exception as fault:
            fact = f"{shown} is damaged: {reason_of(fault)}"
            help = "fetch or save the picture again"
            raise data_fault("damaged-image", fact, help) from None


def _content(name: str, shown: str) -> bytes:
    def read(stream: BinaryIO) -> bytes:
        return stream.read(MOST_BYTES + 1)

    try:
        if name == STDIN:
            content = read(sys.stdin.buffer)
        else:
            with Path(name).open("rb") as stream:
                content = read(stream)
    except OSError as fault:
        raise cannot_read(Path(shown), fault) from None
    if len(content) > MOST_BYTES:
        fact = f"{shown} has more than {MOST_BYTES:,} bytes"
        raise data_fault("image-too-large", fact, "give a picture, not a stream without end")
    return content


def _upright(image: Image.Image) -> LoadedPicture:
    was = f"{image.width}x{image.height} {WORDS.get(image.mode, image.mode)}"
    steps = []
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        steps.append(f"the first of {frames} frames")
    try:
        is_turned = image.getexif().get(ORIENTATION, 1) in range(2, 9)
        turned = ImageOps.exif_transpose(image) if is_turned else image
    except Exception:  # notes of a camera that nobody can read say nothing
        is_turned, turned = False, image
    if is_turned:
        steps.append("turned by its EXIF")
    opaque, is_laid = _opaque(turned)
    if is_laid:
        steps.append(f"laid over {GROUND}")
    if opaque.mode[0] in "IF":
        opaque = _eight_bits(opaque)
        steps.append("8-bit")
    return LoadedPicture(opaque, was, tuple(steps))


def _opaque(image: Image.Image) -> tuple[Image.Image, bool]:
    """Return the picture without alpha, in L, RGB, I or F, and whether anything shone through."""
    is_grey = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        over = image.convert("RGBA")
        ground = Image.new("RGBA", over.size, GROUND)
        ground.alpha_composite(over)
        shines = over.getchannel("A").getextrema() != (255, 255)
        return ground.convert("L" if is_grey else "RGB"), shines
    if image.mode[0] in "IF":
        return image, False
    return image.convert("L" if is_grey else "RGB"), False


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return a picture of 16 or 32 bits in 8: 65,535 is white, or 1 in fractions up to 1."""
    wide = image if image.mode in ("I", "F") else image.convert("I")
    _, highest = wide.getextrema()
    assert not isinstance(highest, tuple), "one channel"
    scale = 1 / 257 if highest > 255 else 255.0 if wide.mode == "F" and highest <= 1 else 1.0
    # A point operation on such modes may only multiply and add.
    return wide.point(lambda value: value * scale + 0).convert("L")
