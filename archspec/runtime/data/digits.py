"""Digits: ten classes of 28×28 grey images, drawn with Pillow's own font; needs no download."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from PIL import Image, ImageDraw, ImageFont
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import pil_to_tensor

from archspec.runtime.augment.affine import Affine
from archspec.runtime.augment.loop import seeded
from archspec.runtime.data.faults import data_fault, reason_of
from archspec.runtime.data.model import Images

SIDE = 28
CLASSES = tuple("0123456789")
SEED = 28
"""What the two parts are drawn from. Another seed is another data set, with another digest."""

SIZES = (20, 24, 28)
STROKES = (0, 1)
GROUP = 50
"""Images that share one elastic bending and one blur; all else is drawn for each image."""

CPU = torch.device("cpu")


def make_digits(train: int = 6_000, test: int = 1_000, seed: int = SEED) -> tuple[Images, Images]:
    """Return a training and a test part, uint8 [N, 1, 28, 28], with classes of equal size.

    The same seed gives the same bytes; torch's global generators are left as they were. Raises
    EnvironmentFault (`missing-package`) where Pillow was built without its scalable font.
    """
    generator = torch.Generator().manual_seed(seed)
    glyphs = _glyphs()
    with _one_thread():
        return _part(train, glyphs, generator), _part(test, glyphs, generator)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    # The groups are so small that threads only wait for each other: on four busy cores a second
    # of work took half a minute.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _glyphs() -> torch.Tensor:
    """Return every digit in every size and stroke, float64 [10, variants, 1, 28, 28] in 0 to 1."""
    try:
        fonts = [ImageFont.load_default(size=size) for size in SIZES]
        drawn = [
            _glyph(digit, font, stroke) for digit in CLASSES for font in fonts for stroke in STROKES
        ]
    except (OSError, ImportError, ValueError) as error:
        message = f"Digits needs Pillow with its scalable font: {reason_of(error)}"
        raise data_fault("missing-package", message, "`pip install --upgrade pillow`") from None
    return torch.stack(drawn).double().div_(255).reshape(len(CLASSES), -1, 1, SIDE, SIDE)


def _glyph(
    digit: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, stroke: int
) -> torch.Tensor:
    picture = Image.new("L", (SIDE, SIDE))
    middle = (SIDE / 2, SIDE / 2)
    draw = ImageDraw.Draw(picture)
    draw.text(middle, digit, fill=255, font=font, anchor="mm", stroke_width=stroke)
    tensor: torch.Tensor = pil_to_tensor(picture)
    return tensor


def _part(count: int, glyphs: torch.Tensor, generator: torch.Generator) -> Images:
    # Doubles, rounded to bytes at the end: processors differ in the last bits of a float.
    def rand(*size: int) -> torch.Tensor:
        return torch.rand(size, generator=generator, dtype=torch.float64)

    labels = torch.arange(count) % len(CLASSES)
    labels = labels[torch.randperm(count, generator=generator)]
    variants = torch.randint(glyphs.shape[1], (count,), generator=generator)
    seed = int(torch.randint(2**62, (), generator=generator))
    affine = Affine(
        degrees=(-15.0, 15.0),
        translate=(0.08, 0.08),
        scale=(0.75, 1.1),
        shear=(-12.0, 12.0, -6.0, 6.0),
        interpolation="bilinear",
    )
    bend = v2.ElasticTransform(alpha=25.0, sigma=4.0)
    blur = v2.GaussianBlur(kernel_size=3, sigma=(0.3, 1.2))
    images = torch.empty(count, 1, SIDE, SIDE, dtype=torch.uint8)
    with seeded(seed, CPU):
        for start in range(0, count, GROUP):
            places = slice(start, min(start + GROUP, count))
            size = places.stop - start
            group = glyphs[labels[places], variants[places]]
            drawn = affine.draw((size, 1, SIDE, SIDE), generator, CPU)
            group = blur(bend(affine.apply(group, drawn)))
            contrast = 0.6 + 0.4 * rand(size, 1, 1, 1)
            light = 0.15 * rand(size, 1, 1, 1)
            noise = torch.randn(group.shape, generator=generator, dtype=torch.float64)
            group = (light + group * contrast * (1 - light) + 0.06 * noise).clamp_(0, 1)
            images[places] = group.mul_(255).round_().to(torch.uint8)
    return Images(images, labels)
