"""PNG and TIFF files byte by byte, for kinds of pictures that Pillow reads and does not write."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import numpy as np

PNG_START = b"\x89PNG\r\n\x1a\n"


def png(values: np.ndarray, colour: int, bits: int, **chunks: bytes) -> bytes:
    """Return a PNG of values [H, W, C], its colour type and bits; chunks go before the pixels."""
    height, width, _ = values.shape
    rows = values.reshape(height, -1)
    if bits == 16:
        packed = rows.astype(">u2").view(np.uint8)
    else:
        each = np.unpackbits(rows.astype(np.uint8)[:, :, None], axis=2)[:, :, 8 - bits :]
        packed = np.packbits(each.reshape(height, -1), axis=1)
    data = b"".join(b"\0" + row.tobytes() for row in packed)
    parts = {"IHDR": struct.pack(">2I5B", width, height, bits, colour, 0, 0, 0), **chunks}
    parts |= {"IDAT": zlib.compress(data), "IEND": b""}
    assert values.size
    return PNG_START + b"".join(_chunk(name.encode(), content) for name, content in parts.items())


def _chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def tiff(data: bytes, width: int, height: int, tags: Mapping[int, tuple[int, ...]]) -> bytes:
    """Return a little-endian TIFF with one strip; tags: as numbers of 16 bits, by their number."""
    known = {
        256: (width,),
        257: (height,),
        258: (8,),
        259: (1,),
        262: (1,),
        273: (8,),
        277: (1,),
        278: (height,),
        279: (len(data),),
    } | dict(tags)
    assert len(data) < 2**16
    behind = 8 + len(data)
    directory = struct.pack("<H", len(known))
    for tag, values in sorted(known.items()):
        assert len(values) <= 2, "what does not fit into an entry has an offset"
        directory += struct.pack("<HHI", tag, 3, len(values))
        directory += struct.pack(f"<{len(values)}H", *values).ljust(4, b"\0")
    return b"II*\0" + struct.pack("<I", behind) + data + directory + bytes(4)
