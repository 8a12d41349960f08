"""What the best network of a run got wrong on the test images: `evaluation.json` beside its record.

It is kept as `<records>/<spec>/<run>.evaluation.json`, and never trusted when read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archspec.diagnostics import Diagnostic, SpecError
from archspec.record.atomic import write_atomically
from archspec.record.document import Document, Reject, sealed
from archspec.record.model import RunRecord
from archspec.record.plain import to_plain

EVALUATION = "evaluation.json"

FORMAT = 1
"""Version of the evaluation's JSON; raised when a reader of today could not read it."""

ROUNDED = 1000
"""One image in so many may be judged otherwise than in the record: another device or batch size
rounds scores differently, and near ties turn over."""

DAMAGED = "the file was damaged or edited, or lies in a wrong place; take it from its run again"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One image that was taken for another class.

    index: its place among the test images, from 0. label, predicted: class numbers. probability:
    what the network gave the predicted class, 0 to 1.
    """

    index: int
    label: int
    predicted: int
    probability: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A network at the end of an epoch, class by class.

    classes: names by class number. confusion: counts of images, a row for each true class, a column
    for each predicted one. mistakes: every one, the most certain first.
    """

    format: int
    run: str
    epoch: int
    split: Literal["test"]
    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    mistakes: tuple[Mistake, ...]

    @property
    def total(self) -> int:
        """Images that were looked at."""
        return sum(map(sum, self.confusion))

    @property
    def correct(self) -> int:
        """Images that were classified correctly."""
        return sum(row[number] for number, row in enumerate(self.confusion))


def evaluation_path(record: Path) -> Path:
    """Return where the evaluation of a run lies: beside its record, kept or not."""
    if record.name == "record.json":
        return record.with_name(EVALUATION)
    return record.with_name(f"{record.stem}.{EVALUATION}")


def evaluation_to_json(evaluation: Evaluation) -> str:
    """Return JSON text with a line for each row and each mistake, ended by a newline."""
    fields = []
    for name, value in to_plain(evaluation).items():
        if name in ("confusion", "mistakes") and value:
            items = ",\n".join(f"  {json.dumps(item)}" for item in value)
            fields.append(f' "{name}": [\n{items}\n ]')
        else:
            fields.append(f' "{name}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(fields) + "\n}\n"


def write_evaluation(evaluation: Evaluation, path: Path) -> None:
    """Write an evaluation with its digest in one step; EnvironmentFault when the file cannot be."""
    write_atomically(path, sealed(evaluation_to_json(evaluation)).encode())


def ensure_of_run(evaluation: Evaluation, record: RunRecord, path: Path) -> None:
    """Refuse an evaluation that is not of this run; SpecError (`foreign-evaluation`)."""
    best = record.best
    test = best.test if best is not None else None
    if evaluation.run != record.run:
        fact = f"of the run {evaluation.run}, and the record beside it is of {record.run}"
    elif evaluation.epoch != record.best_epoch:
        fact = f"of epoch {evaluation.epoch}, and the best epoch of the run is {record.best_epoch}"
    elif test is None or test.total != evaluation.total:
        counted = f"{test.total:,}" if test else "no"
        fact = f"of {evaluation.total:,} images, and the run was tested on {counted}"
    elif abs(test.correct - evaluation.correct) * ROUNDED > test.total:
        fact = f"{evaluation.correct:,} images right, and the record says {test.correct:,}"
    else:
        return
    raise SpecError([Diagnostic("foreign-evaluation", f"{path}: {fact}", None, DAMAGED)])


def _check_sense(evaluation: Evaluation, reject: Reject) -> None:
    """Reject right types that cannot be: a matrix that is not square, mistakes it knows not of."""
    count, rows = len(evaluation.classes), evaluation.confusion
    if len(rows) != count or any(len(row) != count or min(row) < 0 for row in rows):
        reject(
            f"confusion: expected {count} rows of {count} counts, one for each class", "confusion"
        )
    counted = [[0] * count for _ in rows]
    for number, mistake in enumerate(evaluation.mistakes):
        place = ("mistakes", number)
        pair = (mistake.label, mistake.predicted)
        if not all(0 <= name < count for name in pair) or mistake.label == mistake.predicted:
            fact = f"mistakes.{number}: class {pair[0]} taken for {pair[1]}, of {count} classes"
            reject(fact, *place)
        if not (0 <= mistake.index < evaluation.total and 0 <= mistake.probability <= 1):
            fact = f"mistakes.{number}: image {mistake.index}, probability {mistake.probability}"
            reject(fact, *place)
        counted[mistake.label][mistake.predicted] += 1
    wrong = [[0 if i == j else n for j, n in enumerate(row)] for i, row in enumerate(rows)]
    if counted != wrong or len({m.index for m in evaluation.mistakes}) < len(evaluation.mistakes):
        reject("mistakes: they are not those that the confusion matrix counts", "mistakes")
    certain = [mistake.probability for mistake in evaluation.mistakes]
    if certain != sorted(certain, reverse=True):
        reject("mistakes: the most certain one is not the first", "mistakes")


DOCUMENT = Document(Evaluation, "an evaluation", "bad-evaluation", FORMAT, DAMAGED, _check_sense)
read_evaluation, evaluation_in = DOCUMENT.read, DOCUMENT.of_bytes
