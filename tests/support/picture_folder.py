"""Folders of small pictures, PNG and JPEG, in which the class shows; and how they are loaded."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision.transforms.v2.functional import to_pil_image

from archspec.language.sections import Call, Data
from archspec.runtime.data import Dataset, Images, Streamed, load_data, workers
from archspec.runtime.data.limits import MEMORY, WORKERS

CLASSES = ("ant", "bee", "cow")
PREPARE = (Call("Resize", {"size": [8, 8]}), Call("Grayscale", {}))


def write_folder(root: Path, train: int = 30, test: int = 9) -> Path:
    """Write noise in two sizes with a bright row for the class; every second file is a JPEG."""
    generator = torch.Generator().manual_seed(1)
    for part, count in (("train", train), ("test", test)):
        for number in range(count):
            side = 12 if number % 4 else 10
            pixels = torch.randint(0, 120, (3, side, side), generator=generator, dtype=torch.uint8)
            pixels[:, 3 * (number % 3) + 1] = 250
            ending = "jpg" if number % 2 else "png"
            path = root / part / CLASSES[number % 3] / f"{number:03}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            to_pil_image(pixels).save(path)
    return root


def load(root: Path, *prepare: Call) -> Dataset:
    """Return the folder, prepared to 1×8×8 unless told otherwise."""
    return load_data(Data(dataset="ImageFolder", prepare=prepare or PREPARE), data_dir=root)


@contextlib.contextmanager
def streaming(workers_count: int, chunk: int = 4, memory: str = "0") -> Iterator[None]:
    """Have folders streamed by so many workers, in small chunks; none may be left at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MEMORY, memory)
        patch.setenv(WORKERS, str(workers_count))
        patch.setattr(workers, "CHUNK", chunk)
        yield
    assert multiprocessing.active_children() == []


def in_memory(part: Any) -> Images:
    """Return a part that lies in memory."""
    assert isinstance(part, Images)
    return part


def streamed(part: Any) -> Streamed:
    """Return a part that is streamed."""
    assert isinstance(part, Streamed)
    return part


def damage(path: Path) -> None:
    """Cut a picture off in its second half."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
