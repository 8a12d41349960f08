"""Makes a Python that cannot import the packages of ARCHSPEC_WITHOUT, for tests and their children.

Its folder comes first on PYTHONPATH. A package that is there and broken has its name as `name=` and
the words of its fault behind it: it fails as one whose shared library is missing.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class Broken(Loader):
    """Loads a package whose own code fails."""

    def __init__(self, words: str) -> None:
        self.words = words

    def exec_module(self, module: ModuleType) -> None:
        """Fail in the module's own code."""
        code = compile("raise OSError(words)", f"{module.__name__}/__init__.py", "exec")
        exec(code, {**vars(module), "words": self.words})


class Without(MetaPathFinder):
    """Finds none of the packages; each maps to the words of its fault, "" for one not there."""

    def __init__(self, packages: dict[str, str]) -> None:
        self.packages = packages

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse a package that is not there, load one that is broken, leave all others alone."""
        if name not in self.packages:
            return None
        if words := self.packages[name]:
            return importlib.util.spec_from_loader(name, Broken(words), is_package=True)
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)


_given = filter(None, os.environ.get("ARCHSPEC_WITHOUT", "").split(";"))
sys.meta_path.insert(0, Without({n: words for n, _, words in (g.partition("=") for g in _given)}))
