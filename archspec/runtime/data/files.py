"""The files of a folder by number, in a block that worker processes can share."""

from __future__ import annotations

import os
from array import array
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import final


@final
class Files:
    """Paths below a root, as one block of bytes.

    A list of a million strings takes ten times the room, and each worker would come to have a copy
    of its own: reading a string writes its count of references, and so copies the page it lies on.
    """

    def __init__(self, root: Path, names: Sequence[str]) -> None:
        """Take the files `names`, given relative to `root` and with `/` between folders."""
        encoded = [os.fsencode(name) for name in names]
        self.root = root
        self._block = b"".join(encoded)
        self._ends = array("q", accumulate(map(len, encoded)))

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self._ends)

    def name(self, number: int) -> bytes:
        """Return the path relative to the root, in the bytes of the file system."""
        start = self._ends[number - 1] if number else 0
        return self._block[start : self._ends[number]]

    def __getitem__(self, number: int) -> Path:
        """Return the path of a file by its number, from 0."""
        return self.root / os.fsdecode(self.name(number))
