"""The catalogue says what is so of the torch and torchvision that it names."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
import torchvision
from torch import nn, optim
from torch.optim import lr_scheduler
from torchvision import datasets
from torchvision.transforms import v2

from archspec.language.catalogue import FILE, Known, read_catalogue
from archspec.runtime.make_catalogue import as_text, make_catalogue

HOMES: dict[str, Any] = {
    "optimizer": optim,
    "scheduler": lr_scheduler,
    "loss": nn,
    "transform": v2,
}
GIVEN = {"optimizer": ("params",), "scheduler": ("optimizer",), "loss": (), "transform": ()}
"""What the trainer gives itself, and cannot do without."""

MADE_OF = read_catalogue().versions
INSTALLED = {
    "torch": torch.__version__.partition("+")[0],
    "torchvision": torchvision.__version__.partition("+")[0],
}
same_versions = pytest.mark.skipif(
    MADE_OF != INSTALLED, reason=f"the catalogue is of {MADE_OF}, installed are {INSTALLED}"
)
EVERY = [
    (role, name)
    for role, known in read_catalogue().classes.items()
    if role in HOMES
    for name in known
]


def facts(role: str, name: str) -> tuple[inspect.Signature, Known]:
    """Return what a class takes, less what the trainer gives itself, and what is known of it."""
    signature = inspect.signature(getattr(HOMES[role], name))
    others = [p for p in signature.parameters.values() if p.name not in GIVEN[role]]
    return signature.replace(parameters=others), read_catalogue().classes[role][name]


@same_versions
def test_the_file_is_what_the_installed_versions_make() -> None:
    assert FILE.read_text("utf-8") == as_text(make_catalogue())


@same_versions
@pytest.mark.parametrize(("role", "name"), EVERY)
def test_a_class_takes_all_that_the_catalogue_says(role: str, name: str) -> None:
    signature, known = facts(role, name)

    assert signature.bind(**dict.fromkeys((*known.needs, *known.takes)))


@same_versions
@pytest.mark.parametrize(("role", "name"), EVERY)
def test_a_class_needs_what_the_catalogue_says_and_no_more(role: str, name: str) -> None:
    signature, known = facts(role, name)

    assert signature.bind(**dict.fromkeys(known.needs))
    for absent in known.needs:
        with pytest.raises(TypeError, match="missing a required argument"):
            signature.bind(**{name: 1 for name in known.needs if name != absent})


@same_versions
@pytest.mark.parametrize("name", read_catalogue().classes["dataset"])
def test_a_data_set_is_one_of_torchvision_or_built_in(name: str) -> None:
    assert name == "Digits" or hasattr(datasets, name)


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("optimizer", {"SGD", "Adam", "AdamW", "RMSprop"}),
        ("scheduler", {"StepLR", "OneCycleLR", "ReduceLROnPlateau", "CosineAnnealingLR"}),
        ("loss", {"CrossEntropyLoss", "NLLLoss", "MSELoss"}),
        ("transform", {"RandomRotation", "RandomCrop", "Resize", "Pad", "ColorJitter"}),
        ("dataset", {"MNIST", "CIFAR10", "ImageFolder", "Digits"}),
    ],
)
def test_what_everybody_uses_is_in_it(role: str, names: set[str]) -> None:
    assert names <= read_catalogue().classes[role].keys()


def test_the_text_is_read_as_it_was_written() -> None:
    assert as_text(read_catalogue()) == FILE.read_text("utf-8")
