from __future__ import annotations

from pathlib import Path

import pytest
import torch

from archspec.diagnostics import SpecError
from archspec.record.evaluation import read_evaluation, write_evaluation
from archspec.runtime.train.checkpoint import write_checkpoint
from archspec.runtime.trained.evaluate import evaluate
from tests.support.tiny import SPEC, dataset, make_trainer

RUN = "20260101T000000Z-s3"


def test_an_evaluation_counts_what_the_trainer_counted(tmp_path: Path) -> None:
    trainer, data = make_trainer(tmp_path), dataset()
    epochs = list(trainer.run())
    write_checkpoint(trainer.checkpoint(), tmp_path / "last.pt")
    found = evaluate(trainer.analysis, data.test, data.classes, tmp_path / "last.pt", run=RUN)
    living = evaluate(trainer.analysis, data.test, data.classes, trainer.module, run=RUN, epoch=4)

    assert epochs[-1].test is not None
    assert (found.correct, found.total) == (epochs[-1].test.correct, 30)
    assert found == living
    assert (found.run, found.epoch, found.split, found.classes) == (RUN, 4, "test", ("a", "b", "c"))
    assert [sum(row) for row in found.confusion] == [10, 10, 10]
    write_evaluation(found, tmp_path / "evaluation.json")
    assert read_evaluation(tmp_path / "evaluation.json") == found


class Fixed(torch.nn.Module):
    """Gives the same scores, image by image, whatever it sees."""

    def __init__(self, scores: list[list[float]]) -> None:
        super().__init__()
        self.scores = torch.tensor(scores).log()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.scores[: len(images)]


def test_mistakes_come_with_the_most_certain_first(tmp_path: Path) -> None:
    analysis, data = make_trainer(tmp_path).analysis, dataset(test=5)
    # The classes of the images are 0, 1, 2, 0, 1.
    scores = [[0.2, 0.6, 0.2], [0.1, 0.8, 0.1], [0.9, 0.05, 0.05], [0.2, 0.2, 0.6], [0.3, 0.4, 0.3]]
    module = Fixed(scores)
    found = evaluate(analysis, data.test, data.classes, module, run=RUN, epoch=1)

    assert found.confusion == ((0, 1, 1), (0, 2, 0), (1, 0, 0))
    mistakes = [(m.index, m.label, m.predicted, round(m.probability, 4)) for m in found.mistakes]
    assert mistakes == [(2, 2, 0, 0.9), (0, 0, 1, 0.6), (3, 0, 2, 0.6)]
    assert module.training


def test_the_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    trainer, data = make_trainer(tmp_path), dataset()
    write_checkpoint(trainer.checkpoint(), tmp_path / "last.pt")
    other = make_trainer(tmp_path, spec=SPEC.replace("out_channels: 4", "out_channels: 5"))
    with pytest.raises(SpecError, match=r"last\.pt is of another network: conv1\.conv\.weight"):
        evaluate(other.analysis, data.test, data.classes, tmp_path / "last.pt", run=RUN)


def test_evaluating_a_checkpoint_draws_no_random_numbers(tmp_path: Path) -> None:
    trainer, data = make_trainer(tmp_path), dataset()
    write_checkpoint(trainer.checkpoint(), tmp_path / "last.pt")
    before = torch.get_rng_state()
    evaluate(trainer.analysis, data.test, data.classes, tmp_path / "last.pt", run=RUN)

    assert torch.equal(torch.get_rng_state(), before)
