from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from archspec.judge.lint.rules.foreign_statistics import KNOWN, TOLERANCE
from tests.conftest import MNIST_FILE, MNIST_FOLDERS
from tests.support.linting import chain, found

CODE = "foreign-statistics"
IMAGENET = "mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]"
CIFAR10 = "mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.2010]"
MNIST = "mean: [0.1307], std: [0.3081]"


def messages(dataset: str, normalize: str) -> list[str]:
    more = f"data: {{dataset: {dataset}, normalize: {{{normalize}}}}}\n"
    return [d.message for d in found(chain("linear: 10", input="[8]", more=more))]


@pytest.mark.parametrize(
    ("dataset", "normalize", "owner"),
    [
        ("FashionMNIST", MNIST, "MNIST, 0.1307"),
        ("KMNIST", "mean: [0.13], std: [0.31]", "MNIST, 0.13"),
        ("Digits", MNIST, "MNIST, 0.1307"),
        ("CIFAR10", IMAGENET, "ImageNet, 0.485, 0.456, 0.406"),
        ("CIFAR100", CIFAR10, "CIFAR10, 0.4914, 0.4822, 0.4465"),
        ("SVHN", CIFAR10, "CIFAR10, 0.4914, 0.4822, 0.4465"),
        ("STL10", CIFAR10, "CIFAR10, 0.4914, 0.4822, 0.4465"),
    ],
)
def test_statistics_of_other_images_are_found(dataset: str, normalize: str, owner: str) -> None:
    assert messages(dataset, normalize) == [f"{dataset} is normalized by the mean of {owner}"]


@pytest.mark.parametrize(
    ("dataset", "normalize"),
    [
        pytest.param("MNIST", MNIST, id="its own"),
        pytest.param("MNIST", "mean: [0.1309], std: [0.3]", id="its own, rounded"),
        pytest.param("QMNIST", MNIST, id="the same images"),
        pytest.param("FashionMNIST", "mean: [0.5], std: [0.5]", id="nobody's"),
        pytest.param("Flowers102", IMAGENET, id="lent to photographs"),
        pytest.param("ImageNet", IMAGENET, id="ImageNet"),
        pytest.param("ImageFolder", MNIST, id="a folder of anything"),
        pytest.param("MNIST", "mean: [0.1307, 0.1307], std: [0.3, 0.3]", id="another fault"),
    ],
)
def test_statistics_that_may_be_right_are_fine(dataset: str, normalize: str) -> None:
    assert messages(dataset, normalize) == []


def test_data_without_statistics_is_fine() -> None:
    assert found(chain("linear: 10", input="[8]", more="data: {dataset: MNIST}\n")) == ()


def test_the_help_knows_the_right_ones() -> None:
    more = f"data: {{dataset: FashionMNIST, normalize: {{{MNIST}}}}}\n"
    (diagnostic,) = found(chain("linear: 10", input="[8]", more=more))

    assert diagnostic.help == "write `mean: [0.286]` and `std: [0.353]`"


def test_the_means_of_two_data_sets_are_never_taken_for_each_other() -> None:
    means = [mean for mean, _ in KNOWN.values()]
    pairs = [(a, b) for a in means for b in means if a is not b and len(a) == len(b)]

    assert all(max(abs(x - y) for x, y in zip(a, b, strict=True)) > 2 * TOLERANCE for a, b in pairs)


def test_the_statistics_of_mnist_are_those_of_its_images(mnist_folder: Path) -> None:
    names = (mnist_folder / inner / f"{MNIST_FILE}.gz" for inner in MNIST_FOLDERS)
    file = next((name for name in names if name.is_file()), None)
    if file is None:
        pytest.skip("the images are not compressed here")
    pixels = gzip.decompress(file.read_bytes())[16:]
    counts = [pixels.count(value) for value in range(256)]
    mean = sum(v * n for v, n in enumerate(counts)) / len(pixels)
    variance = sum((v - mean) ** 2 * n for v, n in enumerate(counts)) / len(pixels)

    assert len(pixels) == 60_000 * 28 * 28
    assert (round(mean / 255, 4), round(variance**0.5 / 255, 4)) == (0.1307, 0.3081)
    assert KNOWN["MNIST"] == ((0.1307,), (0.3081,))
