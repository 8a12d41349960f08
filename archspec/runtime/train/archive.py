"""Torch's archives, loaded only where they hold what was written and claim no more than they hold.

Torch never looks at the checksums that it writes, unpacks whatever an archive claims, and 2.6 takes
a tensor's length from the pickle, past the end of the bytes that are there.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Iterable
from os import SEEK_END
from typing import Any, BinaryIO

import torch

MOST_PICKLED = 8 * 2**20
"""Bytes of the pickle: names, numbers and shapes, which for 5,000 tensors take one of them."""

WIDTHS = {"Double": 8, "Long": 8, "Float": 4, "Int": 4, "Half": 2, "BFloat16": 2, "Short": 2}
"""Bytes of a number in the kinds of storage where it is more than one."""


def load_archive(stream: BinaryIO) -> Any:
    """Return what torch.save wrote, on the CPU; faults of many types where it did not.

    Torch is given an archive made anew: the two readers of archives could differ in what they see.
    """
    size = stream.seek(0, SEEK_END)
    made = io.BytesIO()
    with zipfile.ZipFile(stream) as archive, zipfile.ZipFile(made, "w") as anew:
        held = {entry.filename.partition("/")[2]: entry for entry in archive.infolist()}
        if len(held) != len(archive.infolist()) or held["data.pkl"].file_size > MOST_PICKLED:
            raise ValueError("its entries are not those of torch")
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in held.values()):
            raise ValueError("its entries are packed, as torch never does it")
        if sum(entry.file_size for entry in held.values()) > size:
            raise ValueError("its entries overlap")
        for name, entry in held.items():
            anew.writestr(f"archive/{name}", archive.read(entry))  # which compares the checksum
        with archive.open(held["data.pkl"]) as content:
            _Claims(content, {name: entry.file_size for name, entry in held.items()}).load()
    made.seek(0)
    loaded = torch.load(made, map_location="cpu", weights_only=True)
    _ensure_plain(loaded)
    return loaded


class _Inert:
    """Stands for all that a pickle names; takes whatever is done to it."""

    def __init__(self, *_: object, **__: object) -> None:
        """Take any arguments."""

    def __setstate__(self, _: object) -> None:
        """Take any state."""

    def __setitem__(self, _: object, __: object) -> None:
        """Take any item, as OrderedDict does."""

    def extend(self, _: Iterable[object]) -> None:
        """Take any items."""

    def append(self, _: object) -> None:
        """Take any item."""


class _Claims(pickle._Unpickler):  # Python's own: that in C makes room for any number of memos
    """Goes through a pickle without calling anything, and compares the storages that it names."""

    def __init__(self, content: Any, sizes: dict[str, int]) -> None:
        super().__init__(content)
        self.sizes = sizes

    def find_class(self, module: str, name: str) -> type:
        """Return an inert class that keeps the name."""
        return type(name, (_Inert,), {})

    def persistent_load(self, saved: Any) -> _Inert:
        """Compare a storage with the bytes behind it."""
        _, kind, key, _, count = saved
        size = WIDTHS.get(kind.__name__.removesuffix("Storage"), 1)
        if self.sizes[f"data/{key}"] != count * size:
            raise ValueError(f"data/{key} is not of the size that is claimed")
        return _Inert()


def _ensure_plain(value: Any) -> None:
    """Refuse tensors that stand for more numbers than the file holds, or for none."""
    rest, seen = [value], set[int]()
    while rest:
        value = rest.pop()
        if isinstance(value, torch.Tensor):
            if value.layout != torch.strided or value.device.type != "cpu":
                raise ValueError("a tensor is no dense one")
            if value.numel() * value.element_size() > value.untyped_storage().nbytes():
                raise ValueError("a tensor repeats numbers")
        elif isinstance(value, dict | list | tuple | set) and id(value) not in seen:
            seen.add(id(value))
            rest += [*value, *value.values()] if isinstance(value, dict) else value
