"""Digits: generated, deterministic, balanced, and worth learning."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
import torch
from PIL import ImageFont
from torch import nn

from archspec.diagnostics import EnvironmentFault
from archspec.language.sections import Data
from archspec.runtime.data import Images, load_data, make_digits
from archspec.runtime.data.model import digest_of
from tests.support.picture_folder import in_memory


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    # Networks this small learn slower on several threads, and crawl where others work beside us.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def parts() -> tuple[Images, Images]:
    return make_digits()


@pytest.mark.parametrize(("part", "count"), [(0, 6_000), (1, 1_000)])
def test_a_part_has_grey_images_of_28_by_28(
    parts: tuple[Images, Images], part: int, count: int
) -> None:
    images = parts[part].images
    assert images.shape == (count, 1, 28, 28)
    assert images.dtype == torch.uint8
    assert int(images.max()) > 230
    assert int(images.min()) < 10


@pytest.mark.parametrize(("part", "count"), [(0, 600), (1, 100)])
def test_every_class_is_equally_frequent(
    parts: tuple[Images, Images], part: int, count: int
) -> None:
    assert torch.bincount(parts[part].labels).tolist() == [count] * 10


def test_classes_come_in_mixed_order(parts: tuple[Images, Images]) -> None:
    labels = parts[0].labels[:20].tolist()
    assert labels != list(range(10)) * 2
    assert labels != sorted(labels)


def test_no_image_occurs_twice(parts: tuple[Images, Images]) -> None:
    everything = torch.cat([part.images for part in parts])
    assert len({image.numpy().tobytes() for image in everything}) == 7_000


def test_the_same_seed_gives_the_same_bytes_whatever_the_global_generator() -> None:
    torch.manual_seed(1)
    first = digest_of(*make_digits(100, 20))
    torch.manual_seed(2)
    assert digest_of(*make_digits(100, 20)) == first


def test_another_seed_gives_other_bytes() -> None:
    assert digest_of(*make_digits(20, 20, seed=1)) != digest_of(*make_digits(20, 20, seed=2))


def test_the_number_of_threads_does_not_matter() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        first = digest_of(*make_digits(100, 20))
        torch.set_num_threads(2)
        assert digest_of(*make_digits(100, 20)) == first
    finally:
        torch.set_num_threads(before)


def test_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    make_digits(60, 10)
    assert torch.equal(torch.get_rng_state(), before)


def test_digits_load_without_any_folder_and_say_that_they_are_generated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARCHSPEC_DATA", "/there/is/no/such/folder")
    dataset = load_data(Data(dataset="Digits"))
    assert dataset.generated
    assert dataset.place == "generated"
    assert dataset.classes == tuple("0123456789")
    assert dataset.digest == digest_of(in_memory(dataset.train), in_memory(dataset.test))


def test_pillow_without_its_scalable_font_is_a_fault_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_font(size: float) -> None:
        raise ImportError("The _imagingft C module is not installed")

    monkeypatch.setattr(ImageFont, "load_default", no_font)
    with pytest.raises(EnvironmentFault) as error:
        make_digits(10, 10)
    assert error.value.diagnostics[0].code == "missing-package"


def train(network: nn.Module, rate: float, part: Images) -> None:
    steps = 3 * -(-len(part) // 64)
    optimizer = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        for batch in torch.randperm(len(part), generator=generator).split(64):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            output = network(part.images[batch] / 255 - 0.3)
            nn.functional.cross_entropy(output, part.labels[batch]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            scheduler.step()


def accuracy(network: nn.Module, part: Images) -> float:
    network.eval()
    with torch.no_grad():
        return float((network(part.images / 255 - 0.3).argmax(1) == part.labels).float().mean())


def test_three_epochs_teach_a_small_convolutional_network_and_not_a_linear_one(
    parts: tuple[Images, Images],
) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        widths = (1, 8, 16, 16, 32)
        layers: list[nn.Module] = []
        for place, (before, after) in enumerate(itertools.pairwise(widths)):
            layers += [nn.Conv2d(before, after, 3, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] if place == 1 else []
        small = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))
        linear = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    train(small, 0.2, parts[0])
    train(linear, 0.02, parts[0])
    assert accuracy(small, parts[1]) > 0.96
    assert accuracy(linear, parts[1]) < 0.8
