"""What is known of the classes of torch and torchvision without importing them.

catalogue.txt is made of a few versions of both; of a version beside them only itself knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from archspec.layers.synonyms import FIELDS, fold

FILE = Path(__file__).with_name("catalogue.txt")
OF_TORCHVISION = ("transform", "dataset")


class Bounds(NamedTuple):
    """The versions that have a name: none up to `after`, none from `before` on."""

    after: str = ""
    before: str = ""

    def exclude(self, version: str) -> bool:
        """Say whether a version is known to lack the name; between two known ones nothing is."""
        number = number_of(version)
        return bool(
            (self.after and number <= number_of(self.after))
            or (self.before and number >= number_of(self.before))
        )

    def in_words(self, package: str) -> str:
        """Return which versions have the name."""
        after = f"newer than {self.after}" if self.after else ""
        before = f"older than {self.before}" if self.before else ""
        return f"it needs a {package} {' and '.join(filter(None, (after, before)))}"


class Known(NamedTuple):
    """The arguments of a class: those that have no default, and the others.

    bounds: of the class and of arguments, by their names, where not every known version has them.
    """

    needs: tuple[str, ...]
    takes: tuple[str, ...]
    bounds: Mapping[str, Bounds]


class Catalogue(NamedTuple):
    """Role (optimizer, scheduler, loss, transform, dataset) → name → arguments; and of what.

    versions: package → the known ones, oldest first.
    """

    versions: Mapping[str, tuple[str, ...]]
    classes: Mapping[str, Mapping[str, Known]]


def wanted_version(role: str, name: str, argument: str = "") -> str | None:
    """Return in words which versions have a class, or its argument; None where nothing is known."""
    known = read_catalogue().classes[role].get(name)
    bounds = known.bounds.get(argument or name) if known else None
    return bounds.in_words(package_of(role)) if bounds else None


def package_of(role: str) -> str:
    """Return the package that the classes of a role come from."""
    return "torchvision" if role in OF_TORCHVISION else "torch"


def number_of(version: str) -> tuple[int, ...]:
    """Return a version as numbers that compare: 2.14.1+cpu is (2, 14, 1)."""
    return tuple(map(int, re.findall(r"\d+", version.partition("+")[0])[:3]))


def lacking(role: str, bounds: Bounds | None) -> str | None:
    """Return the installed version when it is known to lack a name with these bounds."""
    version = installed(package_of(role)) if bounds else None
    return version if version and bounds and bounds.exclude(version) else None


def unlisted(role: str) -> tuple[str, bool]:
    """Return a version that has no name beside those of the catalogue, and whether that is sure.

    It is of an installed version from the oldest to the newest known one; others may have more.
    """
    known = read_catalogue().versions[package_of(role)]
    version = installed(package_of(role))
    if version is None:
        return known[-1], False
    return version, number_of(known[0]) <= number_of(version) <= number_of(known[-1])


def installed(package: str) -> str | None:
    """Return the installed version of a package, None where it is not there."""
    from importlib import metadata  # slow to import

    try:
        return metadata.version(package).partition("+")[0]
    except metadata.PackageNotFoundError:
        return None


def is_certain(name: str, known: str) -> bool:
    """Say whether a name is another for certain: newer versions have names much like older ones."""
    one, other = fold(name), fold(known)
    return one == other or FIELDS.get(one) == known or sorted(one) == sorted(other)


@cache
def read_catalogue() -> Catalogue:
    """Return what catalogue.txt says, a class a line.

    `step_size!` is an argument that it needs, `Muon>2.6.0` came after that version, and
    `verbose<2.14.1` was gone by that one.
    """
    versions: dict[str, tuple[str, ...]] = {}
    classes: dict[str, dict[str, Known]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        role, *words = line.split()
        if role in ("torch", "torchvision"):
            versions[role] = tuple(words)
            continue
        bounds = {}
        for index, word in enumerate(words):
            if "<" in word or ">" in word:
                rest, _, before = word.partition("<")
                words[index], _, after = rest.partition(">")
                bounds[words[index].rstrip("!")] = Bounds(after, before)
        name, *arguments = words
        needs = tuple(a[:-1] for a in arguments if a.endswith("!"))
        takes = tuple(a for a in arguments if not a.endswith("!"))
        classes.setdefault(role, {})[name] = Known(needs, takes, bounds)
    return Catalogue(versions, classes)
