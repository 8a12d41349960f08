"""The catalogue says what is so of the torch and torchvision that are installed, whichever."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from torch import nn, optim
from torch.optim import lr_scheduler
from torchvision import datasets
from torchvision.transforms import v2

from archspec.language.catalogue import (
    FILE,
    Bounds,
    Catalogue,
    Known,
    package_of,
    read_catalogue,
)
from archspec.runtime.make_catalogue import as_text, joined, make_catalogue

HOMES: dict[str, Any] = {
    "optimizer": optim,
    "scheduler": lr_scheduler,
    "loss": nn,
    "transform": v2,
}
GIVEN = {"optimizer": ("params",), "scheduler": ("optimizer",), "loss": (), "transform": ()}
"""What the trainer gives itself, and cannot do without."""

KNOWN, MADE = read_catalogue(), make_catalogue()
EVERY = [(role, name) for role in HOMES for name in KNOWN.classes[role]]


def is_here(role: str, bounds: Bounds | None) -> bool | None:
    """Say whether the installed version has what has these bounds; None between known versions."""
    (version,) = MADE.versions[package_of(role)]
    if bounds is None or bounds.exclude(version):
        return bounds is None
    return True if version in KNOWN.versions[package_of(role)] else None


def words_of(catalogue: Catalogue) -> dict[tuple[str, str], set[str]]:
    return {
        (role, name): {*known.needs, *known.takes}
        for role, classes in catalogue.classes.items()
        for name, known in classes.items()
    }


def arguments_here(role: str, name: str) -> tuple[list[str], list[str]]:
    """Return the arguments that the installed version needs, and the others that it takes."""
    needs, takes, bounds = KNOWN.classes[role][name]
    here = [[a for a in names if is_here(role, bounds.get(a))] for names in (needs, takes)]
    return here[0], here[1]


def test_all_that_the_installed_versions_have_is_known() -> None:
    assert words_of(joined(KNOWN, MADE)) == words_of(KNOWN), "run make_catalogue"


@pytest.mark.parametrize(("role", "name"), EVERY)
def test_a_class_is_here_if_its_bounds_say_so(role: str, name: str) -> None:
    bounds = KNOWN.classes[role][name].bounds.get(name)

    assert is_here(role, bounds) in (None, hasattr(HOMES[role], name))


@pytest.mark.parametrize(("role", "name"), EVERY)
def test_a_class_takes_and_needs_what_the_catalogue_says(role: str, name: str) -> None:
    found = getattr(HOMES[role], name, None)
    if found is None:  # by the test above, its bounds say so
        return
    signature = inspect.signature(found)
    others = [p for p in signature.parameters.values() if p.name not in GIVEN[role]]
    signature = signature.replace(parameters=others)
    needs, takes = arguments_here(role, name)

    assert signature.bind(**dict.fromkeys((*needs, *takes)))
    assert signature.bind(**dict.fromkeys(needs))
    for absent in needs:
        with pytest.raises(TypeError, match="missing a required argument"):
            signature.bind(**{name: 1 for name in needs if name != absent})


@pytest.mark.parametrize("name", KNOWN.classes["dataset"])
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
    assert names <= KNOWN.classes[role].keys()


def test_the_text_is_read_as_it_was_written() -> None:
    assert as_text(KNOWN) == FILE.read_text("utf-8")


def catalogue(version: str, **losses: Known) -> Catalogue:
    """Return what a version of torch has, when it has losses alone."""
    return Catalogue({"torch": (version,)}, {"loss": losses})


def test_versions_are_joined_in_any_order_and_more_than_once() -> None:
    versions = (
        catalogue("1.9", A=Known(("a", "b"), ("old",), {}), Gone=Known((), ("x",), {})),
        catalogue("1.10", A=Known(("a",), ("b",), {})),
        catalogue("2.0", A=Known(("a",), ("b", "new"), {}), New=Known(("y",), (), {})),
    )
    expected = Catalogue(
        {"torch": ("1.9", "1.10", "2.0")},
        {
            "loss": {
                # What one version has a default for, nobody has to write.
                "A": Known(
                    ("a",), ("b", "new", "old"), {"new": Bounds("1.10"), "old": Bounds("", "1.10")}
                ),
                "Gone": Known((), ("x",), {"Gone": Bounds("", "1.10")}),
                "New": Known(("y",), (), {"New": Bounds("1.10")}),
            }
        },
    )

    for order in ((0, 1, 2), (1, 0, 2, 1), (0, 2, 1, 0, 2)):
        found = versions[order[0]]
        for index in order[1:]:
            found = joined(found, versions[index])

        assert found.versions == expected.versions
        assert found.classes["loss"].keys() == expected.classes["loss"].keys()
        for name, known in expected.classes["loss"].items():
            assert sorted(found.classes["loss"][name].takes) == sorted(known.takes)
            assert found.classes["loss"][name]._replace(takes=known.takes) == known
