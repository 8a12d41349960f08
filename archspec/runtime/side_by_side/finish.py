"""How the best network of a run judges the test images, computed where it was trained."""

from __future__ import annotations

import torch

from archspec.analysis import Analysis
from archspec.record import RunRecord
from archspec.record.evaluation import ensure_of_run, evaluation_path, write_evaluation
from archspec.runtime.data import Dataset
from archspec.runtime.train.run import RunFolder
from archspec.runtime.trained.evaluate import evaluate, trained_network


def evaluate_best(
    analysis: Analysis,
    dataset: Dataset,
    folder: RunFolder,
    record: RunRecord,
    device: torch.device,
) -> None:
    """Write evaluation.json of best.pt on the test images, as `complete` does on the CPU.

    Raises as `complete` does.
    """
    module, epoch = trained_network(analysis, folder.best)
    found = evaluate(
        analysis,
        dataset.test,
        dataset.classes,
        module.to(device),
        run=record.run,
        epoch=epoch,
    )
    ensure_of_run(found, record, folder.best)
    write_evaluation(found, evaluation_path(folder.record))
