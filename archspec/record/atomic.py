"""Files that are there as a whole or not at all, whenever the process dies."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from archspec.diagnostics import Diagnostic, EnvironmentFault
from archspec.ordinary import read_ordinary

PART = ".part"
"""Ending of a file that is still being written; with the leading dot no reader looks at it."""

MOST_BYTES = 64 * 2**20
"""Of a file that is read whole; a record of 10,000 epochs takes 6 MB."""


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`, replacing what stood there, in one step.

    The bytes go to a hidden file in the same folder, reach the disk, and are renamed. Raises
    EnvironmentFault when the disk is full or the folder cannot be written, and `path` stays as is.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}{PART}")
    try:
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            try:
                write_whole(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            part.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        sync_folder(path.parent)
    except OSError as fault:
        raise cannot_write(path, fault) from None


def remove_parts(folder: Path) -> None:
    """Remove what writers left in a folder when they were killed; none may be writing there."""
    with contextlib.suppress(OSError):
        for part in folder.glob(f".*.{'[0-9a-f]' * 12}{PART}"):
            part.unlink()


def read_whole(path: Path) -> bytes:
    """Return the bytes of an ordinary file; EnvironmentFault when it cannot be read."""
    try:
        return read_ordinary(path, MOST_BYTES)
    except OSError as fault:
        raise cannot_read(path, fault) from None


def write_whole(descriptor: int, content: bytes) -> None:
    """Write all of `content`; OSError when the disk takes only a part of it."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder reach the disk, where the system can do that (not on Windows)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cannot_write(path: Path, fault: OSError) -> EnvironmentFault:
    """Return the fault of a file that could not be written."""
    reason = (fault.strerror or str(fault)).lower()
    return EnvironmentFault(
        [
            Diagnostic(
                "unwritable",
                f"cannot write {path}: {reason}",
                help="make room on the disk, or choose a folder that can be written",
            )
        ]
    )


def cannot_read(path: Path, fault: OSError) -> EnvironmentFault:
    """Return the fault of a file that could not be read."""
    reason = (fault.strerror or str(fault)).lower()
    return EnvironmentFault(
        [
            Diagnostic(
                "unreadable",
                f"cannot read {path}: {reason}",
                help="check the path and its permissions",
            )
        ]
    )
