"""Archives as torch writes them, changed in one place."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

Entry = tuple[zipfile.ZipInfo, bytes]


def rewritten(content: bytes, change: Callable[[zipfile.ZipInfo, bytes], Entry]) -> bytes:
    """Return the archive with each entry, or what stands for it, as `change` gives it."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(made, "w") as after:
        for entry in before.infolist():
            info = zipfile.ZipInfo(entry.filename)
            after.writestr(*change(info, before.read(entry)))
    return made.getvalue()


def flipped(content: bytes, bit: int) -> bytes:
    """Return the bytes with one bit turned over."""
    made = bytearray(content)
    made[bit // 8] ^= 1 << bit % 8
    return bytes(made)
