"""A picture is one tensor in training, evaluation and prediction, whatever its file is like."""

from __future__ import annotations

import io
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import pytest
import torch
from PIL import EpsImagePlugin, Image, ImageSequence

from archspec.api import load as load_network
from archspec.diagnostics import EnvironmentFault
from archspec.language.sections import Data
from archspec.runtime.data import Dataset, load_data, picture
from archspec.runtime.data.collect import collect
from archspec.runtime.data.picture import open_file, upright_size
from archspec.runtime.data.prepare import Prepare
from archspec.runtime.trained.picture_files import picture_of
from archspec.runtime.trained.pictures import Preparation
from tests.support.picture_folder import in_memory, streamed, streaming
from tests.support.raw_pictures import png, tiff

IS_NEWER = not PIL.__version__.startswith("10.")
"""Pillow 10 knows less of TIFF: it refuses `La`, and writes YCbCr that it cannot read."""

SIDE = 16
NETWORK = """archspec: 1
input: [3, 16, 16]
layers: [gap, flatten, {linear: 2}]
data: {dataset: ImageFolder}
train: {epochs: 1, batch_size: 1, optimizer: SGD}
"""

rng = np.random.default_rng(3)
BYTES = rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
COLOURS = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
ALPHA = rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
WIDE = rng.integers(0, 65_536, (SIDE, SIDE), dtype=np.uint16)
FRACTIONS = rng.random((SIDE, SIDE))
QUARTERS = np.kron(np.array([[40, 90], [160, 220]], dtype=np.uint8), np.ones((8, 8), np.uint8))
"""Blocks of JPEG, each of one grey."""


@dataclass(frozen=True)
class Case:
    """What is in a file, and the picture that it is: [H, W] or [H, W, 3], 0 to 255."""

    content: bytes
    expected: np.ndarray
    tolerance: float = 0.51

    def tensor(self) -> torch.Tensor:
        """Return the picture, [3, H, W]."""
        pixels = torch.tensor(np.asarray(self.expected, dtype=np.float64))
        return pixels.expand(3, -1, -1) if pixels.dim() == 2 else pixels.permute(2, 0, 1)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def over_white(values: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    share = (alpha / 255).reshape(*alpha.shape, *[1] * (values.ndim - alpha.ndim))
    return values * share + 255 * (1 - share)


def turned(orientation: int) -> np.ndarray:
    """Return what is to be stored for QUARTERS to be seen, by the table of EXIF."""
    seen = QUARTERS
    return {
        1: seen,
        2: seen[:, ::-1],
        3: seen[::-1, ::-1],
        4: seen[::-1],
        5: seen.T,
        6: np.rot90(seen),  # to be turned a quarter clockwise
        7: seen[::-1, ::-1].T,
        8: np.rot90(seen, -1),
    }[orientation]


def exif(orientation: int) -> Image.Exif:
    notes = Image.Exif()
    notes[0x112] = orientation
    return notes


def cases() -> dict[str, Case]:
    grey, rgb = Image.fromarray(BYTES), Image.fromarray(COLOURS)
    found: dict[str, Case] = {}
    for kind in ("PNG", "BMP", "TIFF", "PPM", "GIF", "JPEG2000"):
        found[f"grey {kind}"] = Case(saved(grey, kind), BYTES)
    for kind in ("PNG", "BMP", "TIFF", "PPM", "JPEG2000"):
        found[f"RGB {kind}"] = Case(saved(rgb, kind), COLOURS)
    found["RGB WEBP"] = Case(saved(rgb, "WEBP", lossless=True), COLOURS)
    quarters = Image.fromarray(QUARTERS)
    Image.init()
    for kind in ("JPEG", "WEBP", *(["AVIF"] if "AVIF" in Image.SAVE else [])):
        found[f"lossy {kind}"] = Case(saved(quarters, kind, quality=95), QUARTERS, 4)

    for bits in (1, 2, 4):
        top = 2**bits - 1
        values = BYTES >> (8 - bits)
        found[f"PNG {bits}-bit"] = Case(png(values[:, :, None], 0, bits), values / top * 255)
    for kind in ("PNG", "TIFF", "BMP", "PPM"):
        found[f"1 {kind}"] = Case(saved(Image.fromarray(BYTES > 127), kind), (BYTES > 127) * 255)

    palette = rng.integers(0, 256, (256, 3), dtype=np.uint8)
    drawn = Image.frombytes("P", grey.size, BYTES.tobytes())
    drawn.putpalette(palette.tobytes())
    for kind in ("PNG", "GIF", "TIFF", "BMP"):
        found[f"P {kind}"] = Case(saved(drawn, kind), palette[BYTES])
    clear = BYTES[0, 0] == BYTES
    seen = np.where(clear[:, :, None], 255, palette[BYTES])
    for kind in ("PNG", "GIF"):
        content = saved(drawn, kind, transparency=int(BYTES[0, 0]))
        found[f"P with a clear colour {kind}"] = Case(content, seen)
    shares = rng.integers(0, 256, 256, dtype=np.uint8)
    content = saved(drawn, "PNG", transparency=shares.tobytes())
    found["P with alpha PNG"] = Case(content, over_white(palette[BYTES], shares[BYTES]), 1.01)

    veiled = over_white(BYTES, ALPHA)
    both = np.stack([BYTES, ALPHA], axis=2)
    for kind in ("PNG", "TIFF"):
        image = Image.merge("LA", [grey, Image.fromarray(ALPHA)])
        found[f"LA {kind}"] = Case(saved(image, kind), veiled, 1.01)
    tags = {258: (8, 8), 277: (2,), 338: (1,)}
    multiplied = both.copy()
    multiplied[:, :, 0] = np.round(BYTES * (ALPHA / 255))
    content = tiff(multiplied.tobytes(), SIDE, SIDE, tags)
    if IS_NEWER:
        # What is left of a grey under little alpha is coarse; over white, little of it is seen.
        found["La TIFF"] = Case(content, veiled, 2)
    image = rgb.copy()
    image.putalpha(Image.fromarray(ALPHA))
    for kind, options in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True, "exact": True})):
        found[f"RGBA {kind}"] = Case(
            saved(image, kind, **options), over_white(COLOURS, ALPHA), 1.01
        )
    deep = np.stack([WIDE, ALPHA.astype(np.uint16) * 257], axis=2)
    found["PNG of 16 bits with alpha"] = Case(png(deep, 4, 16), over_white(WIDE / 257, ALPHA), 1.6)
    key = int(WIDE[0, 0])
    content = png(WIDE[:, :, None], 0, 16, tRNS=struct.pack(">H", key))
    found["PNG of 16 bits with a clear grey"] = Case(
        content, np.where(key == WIDE, 255, WIDE / 257)
    )

    sixteen = Image.fromarray(WIDE)
    for kind in ("PNG", "TIFF", "JPEG2000"):
        found[f"16 bits {kind}"] = Case(saved(sixteen, kind), WIDE / 257)
    found["16 bits PGM"] = Case(b"P5 16 16 65535 " + WIDE.astype(">u2").tobytes(), WIDE / 257)
    large_end = Image.frombytes("I;16B", sixteen.size, WIDE.astype(">u2").tobytes())
    found["I;16B TIFF"] = Case(saved(large_end, "TIFF"), WIDE / 257)
    dark = WIDE % 256
    found["dark 16 bits PNG"] = Case(saved(Image.fromarray(dark), "PNG"), dark / 257)
    deep_rgb = rng.integers(0, 65_536, (SIDE, SIDE, 3), dtype=np.uint16)
    found["RGB of 16 bits PNG"] = Case(png(deep_rgb, 2, 16), deep_rgb / 257, 1)
    thousand = WIDE % 1001
    content = b"P5 16 16 1000 " + thousand.astype(">u2").tobytes()
    found["PGM up to 1,000"] = Case(content, thousand / 1000 * 255)
    twelve = WIDE >> 4
    each = np.unpackbits(twelve.astype(">u2").view(np.uint8).reshape(SIDE, SIDE, 2), axis=2)
    packed = np.packbits(each[:, :, 4:].reshape(SIDE, -1), axis=1)
    content = tiff(packed.tobytes(), SIDE, SIDE, {258: (12,)})
    found["12 bits TIFF"] = Case(content, twelve / 4095 * 255)
    content = tiff(FRACTIONS.astype("<f4").tobytes(), SIDE, SIDE, {258: (32,), 339: (3,)})
    found["fractions TIFF"] = Case(content, FRACTIONS * 255)
    dim = FRACTIONS.astype(np.float32) / 300
    found["dark fractions TIFF"] = Case(saved(Image.fromarray(dim), "TIFF"), dim * 255)

    inks = Image.merge("CMYK", [*rgb.split(), Image.fromarray(ALPHA)])
    paper = (255 - COLOURS.astype(float)) * (255 - ALPHA.astype(float))[:, :, None] / 255
    found["CMYK TIFF"] = Case(saved(inks, "TIFF"), paper, 1.01)
    flat = Image.new("CMYK", grey.size, (10, 200, 60, 40))
    ink = np.broadcast_to((255 - np.array([10, 200, 60])) * 215 / 255, COLOURS.shape)
    found["CMYK JPEG"] = Case(saved(flat, "JPEG", quality=95), ink, 4)
    if IS_NEWER:
        found["YCbCr TIFF"] = Case(saved(rgb.convert("YCbCr"), "TIFF"), COLOURS, 3)
    found["LAB TIFF"] = Case(saved(quarters.convert("RGB").convert("LAB"), "TIFF"), QUARTERS, 3)

    for orientation in range(1, 9):
        stored = Image.fromarray(np.ascontiguousarray(turned(orientation)))
        for kind in ("PNG", "TIFF", "JPEG", "WEBP"):
            content = saved(stored, kind, exif=exif(orientation), quality=95)
            found[f"orientation {orientation} {kind}"] = Case(content, QUARTERS, 4)
    stored = Image.fromarray(np.rot90(WIDE).copy())
    found["16 bits, turned, PNG"] = Case(saved(stored, "PNG", exif=exif(6)), WIDE / 257)
    for kind in ("PNG", "GIF", "TIFF"):
        frames = [Image.fromarray(255 - BYTES), Image.new("L", grey.size, 9)]
        content = saved(grey, kind, save_all=True, append_images=frames)
        with Image.open(io.BytesIO(content)) as several:
            assert len(list(ImageSequence.Iterator(several))) == 3
        found[f"animated {kind}"] = Case(content, BYTES)
    return found


CASES = cases()
ENDINGS = ("png", "jpg", "tif")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write every case, in both parts; the name says nothing of what is inside."""
    root = tmp_path_factory.mktemp("pictures")
    for part in ("train", "test"):
        for name in ("all", "other"):
            (root / part / name).mkdir(parents=True)
        (root / part / "other" / "grey.png").write_bytes(CASES["grey PNG"].content)
        for number, case in enumerate(CASES.values()):
            path_of(root, part, number).write_bytes(case.content)
    return root


def path_of(root: Path, part: str, number: int) -> Path:
    return root / part / "all" / f"{number:03}.{ENDINGS[number % 3]}"


@pytest.fixture(scope="module")
def read(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    """Return all cases in their order, uint8 [N, 3, H, W], as each of the ways sees them."""
    whole = load(folder)
    with streaming(0):
        parts = load(folder)
        drawn = [
            next(streamed(part).batches([slice(0, len(CASES))]))[0]
            for part in (parts.train, parts.test)
        ]
    spec = tmp_path_factory.mktemp("spec") / "network.yaml"
    spec.write_text(NETWORK)
    prepare = Preparation(load_network(spec).analysis)
    paths = [path_of(folder, "test", number) for number in range(len(CASES))]
    predicted = [prepare(picture_of(str(path)), invert=False).images for path in paths]
    return {
        "training": in_memory(whole.train).images,
        "training, streamed": drawn[0],
        "evaluation": in_memory(whole.test).images,
        "evaluation, streamed": drawn[1],
        "prediction": torch.cat(predicted),
    }


def load(root: Path) -> Dataset:
    return load_data(Data(dataset="ImageFolder"), data_dir=root)


@pytest.mark.parametrize(
    "way",
    ["training", "training, streamed", "evaluation", "evaluation, streamed", "prediction"],
)
@pytest.mark.parametrize("name", CASES)
def test_a_picture_is_one_tensor_in_every_way(
    read: dict[str, torch.Tensor], name: str, way: str
) -> None:
    case = CASES[name]
    found = read[way][list(CASES).index(name)]

    assert found.dtype == torch.uint8
    assert (found - case.tensor()).abs().max() <= case.tolerance
    assert torch.equal(found, read["training"][list(CASES).index(name)])


def float_tiff(values: np.ndarray) -> bytes:
    return saved(Image.fromarray(values.astype(np.float32)), "TIFF")


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n%%EndComments\nshowpage\n%%EOF\n"
REFUSED: dict[str, tuple[bytes, str]] = {
    "whole numbers of 32 bits": (saved(Image.fromarray(WIDE.astype(np.int32)), "TIFF"), "unclear"),
    "unsigned ones": (tiff(WIDE.astype("<u4").tobytes(), SIDE, SIDE, {258: (32,)}), "unclear"),
    "16 bits with a sign": (
        tiff(WIDE.astype("<u2").tobytes(), SIDE, SIDE, {258: (16,), 339: (2,)}),
        "unclear",
    ),
    "8 bits with a sign": (tiff(BYTES.tobytes(), SIDE, SIDE, {339: (2,)}), "unclear"),
    "white at 0": (
        tiff(WIDE.astype("<u2").tobytes(), SIDE, SIDE, {258: (16,), 262: (0,)}),
        "unclear",
    ),
    "fractions above 1": (float_tiff(FRACTIONS + 0.01), "unclear"),
    "fractions below 0": (float_tiff(FRACTIONS - 0.01), "unclear"),
    "no numbers": (float_tiff(np.where(BYTES > 9, np.nan, 0.5)), "unclear"),
    "infinities": (float_tiff(np.where(BYTES > 9, np.inf, 0.5)), "unclear"),
    "fractions of 64 bits": (
        tiff(FRACTIONS.tobytes(), SIDE, SIDE, {258: (64,), 339: (3,)}),
        "not-an",
    ),
    "a program for Ghostscript": (EPS, "not-an"),
    "nothing": (b"", "not-an"),
    "words": (b"words", "not-an"),
    "an icon": (saved(Image.fromarray(COLOURS), "ICO"), "not-an"),
}


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_rightly_is_refused_by_name_before_training_and_in_prediction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, code: str
) -> None:
    def start(*given: Any, **options: Any) -> None:
        raise AssertionError("Pillow would start Ghostscript")

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", start)
    for name in ("train/a/1", "train/b/1", "test/a/1", "test/b/1"):
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(CASES["grey PNG"].content)
    path.write_bytes(content)

    with pytest.raises(EnvironmentFault, match=f"{code}-image.*test/b/1.png"):
        picture_of(str(path))
    with streaming(2), pytest.raises(EnvironmentFault, match=f"{code}-image.*test/b/1.png"):
        load(tmp_path)


def test_a_picture_of_too_many_pixels_is_refused_by_its_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(CASES["grey PNG"].content)
    monkeypatch.setattr(picture, "MOST_PIXELS", SIDE * SIDE)
    with open_file(path) as file:
        assert upright_size(file, path) == (SIDE, SIDE)

    monkeypatch.setattr(picture, "MOST_PIXELS", SIDE * SIDE - 1)
    with open_file(path) as file, pytest.raises(EnvironmentFault, match=r"image-too-large.*large"):
        upright_size(file, path)
    with pytest.raises(EnvironmentFault, match=r"image-too-large.*255 pixels"):
        picture_of(str(path))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP"])
def test_the_head_tells_the_size_that_is_seen(orientation: int, kind: str) -> None:
    content = saved(Image.new("RGB", (30, 20)), kind, exif=exif(orientation))

    seen = (20, 30) if orientation > 4 else (30, 20)
    assert upright_size(io.BytesIO(content), "it") == seen


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    path = tmp_path / "pipe.png"
    os.mkfifo(path)
    with pytest.raises(EnvironmentFault, match=r"not-an-image.*pipe.png is no file"):
        open_file(path)


class Files:
    """A data set as torchvision's are: it opens its files by itself."""

    def __init__(self, *paths: Path, opens_first: bool) -> None:
        self.paths, self.opens_first = paths, opens_first

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[Image.Image, int]:
        if self.opens_first:
            with self.paths[index].open("rb") as file:
                return Image.open(file).convert("RGB"), 0
        return Image.open(self.paths[index]).convert("RGB"), 0


@pytest.mark.parametrize("opens_first", [True, False])
def test_files_of_torchvisions_own_data_sets_are_read_in_the_same_way(
    tmp_path: Path, opens_first: bool
) -> None:
    names = ("16 bits PNG", "orientation 6 JPEG", "RGBA PNG")
    for name in names:
        (tmp_path / name).write_bytes(CASES[name].content)
    open_before = Image.open
    source = Files(*(tmp_path / name for name in names), opens_first=opens_first)
    found = collect("Flowers102", source, Prepare(())).images

    for image, name in zip(found, names, strict=True):
        assert (image - CASES[name].tensor()).abs().max() <= CASES[name].tolerance
    assert Image.open is open_before
    (tmp_path / "eps").write_bytes(EPS)
    with pytest.raises(EnvironmentFault, match="not-an-image"):
        collect("Flowers102", Files(tmp_path / "eps", opens_first=opens_first), Prepare(()))
