"""Dropout's places: their rate, their independence, and the gradient that follows them."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from archspec.runtime.fast.drop import Dice, Dropped, Rectified, drop_, dropped_places

RATES = [0.001, 0.05, 0.15, 0.2, 0.35, 0.5, 0.9]
"""On both sides of the rate up to which gaps are drawn."""


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(seed))


def dropped(count: int, rate: float, draws: np.random.Generator) -> torch.Tensor:
    """Return which of so many elements are dropped, bool [count]."""
    values = torch.ones(count)
    drop_(values, rate, draws)
    assert set(values.tolist()) <= {0.0, 1.0}
    return values == 0


def ensure_share(hits: int, trials: int, rate: float) -> None:
    """Within 4.5 standard deviations: a true rate fails 7 times in a million."""
    assert trials > 0
    assert abs(hits - trials * rate) < 4.5 * math.sqrt(trials * rate * (1 - rate))


@pytest.mark.parametrize("rate", RATES)
def test_elements_are_dropped_at_the_rate(rate: float) -> None:
    count = 1_000_000
    ensure_share(int(dropped(count, rate, generator()).sum()), count, rate)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("distance", [1, 2, 7])
def test_a_dropped_element_says_nothing_of_its_neighbours(rate: float, distance: int) -> None:
    where = dropped(1_000_000, rate, generator())
    both = where[:-distance] & where[distance:]
    ensure_share(int(both.sum()), len(both), rate**2)


@pytest.mark.parametrize("rate", RATES)
def test_a_step_says_nothing_of_the_next(rate: float) -> None:
    draws = generator()
    first, second = dropped(500_000, rate, draws), dropped(500_000, rate, draws)
    ensure_share(int((first & second).sum()), len(first), rate**2)


@pytest.mark.parametrize("rate", RATES)
def test_the_first_and_the_last_element_are_dropped_like_any_other(rate: float) -> None:
    draws, tries = generator(), 20_000
    where = torch.stack([dropped(3, rate, draws) for _ in range(tries)])
    for element in (0, 2):
        ensure_share(int(where[:, element].sum()), tries, rate)


@pytest.mark.parametrize("rate", [1e-300, 1e-9, 0.01, 0.99])
@pytest.mark.parametrize("count", [0, 1, 1000])
def test_places_ascend_and_lie_within_the_count(rate: float, count: int) -> None:
    places = dropped_places(count, rate, generator()).tolist()
    assert all(before < after for before, after in pairwise([-1, *places, count]))


@pytest.mark.parametrize("rate", [0.001, 0.0078, 0.01, 0.05, 0.15, 0.35])
def test_gaps_are_geometric(rate: float) -> None:
    gaps = np.diff(dropped_places(4_000_000, rate, generator()), prepend=-1) - 1
    for length in (0, 1, 2, 5, 10, 20, 40):
        ensure_share(int((gaps == length).sum()), len(gaps), rate * (1 - rate) ** length)
        ensure_share(int((gaps > length).sum()), len(gaps), (1 - rate) ** (length + 1))


def test_the_same_seed_drops_the_same_elements() -> None:
    assert torch.equal(dropped(1000, 0.05, generator(3)), dropped(1000, 0.05, generator(3)))
    assert not torch.equal(dropped(1000, 0.05, generator(3)), dropped(1000, 0.05, generator(4)))


def test_the_dice_follow_the_state_of_torchs_global_generator() -> None:
    dice, given = Dice(), torch.zeros(1)
    with torch.random.fork_rng(devices=[]):
        state = torch.get_rng_state()
        dice(given)
        first, again = dropped(1000, 0.05, dice.generator), dropped(1000, 0.05, dice.generator)
        torch.set_rng_state(state)
        dice(given)
        repeated = dropped(1000, 0.05, dice.generator)
        dice(given)
        later = dropped(1000, 0.05, dice.generator)
    assert torch.equal(first, repeated)
    assert not torch.equal(first, again)
    assert not torch.equal(first, later)


def test_dice_that_are_not_thrown_take_no_number() -> None:
    state = torch.get_rng_state()
    Dice().eval()(torch.zeros(1))
    assert torch.equal(torch.get_rng_state(), state)


LAYOUTS = [
    torch.randn(6, 5),
    torch.randn(4, 3, 6, 5),
    torch.randn(4, 3, 6, 5).contiguous(memory_format=torch.channels_last),
    torch.randn(4, 3, 6, 5).permute(3, 1, 0, 2),
    torch.randn(1, 1, 5, 5).expand(4, 3, 5, 5),
    torch.randn(4, 6, 10)[:, :, ::2],
]


@pytest.mark.parametrize("values", LAYOUTS, ids=lambda values: str(values.stride()))
@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_what_dropout_leaves_is_scaled_and_its_gradient_goes_the_same_way(
    values: torch.Tensor, rate: float
) -> None:
    given = values.detach().requires_grad_()
    result: torch.Tensor = Dropped.apply(given, rate, generator())
    kept = result != 0
    assert 0 < int(kept.sum()) < kept.numel()
    torch.testing.assert_close(result, torch.where(kept, values / (1 - rate), 0.0))
    arriving = torch.randn(result.shape)
    (gradient,) = torch.autograd.grad(result, given, arriving)
    torch.testing.assert_close(gradient, torch.where(kept, arriving / (1 - rate), 0.0))


@pytest.mark.parametrize("values", LAYOUTS, ids=lambda values: str(values.stride()))
@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_a_relu_and_a_dropout_give_what_is_above_zero_and_was_left(
    values: torch.Tensor, rate: float
) -> None:
    given = values.detach().requires_grad_()
    result: torch.Tensor = Rectified.apply(given, rate, generator(1))
    passed = result > 0
    assert 0 < int(passed.sum()) < int((values > 0).sum())
    torch.testing.assert_close(result, torch.where(passed, values / (1 - rate), 0.0))
    arriving = torch.randn(result.shape)
    (gradient,) = torch.autograd.grad(result, given, arriving)
    torch.testing.assert_close(gradient, torch.where(passed, arriving / (1 - rate), 0.0))


def test_the_values_that_go_in_are_left_as_they_were() -> None:
    values = torch.randn(1000)
    before = values.clone()
    Dropped.apply(values, 0.5, generator())
    Rectified.apply(values, 0.05, generator())
    assert torch.equal(values, before)
