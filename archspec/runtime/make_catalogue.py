"""Writes what the installed torch and torchvision have into archspec/language/catalogue.txt.

    python -m archspec.runtime.make_catalogue

`archspec check` knows names and arguments of their classes from that file, without importing them.
What other versions have stays in it: run it with the oldest and with the newest one admitted.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch
import torchvision

from archspec.language.catalogue import (
    FILE,
    Bounds,
    Catalogue,
    Known,
    number_of,
    package_of,
    read_catalogue,
)
from archspec.language.takes.classes import WITHHELD
from archspec.record import write_atomically
from archspec.runtime.augment.construct import known_transforms
from archspec.runtime.data.load import OFFERED
from archspec.runtime.recipe.loss import LOSSES
from archspec.runtime.recipe.optimizer import OPTIMIZERS
from archspec.runtime.recipe.schedule import SCHEDULERS

HEAD = """\
# Made by `python -m archspec.runtime.make_catalogue` with each of the versions below; `!` marks
# what has no default, `>` the last version that had it not yet, `<` the first that had it no more.
"""


def make_catalogue() -> Catalogue:
    """Return the names and arguments of every class of the installed versions.

    What the trainer gives itself is not among the arguments.
    """
    packages = {"torch": torch, "torchvision": torchvision}
    return Catalogue(
        {name: (package.__version__.partition("+")[0],) for name, package in packages.items()},
        {
            "optimizer": _classes(OPTIMIZERS, WITHHELD["optimizer"]),
            "scheduler": _classes(SCHEDULERS, WITHHELD["scheduler"]),
            "loss": _classes(LOSSES, WITHHELD["loss"]),
            "transform": _classes(known_transforms(), WITHHELD["transform"]),
            "dataset": {name: Known((), (), {}) for name in sorted(OFFERED)},
        },
    )


def joined(known: Catalogue, made: Catalogue) -> Catalogue:
    """Return a catalogue with what one more version has, in place of what was known of it."""
    versions = {
        package: tuple(sorted({*known.versions[package], version}, key=number_of))
        for package, (version,) in made.versions.items()
    }
    classes = {}
    for role, found in made.classes.items():
        package = package_of(role)
        (version,) = made.versions[package]
        others = [other for other in versions[package] if other != version]
        names = sorted({*known.classes[role], *found})
        both = ((name, known.classes[role].get(name), found.get(name)) for name in names)
        every = ((name, _joined(name, old, new, others, version)) for name, old, new in both)
        classes[role] = {name: one for name, one in every if one is not None}
    return Catalogue(versions, classes)


def as_text(catalogue: Catalogue) -> str:
    """Return a line for each class, so that a new version of torch reads as a diff."""
    lines = [HEAD.rstrip()]
    lines += (" ".join((name, *versions)) for name, versions in catalogue.versions.items())
    for role, classes in catalogue.classes.items():
        for name, known in classes.items():
            needed = (_marked(argument, f"{argument}!", known) for argument in known.needs)
            taken = (_marked(argument, argument, known) for argument in known.takes)
            lines.append(" ".join((role, _marked(name, name, known), *needed, *taken)))
    return "".join(f"{line}\n" for line in lines)


def _classes(known: Mapping[str, type[Any]], withheld: Collection[str]) -> dict[str, Known]:
    found = {}
    for name, made in sorted(known.items()):
        arguments = [
            argument
            for argument in inspect.signature(made).parameters.values()
            if argument.name not in withheld
            and argument.kind not in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD)
        ]
        found[name] = Known(
            tuple(a.name for a in arguments if a.default is a.empty),
            tuple(a.name for a in arguments if a.default is not a.empty),
            {},
        )
    return found


def _joined(
    name: str, old: Known | None, new: Known | None, others: Sequence[str], version: str
) -> Known | None:
    """Return what is known of a class; None when no version has it."""
    having = [*_having(name, name, old, others), *([version] if new else ())]
    if not having:
        return None
    bounds = {name: _bounds(having, [*others, version])}
    needs: list[str] = []
    takes: list[str] = []
    for argument in dict.fromkeys((*_arguments(new), *_arguments(old))):
        kept = [
            *_having(name, argument, old, others),
            *([version] if argument in _arguments(new) else ()),
        ]
        if not kept:
            continue
        bounds[argument] = _bounds(kept, having)
        # What some version has a default for, nobody has to write.
        is_needed = all(argument in k.needs for k in (new, old) if k and argument in _arguments(k))
        (needs if is_needed else takes).append(argument)
    return Known(tuple(needs), tuple(takes), {n: b for n, b in bounds.items() if any(b)})


def _arguments(known: Known | None) -> tuple[str, ...]:
    return (*known.needs, *known.takes) if known else ()


def _having(name: str, word: str, old: Known | None, others: Sequence[str]) -> list[str]:
    """Return the other versions that are known to have a class, or its argument."""
    if old is None or word not in (name, *_arguments(old)):
        return []
    both = [old.bounds.get(each, Bounds()) for each in (name, word)]
    return [other for other in others if not any(bounds.exclude(other) for bounds in both)]


def _bounds(having: Sequence[str], known: Sequence[str]) -> Bounds:
    """Return the known versions next to those that have something."""
    oldest, newest = min(map(number_of, having)), max(map(number_of, having))
    below = [version for version in known if number_of(version) < oldest]
    above = [version for version in known if number_of(version) > newest]
    return Bounds(max(below, key=number_of, default=""), min(above, key=number_of, default=""))


def _marked(name: str, shown: str, known: Known) -> str:
    after, before = known.bounds.get(name, Bounds())
    return shown + (f">{after}" if after else "") + (f"<{before}" if before else "")


if __name__ == "__main__":
    write_atomically(FILE, as_text(joined(read_catalogue(), make_catalogue())).encode())
