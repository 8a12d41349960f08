"""Which pictures of a folder count, in which class; and what is left out, in words."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from torchvision.datasets.folder import IMG_EXTENSIONS

from archspec.diagnostics.cells import visible
from archspec.diagnostics.words import few, listed
from archspec.runtime.data.faults import RUNS_ANYWHERE, data_fault, unreadable
from archspec.runtime.data.picture import MOST_BYTES, not_a_file, too_many_bytes

LAYOUT = "ImageFolder expects train/<class>/… and test/<class>/… (or val/) in the folder"

MOST_NAMED = 3
"""Of what is left out."""

Class = tuple[str, str]
"""A part and the name of a class in it."""


@final
@dataclass(frozen=True, slots=True)
class ListedPart:
    """One part of a folder. samples: path from the folder, `/` between its folders, and class."""

    classes: tuple[str, ...]
    samples: list[tuple[str, int]]


def list_folder(root: Path) -> tuple[ListedPart, ListedPart, tuple[str, ...]]:
    """Return the training part, the test part, and notes on what of the folder is not used.

    They hold what torchvision's ImageFolder would count, in its order, but for what is hidden, and
    each file once, however many links lead to it: no test picture is trained on. Raises
    EnvironmentFault: `missing-data`, `foreign-data`, `unreadable-data`, and `not-an-image` or
    `image-too-large` for what only has the name of a picture.
    """
    try:
        tests = [name for name in ("test", "val") if (root / name).is_dir()]
        if not (root / "train").is_dir() or not tests:
            lacking = "test or val" if (root / "train").is_dir() else "train"
            help = f"{LAYOUT}; {RUNS_ANYWHERE}"
            raise data_fault("missing-data", f"no folder {lacking} in {root}", help)
        search = _Search(root)
        search.fence()
        test_classes, classes = search.begin(tests[0]), search.begin("train")
        search.follow_links()
    except OSError as fault:
        raise unreadable(Path(fault.filename or root), fault) from None
    if classes != test_classes:
        odd = ", ".join(sorted(set(classes) ^ set(test_classes)))
        message = f"{root / 'train'} and {root / tests[0]} have different classes: {odd}"
        raise data_fault("foreign-data", message, LAYOUT)
    notes = search.notes()
    train, test = (_part(search, name, classes, notes) for name in ("train", tests[0]))
    if len(tests) > 1:
        cure = "`data.validation` holds some of train/ out"
        notes.append(f"val/ is not used, since there is test/: {cure}")
    return train, test, tuple(notes)


def _part(search: _Search, part: str, classes: tuple[str, ...], notes: Sequence[str]) -> ListedPart:
    samples = []
    for number, name in enumerate(classes):
        found = search.found.pop((part, name), [])
        if not found:
            message = f"no pictures in {search.root / part / name}"
            raise data_fault("missing-data", message, "; ".join([*notes, LAYOUT]))
        # torchvision sorts the folders by their whole names, and then the names in each.
        samples += [(f"{folder}/{file}", number) for folder, file in sorted(found)]
    return ListedPart(classes, samples)


@final
@dataclass(slots=True)
class _Search:
    """Goes through folders, then through the links that it met, and into nothing twice.

    found: the folder of each picture, from the root, and its name. Places are given so, too.
    """

    root: Path
    found: dict[Class, list[tuple[str, str]]] = field(default_factory=dict)
    seen: dict[int, set[int]] = field(default_factory=dict)
    links: list[tuple[str, Class]] = field(default_factory=list)
    endings: Counter[str] = field(default_factory=Counter)
    hidden: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def fence(self) -> None:
        """Take the folders that hold all this for seen: a link to one of them leads back."""
        whole = self.root.resolve()
        for folder in (whole, *whole.parents):
            self._is_new("", folder.stat())

    def begin(self, part: str) -> tuple[str, ...]:
        """Go through a part, and return the names of its classes."""
        names = []
        for entry in self._entries(part):
            place = f"{part}/{entry.name}"
            if self._is_hidden(entry, place):
                continue
            if not entry.is_dir():
                if is_named_picture(entry.name):
                    self.outside.append(place)
                continue
            if entry.name != _plain(entry.name):
                message = f"the name of the class {_plain(place)} cannot be written down"
                raise data_fault("foreign-data", message, "rename the folder, in UTF-8")
            names.append(entry.name)
            if entry.is_symlink() or (self.root / part).is_symlink():
                self.links.append((place, (part, entry.name)))
            else:
                self._enter(place, (part, entry.name))
        if not names:
            message = f"no folder of a class in {self.root / part}"
            raise data_fault("missing-data", message, LAYOUT)
        return tuple(names)

    def follow_links(self) -> None:
        """Go where the links lead, and where those lead that are met there."""
        while self.links:
            links, self.links = sorted(self.links), []
            for place, its_class in links:
                folder, _, name = place.rpartition("/")
                if (self.root / place).is_dir():
                    self._enter(place, its_class)
                else:
                    self._take(folder, name, its_class)

    def notes(self) -> list[str]:
        """Return what is left out, in words."""
        ordered = sorted(self.endings.items(), key=lambda pair: (-pair[1], pair[0]))
        left_out = {
            "other endings than those of pictures": [
                f"{count:,} {ending}" for ending, count in ordered
            ],
            "hidden": self.hidden,
            "another way to what is counted": self.again,
            "outside of the classes": self.outside,
        }
        return [
            _plain(f"left out of {self.root} ({why}): {listed(few(what, MOST_NAMED))}")
            for why, what in left_out.items()
            if what
        ]

    def _enter(self, place: str, its_class: Class) -> None:
        waiting = [place]
        while waiting:
            folder = waiting.pop()
            if not self._is_new(folder, (self.root / folder).stat()):
                continue
            for entry in self._entries(folder):
                place = f"{folder}/{entry.name}"
                if self._is_hidden(entry, place):
                    continue
                if entry.is_symlink():
                    self.links.append((place, its_class))
                elif entry.is_dir():
                    waiting.append(place)
                else:
                    self._take(folder, entry.name, its_class)

    def _take(self, folder: str, name: str, its_class: Class) -> None:
        if not is_named_picture(name):
            self.endings[Path(name).suffix.lower() or "without one"] += 1
            return
        place = f"{folder}/{name}"
        told = (self.root / place).stat()
        if not stat.S_ISREG(told.st_mode):
            raise not_a_file(self.root / place)
        if told.st_size > MOST_BYTES:
            raise too_many_bytes(self.root / place)
        if self._is_new(place, told):
            self.found.setdefault(its_class, []).append((folder, name))

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        with os.scandir(self.root / folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)

    def _is_new(self, place: str, told: os.stat_result) -> bool:
        seen = self.seen.setdefault(told.st_dev, set())
        if told.st_ino and told.st_ino in seen:  # some file systems of Windows number nothing
            self.again.append(place)
            return False
        seen.add(told.st_ino)
        return True

    def _is_hidden(self, entry: os.DirEntry[str], place: str) -> bool:
        is_hidden = entry.name.startswith(".")
        if is_hidden and (entry.is_dir() or is_named_picture(entry.name)):
            self.hidden.append(place)
        return is_hidden


def _plain(text: str) -> str:
    """Return a text without what no record and no terminal takes: it may come from any disk."""
    return visible(text.replace("\n", "\r"))


def is_named_picture(name: str) -> bool:
    """Return whether torchvision's ImageFolder takes a file of this name for a picture."""
    return name.lower().endswith(IMG_EXTENSIONS)
