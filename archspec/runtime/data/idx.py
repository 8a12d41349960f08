"""IDX, the format of MNIST: two zero bytes, a type, the number of axes, their sizes, the values.

Source: http://yann.lecun.com/exdb/mnist, "THE IDX FILE FORMAT". Type 0x08 is an unsigned byte;
sizes have 32 bits, the high byte first.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import torch

from archspec.runtime.data.faults import data_fault, reason_of

UNSIGNED_BYTE = 0x08
CHUNK = 1 << 20
MOST = 2**30
"""Bytes of values; MNIST has 47 million. Packed, a thousandth of them may hold as many."""

AGAIN = "fetch the file again"


def read_idx(path: Path, axes: int, most: int = MOST) -> torch.Tensor:
    """Return the values of a packed (gzip) or unpacked IDX file of bytes, uint8 of its own shape.

    most: values that it may hold. Raises EnvironmentFault: `unreadable-data`, `foreign-data` (not
    IDX, not bytes, other axes), `truncated-data`, `corrupt-data` (broken gzip, too many bytes).
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"  # by content: browsers unpack and keep the name
            raw.seek(0)
            if not packed:
                return _read(path, raw, axes, most)
            with gzip.GzipFile(fileobj=raw) as unpacked:
                return _read(path, cast("BinaryIO", unpacked), axes, most)
    except EOFError:
        raise data_fault("truncated-data", f"{path} ends in mid-stream", AGAIN) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        message = f"{path} is no sound gzip file: {reason_of(error)}"
        raise data_fault("corrupt-data", message, AGAIN) from None
    except OSError as error:
        message = f"cannot read {path}: {reason_of(error)}"
        raise data_fault("unreadable-data", message) from None


def _read(path: Path, file: BinaryIO, axes: int, most: int) -> torch.Tensor:
    start = file.read(4)
    if start[:2] != b"\0\0":
        shown = start.hex(" ") or "nothing"
        raise data_fault("foreign-data", f"{path} is no IDX file: it starts with {shown}", AGAIN)
    if len(start) < 4:
        raise data_fault("truncated-data", f"{path} ends within its header", AGAIN)
    if start[2] != UNSIGNED_BYTE:
        raise data_fault(
            "foreign-data", f"{path} holds IDX values of type 0x{start[2]:02x}, not bytes (0x08)"
        )
    if start[3] != axes:
        raise data_fault("foreign-data", f"{path} holds {start[3]} axes, expected {axes}")
    header = file.read(4 * axes)
    if len(header) < 4 * axes:
        raise data_fault("truncated-data", f"{path} ends within its header", AGAIN)
    shape: tuple[int, ...] = struct.unpack(f">{axes}I", header)
    return _values(path, file, shape, most)


def _values(path: Path, file: BinaryIO, shape: tuple[int, ...], most: int) -> torch.Tensor:
    wanted = math.prod(shape)
    if wanted > most:
        message = f"{path} promises {wanted:,} bytes of values, more than {most:,}"
        raise data_fault("corrupt-data", message, AGAIN)
    # Chunk by chunk, since a damaged header can promise more than there is.
    values = bytearray()
    while len(values) <= wanted and (chunk := file.read(CHUNK)):
        values += chunk
    if len(values) < wanted:
        message = f"{path} promises {wanted:,} bytes of values and holds {len(values):,}"
        raise data_fault("truncated-data", message, AGAIN)
    if len(values) > wanted:
        message = f"{path} holds more than the {wanted:,} bytes that its header promises"
        raise data_fault("corrupt-data", message, AGAIN)
    if not wanted:
        raise data_fault("truncated-data", f"{path} holds no values: its shape is {shape}")
    return torch.frombuffer(values, dtype=torch.uint8).reshape(shape)
