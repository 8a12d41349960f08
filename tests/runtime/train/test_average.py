"""The moving average of a network: by its formula, apart from what is trained, and measured."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from torch import nn

from archspec.diagnostics import SpecError
from archspec.runtime.train.average import Average
from archspec.runtime.trained.evaluate import evaluate
from tests.support.tiny import dataset, make_trainer, same_tensors


def test_the_average_follows_its_formula() -> None:
    net = nn.Linear(1, 1)
    average = Average(net, 0.5)
    assert isinstance(average.module, nn.Linear)
    expected = float(net.weight.detach())
    for step in range(1, 30):
        with torch.no_grad():
            net.weight.fill_(step**2)
        average.update(step)
        decay = min(0.5, step / (step + 9))
        expected = decay * expected + (1 - decay) * step**2
        assert float(average.module.weight) == pytest.approx(expected, rel=1e-5)


def test_statistics_of_norms_are_averaged_and_counts_taken_over() -> None:
    net = nn.BatchNorm1d(2)
    average = Average(net, 0.99)
    assert isinstance(average.module, nn.BatchNorm1d)
    for step in range(1, 4):
        net(torch.randn(8, 2) + 5)
        average.update(step)
    ours, theirs = average.module, net
    assert ours.running_mean is not None
    assert theirs.running_mean is not None
    assert not torch.equal(ours.running_mean, theirs.running_mean)
    assert 0 < float(ours.running_mean[0]) < float(theirs.running_mean[0])
    assert int(ours.num_batches_tracked or 0) == 3


def test_the_average_is_what_is_measured_and_kept_and_changes_no_step(tmp_path: Path) -> None:
    with_average, without = make_trainer(tmp_path, "train.ema=0.9"), make_trainer(tmp_path)
    ours, theirs = list(with_average.run()), list(without.run())
    assert [e.train for e in ours] == [e.train for e in theirs]
    assert same_tensors(with_average.module.state_dict(), without.module.state_dict())
    assert [e.test for e in ours] != [e.test for e in theirs]
    kept = with_average.checkpoint()
    assert same_tensors(kept.model, with_average.measured.state_dict())
    assert not same_tensors(kept.model, with_average.module.state_dict())
    data = dataset()
    found = evaluate(
        with_average.analysis, data.test, data.classes, with_average.measured, run="r", epoch=4
    )
    assert ours[-1].test is not None
    assert sum(found.confusion[i][i] for i in range(3)) == ours[-1].test.correct


def test_a_damaged_average_is_refused(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, "train.ema=0.9")
    list(islice(trainer.run(), 1))
    damaged = replace(trainer.checkpoint(), raw=None)
    with pytest.raises(SpecError) as caught:
        make_trainer(tmp_path, "train.ema=0.9").restore(damaged)
    assert caught.value.diagnostics[0].code == "bad-checkpoint"
