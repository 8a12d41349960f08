"""Which layers there are, by the text of their files.

A spec uses a handful of kinds, and making the classes of all takes longer than checking it. So a
file is looked through for what it declares, and imported where one of its kinds is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from archspec.layers.base import Layer

_NAMES = re.compile(
    r'    kind: ClassVar\[str\] = "(?P<kind>\w+)"\n'
    r'    label: ClassVar\[str\] = "(?P<label>[^"]+)"\n'
)
_STEP = "    is_step: ClassVar[bool] = True\n"


class Declared(NamedTuple):
    """A layer as its file declares it; nothing of it is imported yet."""

    kind: str
    label: str
    module: str

    def load(self) -> type[Layer]:
        """Import the file and return the class."""
        for value in vars(import_module(self.module)).values():
            if isinstance(value, type) and issubclass(value, Layer):
                is_own = value.__module__ == self.module
                if is_own and vars(value).get("kind") == self.kind:
                    return value
        raise AssertionError(f"{self.module} declares {self.kind!r} and has no such class")


def declared_in(folder: Path, package: str) -> Iterator[Declared]:
    """Give every layer of a package's folder, file by file, in the order in which they stand.

    A layer is a class that writes `kind` and `label` one below the other; no step is one.
    """
    for path in sorted(folder.glob("[a-z]*.py")):
        _, *bodies = path.read_text(encoding="utf-8").split("\nclass ")
        for body in bodies:
            names = _NAMES.search(body)
            if names and _STEP not in body:
                yield Declared(names["kind"], names["label"], f"{package}.{path.stem}")
