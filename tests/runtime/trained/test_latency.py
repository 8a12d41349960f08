"""Times of passes: medians of what was measured, after a warm-up, and the mode left as it was."""

from __future__ import annotations

from pathlib import Path
from time import sleep

import pytest
import torch

from archspec.runtime.trained import latency
from archspec.runtime.trained.latency import Latency, NoRoom, measure_latency
from tests.support.tiny import make_trainer


class Sleeper(torch.nn.Module):
    """Takes a known time for an image, and remembers how it was called."""

    def __init__(self, seconds: float = 0.001) -> None:
        super().__init__()
        self.seconds = seconds
        self.calls: list[tuple[tuple[int, ...], bool, bool]] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.calls.append((tuple(images.shape), self.training, torch.is_inference_mode_enabled()))
        sleep(self.seconds * len(images))
        return images


@pytest.fixture(autouse=True)
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "WARM_UP_SECONDS", 0.0)
    monkeypatch.setattr(latency, "MEASURED_SECONDS", 0.0)


def test_a_pass_takes_what_it_takes(tmp_path: Path) -> None:
    analysis, module = make_trainer(tmp_path).analysis, Sleeper()
    one, four = measure_latency(analysis, module, (1, 4))

    assert isinstance(one, Latency)
    assert isinstance(four, Latency)
    assert 0.001 <= one.low <= one.median <= one.high
    assert four.median >= 0.004
    assert four.images_per_second == pytest.approx(4 / four.median)
    assert (one.batch_size, one.passes) == (1, latency.FEWEST_PASSES)


def test_the_network_is_warmed_up_and_measured_as_it_is_used(tmp_path: Path) -> None:
    analysis, module = make_trainer(tmp_path).analysis, Sleeper(0.0)
    list(measure_latency(analysis, module, (2,)))

    passes = latency.WARM_UP_PASSES + latency.FEWEST_PASSES
    assert module.calls == [((2, 1, 8, 8), False, True)] * passes
    assert module.training


def test_measuring_stops_at_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "MEASURED_SECONDS", 60.0)
    monkeypatch.setattr(latency, "MOST_PASSES", 30)
    (found,) = measure_latency(make_trainer(tmp_path).analysis, Sleeper(0.0), (1,))

    assert isinstance(found, Latency)
    assert found.passes == 30


class Hungry(torch.nn.Module):
    """Runs out of memory with more than two images."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if len(images) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return images


def test_a_batch_that_does_not_fit_is_told_and_the_others_are_measured(tmp_path: Path) -> None:
    analysis = make_trainer(tmp_path).analysis
    found = list(measure_latency(analysis, Hungry(), (4, 2)))

    assert found[0] == NoRoom(4)
    assert isinstance(found[1], Latency)


def test_nobodys_random_numbers_are_used_up(tmp_path: Path) -> None:
    analysis = make_trainer(tmp_path).analysis
    before = torch.get_rng_state()
    list(measure_latency(analysis, Sleeper(0.0), (1,)))

    assert torch.equal(torch.get_rng_state(), before)
