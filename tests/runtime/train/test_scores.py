"""Sums of losses and right answers, counted many batches at once."""

from __future__ import annotations

import pytest
import torch

from archspec.runtime.train import scores
from archspec.runtime.train.scores import Tally, right_answers

CPU = torch.device("cpu")


@pytest.mark.parametrize("held", [1, 60, 10**6])
def test_sums_are_those_of_the_batches_whenever_they_are_counted(
    held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, "HELD_SCORES", held)
    torch.manual_seed(0)
    tally, losses, correct = Tally(CPU), 0.0, 0
    for number, size in enumerate((7, 7, 1, 0, 5), 1):
        made, wanted = torch.randn(size, 4), torch.randint(4, (size,))
        loss = torch.rand(())
        tally.add(loss, made, wanted)
        losses += loss.double().item() * size
        correct += int((made.argmax(dim=1) == wanted).sum())
        if number in (2, 3):  # in between, and again with nothing new
            assert tally.sums()[0].item() == pytest.approx(losses)
            assert tally.sums()[1].item() == correct
    assert tally.sums()[0].item() == pytest.approx(losses, rel=1e-12)
    assert tally.sums()[1].item() == correct


def test_nothing_is_none_wrong() -> None:
    assert [float(each) for each in Tally(CPU).sums()] == [0.0, 0.0]


@pytest.mark.parametrize(("name", "bound"), [("HELD_SCORES", 30), ("HELD_BATCHES", 2)])
def test_scores_wait_only_up_to_a_bound(
    name: str, bound: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, name, bound)
    tally = Tally(CPU)
    for _ in range(50):
        tally.add(torch.tensor(1.0), torch.zeros(3, 4), torch.zeros(3, dtype=torch.int64))
        assert sum(made.numel() for _, _, made, _ in tally._waiting) < 30


def test_an_infinite_loss_shows() -> None:
    tally = Tally(CPU)
    tally.add(torch.tensor(float("nan")), torch.zeros(3, 4), torch.zeros(3, dtype=torch.int64))
    assert tally.sums()[0].isnan()


def test_of_shares_the_largest_is_wanted() -> None:
    made = torch.tensor([[0.1, 0.9], [0.8, 0.2]])
    assert right_answers(made, torch.tensor([[0.4, 0.6], [0.3, 0.7]])).tolist() == [True, False]
