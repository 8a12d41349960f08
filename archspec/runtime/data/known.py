"""What was found out about a large folder, kept in the user's cache until a file in it changes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archspec.diagnostics import EnvironmentFault
from archspec.record import write_atomically
from archspec.runtime.data.files import Files
from archspec.runtime.data.folders import cache_folder

WORTH_BYTES = 2**28
"""Of files, from which on reading them takes long enough to remember what came of it."""

SETTLED = 5_000_000_000
"""Nanoseconds; a file that changed so lately may change again without its clock telling."""

VERSION = b"2"
"""Of what a survey finds out: that of an earlier one may have passed what is refused now."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is in a folder.

    digest: sha256, in hex, of the lines that `sha256sum` prints for the files, sorted by path.
    sizes: width and height of pictures, upright → the number of the first file that has them.
    """

    digest: str
    sizes: Mapping[tuple[int, int], int]


def known_at(files: Files) -> Path | None:
    """Return where the survey of these very files is kept, or would be; None for small folders.

    The name is the sha256 of all paths with size, inode, and times of change. None too where a file
    has only just changed, or cannot be asked.
    """
    seal = hashlib.sha256(VERSION + bytes(files.root.absolute()))
    total, newest = 0, 0
    for number in range(len(files)):
        try:
            told = files[number].stat()
        except OSError:  # whoever reads it says so
            return None
        total += told.st_size
        newest = max(newest, told.st_ctime_ns, told.st_mtime_ns)
        times = f"{told.st_size} {told.st_ino} {told.st_mtime_ns} {told.st_ctime_ns} "
        seal.update(times.encode() + files.name(number) + b"\0")
    if total < WORTH_BYTES or newest > time.time_ns() - SETTLED:
        return None
    try:
        return cache_folder() / "folders" / f"{seal.hexdigest()}.json"
    except EnvironmentFault:
        return None


def read_known(path: Path, count: int) -> Survey | None:
    """Return what is kept at `path` of `count` files; None when nothing sound is."""
    try:
        content = json.loads(path.read_bytes())
        digest, sizes = content["digest"], content["sizes"]
        found = {(int(width), int(height)): int(number) for width, height, number in sizes}
        highest = max(found.values())
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    is_sound = isinstance(digest, str) and len(digest) == 64 and highest < count
    return Survey(digest, found) if is_sound else None


def write_known(path: Path, found: Survey) -> None:
    """Keep a survey; a cache that cannot be written does without."""
    sizes = [[width, height, number] for (width, height), number in found.sizes.items()]
    with contextlib.suppress(OSError, EnvironmentFault):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({"digest": found.digest, "sizes": sizes}).encode())
