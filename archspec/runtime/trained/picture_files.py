"""Pictures of people's own: found in files and folders, or read from standard input."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from archspec.diagnostics import Diagnostic, EnvironmentFault
from archspec.record import cannot_read
from archspec.runtime.data.faults import data_fault
from archspec.runtime.data.picture import (
    FORMATS,
    MOST_BYTES,
    LoadedPicture,
    not_a_file,
    read_picture,
    too_many_bytes,
)

STDIN = "-"
PIPES = ("/dev/fd/", "/proc/self/fd/")
"""Where a shell puts what it opened itself, and what has a writer therefore."""


def find_pictures(names: Sequence[str]) -> Iterator[str | EnvironmentFault]:
    """Give each file that is named, and each picture in a folder; a fault in place of what is not.

    `-` is standard input. A folder's pictures are those with an ending of a picture, by name;
    folders inside it are not looked into.
    """
    for name in names:
        path = Path(name)
        try:
            if name == STDIN:
                yield name
            elif not name or not path.exists():
                fact = f"there is no picture {name or 'without a name'}"
                yield EnvironmentFault([Diagnostic("missing-file", fact, None, "check the path")])
            elif path.is_dir():
                yield from _in_folder(path)
            elif not path.is_file() and not name.startswith(PIPES):
                yield not_a_file(name)
            else:  # a pipe such as `<(command)`, too
                yield name
        except OSError as fault:  # in a folder that may not be entered, or with too long a name
            yield cannot_read(path, fault)


def _in_folder(folder: Path) -> Iterator[str | EnvironmentFault]:
    known = {end for end, kind in Image.registered_extensions().items() if kind in FORMATS}
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in known)
    found = [str(path) for path in paths if path.is_file() and not path.name.startswith(".")]
    if not found:
        help = "name pictures, or the folder that they lie in; folders below are not looked into"
        yield data_fault("no-images", f"no pictures in the folder {folder}", help)
    yield from found


def picture_of(name: str) -> LoadedPicture:
    """Read a file, or standard input for `-`; raises `unreadable`, and as `read_picture`."""
    shown = "standard input" if name == STDIN else name
    try:
        if name == STDIN:
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(name).open("rb") as stream:
                content = stream.read(MOST_BYTES + 1)
    except OSError as fault:
        raise cannot_read(Path(shown), fault) from None
    if len(content) > MOST_BYTES:
        raise too_many_bytes(shown)
    return read_picture(io.BytesIO(content), shown)
