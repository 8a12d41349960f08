"""Pictures of people's own: read in any format, and brought to what the data set's own are."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torchvision.transforms.v2.functional import pil_to_tensor

from archspec.api import load
from archspec.diagnostics import EnvironmentFault, SpecError
from archspec.runtime.data import OFFERED
from archspec.runtime.data.picture import LoadedPicture
from archspec.runtime.trained import picture_files
from archspec.runtime.trained.picture_files import find_pictures, picture_of
from archspec.runtime.trained.pictures import DARK, RAW, Preparation, Prepared

SIDE = 16
INK = 5
"""Columns on the left that are black; the others are white."""


def half_black() -> Image.Image:
    """Return a grey picture of 16 by 16: black on the left, white on the right."""
    picture = Image.new("L", (SIDE, SIDE), 255)
    picture.paste(0, (0, 0, INK, SIDE))
    return picture


def saved(picture: Image.Image, folder: Path, ending: str, **options: Any) -> str:
    path = folder / f"picture.{ending}"
    picture.save(path, **options)
    return str(path)


def levels(image: Image.Image) -> tuple[int, int]:
    """Return the grey of the first pixel and of the last one in the first row."""
    grey = pil_to_tensor(image.convert("L"))[0, 0].tolist()
    return grey[0], grey[-1]


def preparation(
    folder: Path, data: str, shape: str = "[1, 28, 28]", layers: str = "[gap, flatten]"
) -> Preparation:
    path = folder / "network.yaml"
    train = "train: {epochs: 1, batch_size: 1, optimizer: SGD}"
    text = f"archspec: 1\ninput: {shape}\nlayers: {layers}\ndata: {{{data}}}\n{train}\n"
    path.write_text(text, encoding="utf-8")
    return Preparation(load(path).analysis)


def prepared(prepare: Preparation, image: Image.Image, *, invert: bool = False) -> Prepared:
    return prepare(LoadedPicture(image, "a picture", ()), invert=invert)


@pytest.mark.parametrize(
    ("convert", "ending", "was", "steps"),
    [
        (lambda p: p, "png", "16x16 grey", ()),
        (lambda p: p.convert("1"), "png", "16x16 1-bit", ()),
        (lambda p: p.convert("LA"), "png", "16x16 grey with alpha", ()),
        (lambda p: p.convert("RGBA"), "png", "16x16 RGBA", ()),
        (lambda p: p.convert("CMYK"), "tiff", "16x16 CMYK", ()),
        (lambda p: p.convert("F").point(lambda v: v / 255 + 0), "tiff", "16x16 F", ("8-bit",)),
    ],
    ids="grey 1-bit LA RGBA CMYK fractions".split(),
)
def test_it_is_said_how_a_picture_came(
    tmp_path: Path,
    convert: Callable[[Image.Image], Image.Image],
    ending: str,
    was: str,
    steps: tuple[str, ...],
) -> None:
    picture = picture_of(saved(convert(half_black()), tmp_path, ending))

    assert (picture.was, picture.steps) == (was, steps)
    assert levels(picture.image) == pytest.approx((0, 255), abs=2)


def test_it_is_said_what_was_done_to_a_picture(tmp_path: Path) -> None:
    clear = half_black().convert("RGBA")
    clear.putalpha(half_black())  # the black half is transparent, and white shines through
    exif = Image.Exif()
    exif[0x112] = 3
    several = {"save_all": True, "append_images": [clear.transpose(Image.Transpose.ROTATE_90)]}
    picture = picture_of(saved(clear, tmp_path, "png", exif=exif, **several))

    done = ("the first of its frames", "turned by its EXIF", "laid over white")
    assert picture.steps == done
    assert levels(picture.image) == (255, 255)


def test_standard_input_is_read_for_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    half_black().save(content, "PNG")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.getvalue())))

    assert levels(picture_of("-").image) == (0, 255)


def whole(folder: Path, ending: str = "png") -> bytes:
    return Path(saved(half_black().resize((200, 200)), folder, ending)).read_bytes()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(lambda folder: b"", "not-an-image", id="empty"),
        pytest.param(lambda folder: b"words", "not-an-image", id="words"),
        pytest.param(lambda folder: bytes(1000), "not-an-image", id="zeros"),
        pytest.param(lambda folder: whole(folder)[:-200], "damaged-image", id="PNG cut short"),
        pytest.param(lambda folder: whole(folder, "jpg")[:400], "damaged-image", id="JPEG cut"),
        pytest.param(lambda folder: whole(folder, "bmp")[:400], "damaged-image", id="BMP cut"),
    ],
)
def test_what_is_no_whole_picture_is_refused(
    tmp_path: Path, content: Callable[[Path], bytes], code: str
) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(content(tmp_path))
    with pytest.raises(EnvironmentFault) as raised:
        picture_of(str(path))

    (found,) = raised.value.diagnostics
    assert found.code == code
    assert str(path) in found.message


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_files, "MOST_BYTES", 1000)
    with pytest.raises(EnvironmentFault, match=r"image-too-large.*/dev/zero has more than"):
        picture_of("/dev/zero")


def test_a_folder_gives_its_pictures_by_name(tmp_path: Path) -> None:
    for name in ("b.png", "a.JPG", "c.txt", ".hidden.png", "d.gif"):
        (tmp_path / name).touch()
    (tmp_path / "below.png").mkdir()
    (tmp_path / "below.png" / "e.png").touch()

    assert list(find_pictures([str(tmp_path)])) == [
        str(tmp_path / name) for name in ("a.JPG", "b.png", "d.gif")
    ]


def test_what_is_not_there_is_told_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "empty").mkdir()
    names = ["none.png", str(tmp_path / "a.png"), str(tmp_path / "empty"), "-", "a" * 5000]
    missing, there, empty, standard_input, long = find_pictures(names)

    assert isinstance(missing, EnvironmentFault)
    assert missing.diagnostics[0].code == "missing-file"
    assert (there, standard_input) == (str(tmp_path / "a.png"), "-")
    assert isinstance(empty, EnvironmentFault)
    assert empty.diagnostics[0].code == "no-images"
    assert isinstance(long, EnvironmentFault)
    assert long.diagnostics[0].code == "unreadable"


def test_the_tables_name_data_sets_that_are_offered() -> None:
    assert set(RAW) <= set(OFFERED)
    assert set(DARK) <= set(RAW)


def test_a_picture_of_the_data_set_stays_as_it_is(tmp_path: Path) -> None:
    picture = half_black().resize((28, 28))
    found = prepared(preparation(tmp_path, "dataset: MNIST"), picture)

    assert torch.equal(found.images, pil_to_tensor(picture)[None])
    assert found.steps == ()


def test_a_photo_becomes_what_the_data_sets_pictures_are(tmp_path: Path) -> None:
    found = prepared(preparation(tmp_path, "dataset: MNIST"), Image.new("RGB", (640, 480), "red"))

    assert found.steps == ("grey", "resized to 28x28")
    assert found.images.shape == (1, 1, 28, 28)
    # The luma of ITU-R 601: 0.299 of red.
    assert found.images.float().mean() == pytest.approx(0.299 * 255, abs=1)


def test_prepare_works_on_pictures_of_the_data_sets_size(tmp_path: Path) -> None:
    data = "dataset: MNIST, prepare: [{Pad: {padding: 2}}, RGB]"
    prepare = preparation(tmp_path, data, "[3, 32, 32]")
    found = prepared(prepare, Image.new("RGB", (300, 300), "white"))

    assert found.steps == ("grey", "resized to 28x28", "Pad, RGB (data.prepare)")
    assert found.images.shape == (1, 3, 32, 32)
    assert found.images[0, 0, :, 1].max() == 0
    assert found.images[0, :, 2:30, 2:30].min() == 255


def test_pictures_of_any_size_are_prepared_and_then_made_to_fit(tmp_path: Path) -> None:
    resized = "dataset: ImageFolder, prepare: [{Resize: {size: [20, 30]}}]"
    whole = prepared(preparation(tmp_path, resized, "[3, 20, 30]"), Image.new("L", (90, 60)))
    left = prepared(preparation(tmp_path, "dataset: ImageFolder", "[1, 8, 9]"), half_black())

    assert whole.steps == ("RGB", "Resize (data.prepare)")
    assert left.steps == ("RGB", "grey", "resized to 9x8")
    assert left.images.shape == (1, 1, 8, 9)


@pytest.mark.parametrize(
    ("data", "ground", "seems"),
    [
        ("dataset: MNIST", 255, True),
        ("dataset: MNIST", 0, False),
        ("dataset: ImageFolder", 255, False),
        ("dataset: ImageFolder, normalize: {mean: [0.1], std: [1]}", 255, True),
        ("dataset: ImageFolder, normalize: {mean: [0.9], std: [1]}", 255, False),
        ("dataset: ImageFolder, normalize: {mean: [0.9], std: [1]}", 0, True),
        ("dataset: ImageFolder, normalize: {mean: [0.5], std: [1]}", 255, False),
    ],
)
def test_a_ground_unlike_that_of_the_data_is_noticed(
    tmp_path: Path, data: str, ground: int, seems: bool
) -> None:
    picture = Image.new("L", (28, 28), ground)
    picture.paste(255 - ground, (8, 8, 20, 20))
    prepare = preparation(tmp_path, data)

    assert prepared(prepare, picture).seems_inverted is seems


def test_inverting_swaps_light_and_dark(tmp_path: Path) -> None:
    prepare = preparation(tmp_path, "dataset: MNIST, prepare: [{Pad: {padding: 2}}]", "[1, 32, 32]")
    found = prepared(prepare, Image.new("L", (28, 28), 255), invert=True)

    assert "inverted" in found.steps
    assert found.images.max() == 0  # what is padded, too
    assert not found.seems_inverted


def test_a_network_that_takes_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="input-mismatch"):
        preparation(tmp_path, "dataset: ImageFolder", "[2, 8, 8]")
