"""Writes archspec/language/catalogue.txt out of the torch and torchvision that are installed.

    python -m archspec.runtime.make_catalogue

`archspec check` knows names and arguments of their classes from that file, without importing them.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from typing import Any

import torch
import torchvision

from archspec.language.catalogue import FILE, Catalogue, Known
from archspec.record import write_atomically
from archspec.runtime.augment.construct import known_transforms
from archspec.runtime.data.load import OFFERED
from archspec.runtime.recipe.recipe import LOSSES, OPTIMIZERS, SCHEDULERS, WITHHELD

HEAD = "# Made by `python -m archspec.runtime.make_catalogue`; `!` marks what has no default."


def make_catalogue() -> Catalogue:
    """Return the names and arguments of every class that a spec may name.

    What the trainer gives itself is not among the arguments.
    """
    packages = {"torch": torch, "torchvision": torchvision}
    return Catalogue(
        {name: package.__version__.partition("+")[0] for name, package in packages.items()},
        {
            "optimizer": _classes(OPTIMIZERS, WITHHELD["optimizer"]),
            "scheduler": _classes(SCHEDULERS, WITHHELD["scheduler"]),
            "loss": _classes(LOSSES, WITHHELD["loss"]),
            "transform": _classes(known_transforms(), ()),
            "dataset": {name: Known((), ()) for name in sorted(OFFERED)},
        },
    )


def as_text(catalogue: Catalogue) -> str:
    """Return a line for each class, so that a new version of torch reads as a diff."""
    lines = [HEAD, *(f"{package} {version}" for package, version in catalogue.versions.items())]
    for role, classes in catalogue.classes.items():
        for name, known in classes.items():
            needed = (f"{argument}!" for argument in known.needs)
            lines.append(" ".join((role, name, *needed, *known.takes)))
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
        )
    return found


if __name__ == "__main__":
    write_atomically(FILE, as_text(make_catalogue()).encode())
