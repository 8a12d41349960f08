"""What a finished run leaves beside its record: how its best network judges the test images."""

from __future__ import annotations

from archspec.analysis import Analysis
from archspec.diagnostics import ArchspecError
from archspec.record import RunRecord
from archspec.record.evaluation import (
    ensure_of_run,
    evaluation_path,
    read_evaluation,
    write_evaluation,
)
from archspec.runtime.data import Dataset
from archspec.runtime.train.folder import RunFolder
from archspec.runtime.trained.evaluate import evaluate


def is_complete(folder: RunFolder, record: RunRecord) -> bool:
    """Return whether a finished run has a sound evaluation of its own.

    Raises SpecError (`foreign-evaluation`) for a sound one of another run, or another record.
    """
    path = evaluation_path(folder.record)
    try:
        found = read_evaluation(path)
    except ArchspecError:
        return False
    ensure_of_run(found, record, path)
    return True


def complete(analysis: Analysis, dataset: Dataset, folder: RunFolder, record: RunRecord) -> None:
    """Write evaluation.json of best.pt on the test images, in one step.

    Raises as `evaluate` does; SpecError (`foreign-evaluation`) when best.pt is not of the run's
    best epoch; EnvironmentFault when the file cannot be written.
    """
    path = evaluation_path(folder.record)
    found = evaluate(analysis, dataset.test, dataset.classes, folder.best, run=record.run)
    ensure_of_run(found, record, folder.best)
    write_evaluation(found, path)
