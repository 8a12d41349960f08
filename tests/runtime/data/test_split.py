"""Holding images out: stratified, fixed, and never silently nothing or everything."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from archspec.diagnostics import SpecError
from archspec.runtime.data import Dataset, Images, split
from archspec.runtime.data.split import held_out, largest_remainder
from tests.support.picture_folder import in_memory


def images_of(labels: list[int]) -> Images:
    numbers = torch.arange(len(labels)).to(torch.uint8)
    return Images(numbers[:, None, None, None], torch.tensor(labels))


def dataset(labels: list[int]) -> Dataset:
    train, test = images_of(labels), images_of([0, 1, 2])
    return Dataset("Toy", train, test, ("a", "b", "c"), "", True, "")


TOY = dataset([0] * 50 + [1] * 30 + [2] * 20)


@pytest.mark.parametrize(
    ("sizes", "count", "expected"),
    [
        ([50, 30, 20], 10, [5, 3, 2]),
        ([50, 30, 20], 11, [6, 3, 2]),  # 5.5, 3.3, 2.2
        ([1, 1, 1], 2, [1, 1, 0]),  # equal remainders: the first
        ([3, 3, 4], 5, [2, 1, 2]),  # 1.5, 1.5, 2.0
        ([0, 10], 3, [0, 3]),
    ],
)
def test_classes_give_in_proportion_and_the_rest_goes_to_the_largest_remainders(
    sizes: list[int], count: int, expected: list[int]
) -> None:
    assert largest_remainder(sizes, count) == expected


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=50), st.data())
def test_shares_sum_to_the_count_and_are_off_by_less_than_one(
    sizes: list[int], data: st.DataObject
) -> None:
    total = sum(sizes) or 1
    count = data.draw(st.integers(0, sum(sizes)))
    shares = largest_remainder(sizes, count) if sum(sizes) else []
    assert sum(shares) == count
    assert all(
        abs(share * total - count * size) < total and share <= size
        for share, size in zip(shares, sizes, strict=False)
    )


@pytest.mark.parametrize("validation", [20, 0.2])
def test_a_count_and_the_same_share_hold_the_same_images_out(validation: float) -> None:
    parts = split(TOY, validation)
    assert parts.validation is not None
    assert torch.bincount(parts.validation.labels).tolist() == [10, 6, 4]
    assert torch.bincount(parts.train.labels).tolist() == [40, 24, 16]
    assert not parts.validation_is_test
    assert torch.equal(
        in_memory(parts.validation).images, in_memory(split(TOY, 20).validation).images
    )


def test_both_parts_together_are_all_images_each_once_and_in_order() -> None:
    parts = split(TOY, 33)
    assert parts.validation is not None
    train, held = (
        in_memory(parts.train).images.flatten().tolist(),
        in_memory(parts.validation).images.flatten().tolist(),
    )
    assert sorted(train + held) == list(range(100))
    assert (train, held) == (sorted(train), sorted(held))


def test_labels_stay_with_their_images() -> None:
    parts = split(TOY, 33)
    assert parts.validation is not None
    labels = TOY.train.labels[in_memory(parts.validation).images.flatten().long()]
    assert torch.equal(labels, parts.validation.labels)


def test_the_images_held_out_do_not_depend_on_the_seed_of_the_run() -> None:
    torch.manual_seed(1)
    first = held_out(TOY.train.labels, 20)
    torch.manual_seed(2)
    assert torch.equal(held_out(TOY.train.labels, 20), first)


def test_the_images_held_out_are_no_stretch_of_the_file() -> None:
    held = held_out(torch.zeros(1_000, dtype=torch.int64), 500)
    assert 200 < int(held[:500].sum()) < 300


def test_nothing_is_held_out_for_0() -> None:
    parts = split(TOY, 0)
    assert parts.validation is None
    assert parts.train is TOY.train


def test_test_is_declared_as_validation() -> None:
    parts = split(TOY, "test")
    assert parts.validation is TOY.test
    assert parts.validation_is_test
    assert parts.train is TOY.train


@pytest.mark.parametrize(
    ("validation", "shown"), [(100, "100"), (5_000, "5,000"), (0.001, "0.001")]
)
def test_holding_out_everything_or_nothing_by_rounding_is_a_fault(
    validation: float, shown: str
) -> None:
    with pytest.raises(SpecError) as error:
        split(TOY, validation)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "out-of-range"
    assert shown in diagnostic.message
    assert "1 to 99" in (diagnostic.help or "")
