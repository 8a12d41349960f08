"""A folder of pictures looked through once: the digest of its files, and what sizes there are."""

from __future__ import annotations

import hashlib
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from archspec.runtime.data.faults import unreadable
from archspec.runtime.data.files import Files
from archspec.runtime.data.known import Survey, known_at, read_known, write_known
from archspec.runtime.data.picture import open_file, upright_size
from archspec.runtime.machine.threads import usable_cores

AT_ONCE = 1024
"""Files between two moments at which Ctrl-C is heard."""


def survey(files: Files) -> Survey:
    """Read every file once, without decoding it; what is known of a large folder is not read again.

    Raises EnvironmentFault when a file cannot be read (`unreadable-data`), and as `upright_size`.
    """
    path = known_at(files)
    found = read_known(path, len(files)) if path else None
    if found is None:
        found = _read_all(files)
        if path:
            write_known(path, found)
    return found


def _read_all(files: Files) -> Survey:
    sums = bytearray(32 * len(files))
    sizes: dict[tuple[int, int], int] = {}
    with warnings.catch_warnings(), ThreadPoolExecutor(usable_cores()) as threads:
        warnings.simplefilter("ignore")
        for start in range(0, len(files), AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, len(files)))
            for number, (total, size) in zip(
                numbers, threads.map(lambda n: _look(files[n]), numbers), strict=True
            ):
                sums[32 * number : 32 * number + 32] = total
                sizes.setdefault(size, number)
    lines = hashlib.sha256()
    for number in sorted(range(len(files)), key=files.name):
        total = bytes(sums[32 * number : 32 * number + 32])
        lines.update(_line(total, files.name(number)))
    return Survey(lines.hexdigest(), sizes)


def _look(path: Path) -> tuple[bytes, tuple[int, int]]:
    try:
        with open_file(path) as file:
            total = hashlib.file_digest(file, "sha256").digest()
            file.seek(0)
            return total, upright_size(file, path)
    except OSError as fault:
        raise unreadable(path, fault) from None


def _line(total: bytes, name: bytes) -> bytes:
    """Return a line of GNU sha256sum, which marks a line where it escapes the name."""
    escaped = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    mark = b"\\" if escaped != name else b""
    return mark + total.hex().encode() + b"  " + escaped + b"\n"
