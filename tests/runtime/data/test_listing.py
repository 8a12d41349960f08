"""A folder counts what torchvision would, each file once; it says what is left out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from torchvision import datasets

from archspec.diagnostics import EnvironmentFault
from archspec.runtime.data.listing import list_folder
from archspec.runtime.data.picture import MOST_BYTES

CLASSES = ("blue", "red")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with two classes of three files in each part; nothing reads them."""
    for part in ("train", "test"):
        for name in CLASSES:
            for number in range(3):
                touch(tmp_path / part / name / f"{number}.png")
    return tmp_path


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def counts(root: Path) -> tuple[int, int, str]:
    train, test, notes = list_folder(root)
    return len(train.samples), len(test.samples), "\n".join(notes)


def test_files_folders_and_order_are_those_of_torchvision(root: Path) -> None:
    for name in ("b/2.JPG", "b c/1.tif", "b/c/x.webp", "b-/1.ppm", "10.png", "B.Png", "notes.txt"):
        touch(root / "train" / "red" / name)
    train, test, _ = list_folder(root)

    for part, found in (("train", train), ("test", test)):
        theirs = datasets.ImageFolder(root / part)
        assert found.classes == tuple(theirs.classes)
        assert [(str(root / name), label) for name, label in found.samples] == theirs.samples
    assert len(train.samples) == 6 + 6


def test_a_plain_folder_needs_no_words(root: Path) -> None:
    assert counts(root) == (6, 6, "")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["red/.ipynb_checkpoints/0-checkpoint.png"], "hidden): train/red/.ipynb_checkpoints"),
        ([".ipynb_checkpoints/0.png"], "hidden): train/.ipynb_checkpoints"),
        (["red/._0.png", "red/.DS_Store"], "hidden): train/red/._0.png"),
        (["red/a.jfif", "red/b.jfif", "blue/c.GIF", "x.txt"], "2 .jfif and 1 .gif"),
        (["red/a.b1", "red/a.b2", "red/a.b3", "red/a.b4"], "1 .b1, 1 .b2, 1 .b3 and 1 more"),
        (["red/README"], "1 without one"),
        (["a.png"], "outside of the classes): train/a.png"),
    ],
)
def test_what_is_left_out_is_said(root: Path, names: list[str], said: str) -> None:
    for name in names:
        touch(root / "train" / name)
    train, test, notes = counts(root)

    assert (train, test) == (6, 6)
    assert notes.count("\n") == 0
    assert said in notes


def test_a_part_that_is_not_used_is_said(root: Path) -> None:
    touch(root / "val" / "red" / "0.png")
    train, test, notes = counts(root)

    assert (train, test) == (6, 6)
    assert "val/ is not used" in notes
    assert "`data.validation`" in notes


LINKS: dict[str, tuple[dict[str, str], tuple[int, int], str]] = {
    "into itself": ({"train/red/again": "."}, (6, 6), "train/red/again"),
    "twice": ({"train/red/again": ".", "train/red/more": "."}, (6, 6), "again and train/red/more"),
    "up": ({"train/red/up": "../.."}, (6, 6), "train/red/up"),
    "to another class": ({"train/red/x": "../blue"}, (6, 6), "train/red/x"),
    "to a file beside it": ({"train/red/9.png": "0.png"}, (6, 6), "train/red/9.png"),
    "from test to train": ({"test/red/9.png": "../../train/red/0.png"}, (6, 6), "test/red/9.png"),
    "from train to test": ({"train/red/9.png": "../../test/red/0.png"}, (6, 6), "train/red/9.png"),
    "to pictures elsewhere": ({"train/red/x": "../../more"}, (8, 6), ""),
    "to them in two ways": (
        {"train/red/x": "../../more", "test/red/x": "../../more"},
        (6, 8),
        "train/red/x",
    ),
    "a class": ({"train/green": "../more", "test/green": "../others"}, (8, 7), ""),
}


@pytest.mark.parametrize(("links", "expected", "said"), LINKS.values(), ids=LINKS)
def test_a_file_counts_once_however_many_links_lead_to_it(
    root: Path, links: dict[str, str], expected: tuple[int, int], said: str
) -> None:
    for name in ("more/1.png", "more/2.png", "others/1.png"):
        touch(root / name)
    for name, target in links.items():
        (root / name).symlink_to(target)
    train, test, notes = counts(root)

    assert (train, test) == expected
    assert (said in notes) if said else not notes


def test_folders_that_link_to_each_other_in_many_ways_are_gone_through_once(root: Path) -> None:
    for number in range(40):
        touch(root / f"deep/{number}/{number}.png")
        for name in ("a", "b"):  # 2^40 ways to the last one
            (root / f"deep/{number}/{name}").symlink_to(f"../{number + 1}")
    (root / "deep/40").mkdir()
    (root / "train/red/deep").symlink_to("../../deep/0")

    assert counts(root)[:2] == (46, 6)


def test_a_second_name_of_a_test_picture_is_none_to_train_on(root: Path) -> None:
    (root / "train/red/9.png").hardlink_to(root / "test/red/0.png")
    train, test, notes = list_folder(root)

    assert (len(train.samples), len(test.samples)) == (6, 6)
    assert "train/red/9.png" in "".join(notes)


def test_a_test_part_that_is_the_training_part_is_refused(root: Path) -> None:
    (root / "test").rename(root / "kept")
    (root / "test").symlink_to("train")

    with pytest.raises(EnvironmentFault, match=r"no pictures in.*blue.*another way.*test/blue"):
        list_folder(root)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("pipe.png", lambda path: os.mkfifo(path), "not-an-image.*pipe.png is no file"),
        ("zero.png", lambda path: path.symlink_to("/dev/zero"), "not-an-image.*zero.png is no"),
        ("gone.png", lambda path: path.symlink_to("gone"), "unreadable-data.*gone.png"),
        ("loop.png", lambda path: path.symlink_to("loop.png"), "unreadable-data.*loop.png"),
        ("much.png", sparse, "image-too-large.*much.png has more than 536,870,912 bytes"),
    ],
)
def test_what_only_has_the_name_of_a_picture_is_refused(
    root: Path, name: str, make: Callable[[Path], object], said: str
) -> None:
    make(root / "train" / "red" / name)
    with pytest.raises(EnvironmentFault, match=said):
        list_folder(root)


def test_a_pipe_of_another_name_is_left_alone(root: Path) -> None:
    os.mkfifo(root / "train" / "red" / "pipe")
    assert counts(root)[:2] == (6, 6)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text_is_told_as_one(root: Path) -> None:
    (root / "train" / "red" / ".\udcff\n\x1b").mkdir()
    touch(root / "train" / "red" / "\udcff.png")
    train, test, notes = counts(root)

    assert (train, test) == (7, 6)
    assert "hidden): train/red/.\ufffd\ufffd\ufffd" in notes
    (root / "train" / "r\udcff").mkdir()
    with pytest.raises(EnvironmentFault, match="class train/r\ufffd cannot be written"):
        list_folder(root)
