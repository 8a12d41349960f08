"""The one way of reading a file of the user's: an ordinary one, and no more than is asked."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Opening a pipe would wait for its writer."""


def open_ordinary(path: Path, most: int) -> BinaryIO:
    """Open a file of at most so many bytes for reading.

    Raises OSError: also for what is no ordinary file, is larger, or has a name that cannot be one.
    """
    try:
        _ensure_ordinary(path.stat(), most)  # opening a device may be an order to it
        stream = os.fdopen(os.open(path, _FLAGS), "rb")
    except (ValueError, UnicodeError) as fault:
        raise OSError(errno.EINVAL, f"its name cannot be one: {fault}") from None
    try:
        _ensure_ordinary(os.fstat(stream.fileno()), most)
    except BaseException:
        stream.close()
        raise
    return stream


def is_ordinary(path: Path) -> bool:
    """Return whether there is an ordinary file, under a name that may be any text."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or in a folder that cannot be entered
        return False


def read_ordinary(path: Path, most: int) -> bytes:
    """Return the bytes of a file; OSError as `open_ordinary` has it."""
    with open_ordinary(path, most) as stream:
        content = stream.read(most + 1)
    if len(content) > most:  # it grows, or tells no size, as those under /proc
        raise _too_large(most)
    return content


def _ensure_ordinary(told: os.stat_result, most: int) -> None:
    kind = _KINDS.get(stat.S_IFMT(told.st_mode))
    if kind == "a folder":
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if kind is not None:
        raise OSError(errno.EINVAL, f"it is {kind} and no ordinary file")
    if told.st_size > most:
        raise _too_large(most)


def _too_large(most: int) -> OSError:
    return OSError(errno.EFBIG, f"it is larger than {most:,} bytes")
