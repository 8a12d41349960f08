"""Files that are there as a whole or not at all, whenever the process dies."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from archspec.diagnostics import Diagnostic, EnvironmentFault, UsageError
from archspec.ordinary import read_ordinary

PART = ".part"
"""Ending of a file that is still being written; with the leading dot no reader looks at it."""

MOST_BYTES = 64 * 2**20
"""Of a file that is read whole; a record of 10,000 epochs takes 6 MB."""


def write_atomically(
    path: Path, content: bytes, *, before: bytes | None = None, is_new: bool = False
) -> None:
    """Put `content` at `path` in one step; an ordinary file that stood there keeps its mode.

    The bytes go to a hidden file in the same folder, reach the disk, and are renamed. before: what
    was read there, which must stand there still. is_new: nothing may stand there.

    Raises EnvironmentFault when the disk is full, the folder cannot be written, or what stands
    there is read-only, no ordinary file or another content than `before`, UsageError for a file
    where `is_new`; `path` then stays as is.
    """
    try:
        old = _replaceable(path, is_new)
        part = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}{PART}")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            try:
                write_whole(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if old is not None:
                _make_like(part, old)
            # The last look comes after the slow part: an editor may have saved in the meantime.
            _replaceable(path, is_new)
            if before is not None and path.read_bytes() != before:
                fact = f"{path} was changed by another program meanwhile, and is left alone"
                help = "run the command again"
                raise EnvironmentFault([Diagnostic("changed-meanwhile", fact, None, help)])
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


def _replaceable(path: Path, is_new: bool) -> os.stat_result | None:
    """Return what is known of the file at a path, None without one; raises for what must stay."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    reason = help = ""
    if stat.S_ISLNK(found.st_mode):
        reason, help = "it is a link", f"name the file itself: {path.readlink()}"
    elif not stat.S_ISREG(found.st_mode):
        reason, help = "it is no ordinary file", "name a file"
    elif is_new:
        help = "choose another name, or remove it first"
        raise UsageError([Diagnostic("file-exists", f"{path} is there already", None, help)])
    elif not found.st_mode & 0o222 or not os.access(path, os.W_OK):
        # The folder would let us replace a file that its owner has protected.
        reason, help = "it is read-only", "choose another file, or let this one be written"
    if reason:
        fact = f"cannot write {path}: {reason}"
        raise EnvironmentFault([Diagnostic("unwritable", fact, None, help)])
    return found


def _make_like(part: Path, old: os.stat_result) -> None:
    """Give a file the mode of the one that it replaces, and its owner where the system lets us."""
    with contextlib.suppress(AttributeError, OSError):
        os.chown(part, old.st_uid, old.st_gid)
    part.chmod(stat.S_IMODE(old.st_mode))


def read_whole(path: Path) -> bytes:
    """Return the bytes of an ordinary file; EnvironmentFault when it cannot be read."""
    try:
        return read_ordinary(path, MOST_BYTES)
    except OSError as fault:
        raise cannot_read(path, fault) from None


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where it is missing; EnvironmentFault if that fails."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise cannot_write(path, fault) from None


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
