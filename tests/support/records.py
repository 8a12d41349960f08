"""Records of runs that nobody ran, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from archspec.analysis import Analysis, architecture_hash, recipe_hash
from archspec.record import (
    FORMAT,
    Counts,
    DatasetRecord,
    DeviceRecord,
    EpochRecord,
    Hashes,
    Measure,
    Proof,
    RunRecord,
    SourceText,
    SpecRecord,
    Status,
    Versions,
    best_of,
    monitored_split,
    write_record,
)
from archspec.record.document import SEAL, sealed
from archspec.record.evaluation import Evaluation, Mistake, evaluation_to_json
from tests.support.ladder import STEP3, analysis_of

DATA = "data: {dataset: MNIST, validation: test}\n"
TRAIN = "train: {epochs: 3, batch_size: 128, optimizer: {SGD: {lr: 0.05}}}\n"
TARGET = "targets: {test_accuracy: {at_least: 99.4}}\n"
TEXT = STEP3 + DATA + TRAIN + TARGET
LOW, HIGH = 9_939, 9_940
"""Right answers of 10,000: one too few for 99.4 %, and just enough."""


def record_for(
    text: str,
    *correct: int,
    seed: int = 0,
    total: int = 10_000,
    train: tuple[int, ...] | None = None,
    status: Status = "finished",
    replaces: str | None = None,
    minute: int = 0,
    name: str = "a",
) -> RunRecord:
    """Return the record of a run of a spec's text, with so many right test answers in each epoch.

    train: right answers on the training images, the same as in the test unless given. minute: when
    the run started; the larger, the newer.
    """
    analysis: Analysis = analysis_of(text)
    spec = analysis.spec
    assert spec.data is not None
    validation = spec.data.validation
    assert validation in ("test", 0), "the helper holds no images out"
    measures = [Measure(1 - right / total, right, total) for right in correct]
    trained = [Measure(1 - right / total, right, total) for right in train or correct]
    epochs = tuple(
        EpochRecord(number, 0.05, ours, None, test, seconds=1.0, images_per_second=100.0)
        for number, (ours, test) in enumerate(zip(trained, measures, strict=True), start=1)
    )
    return RunRecord(
        format=FORMAT,
        run=f"20260101T00{minute:02d}00Z-s{seed}",
        status=status,
        failure="the loss is nan" if status == "failed" else None,
        spec=SpecRecord(name, text, (SourceText(f"specs/{name}.yaml", text),), ()),
        hashes=Hashes(architecture_hash(analysis), recipe_hash(analysis)),
        dataset=DatasetRecord(
            spec.data.dataset,
            "c" * 64,
            Counts(60_000, 0, total),
            "test" if validation == "test" else 0,
            spec.data.dataset == "Digits",
            replaces,
        ),
        seed=seed,
        threads=1,
        device=DeviceRecord("cpu", "a processor"),
        versions=Versions("0.1.0", "3.11.7", "2.6.0", "0.21.0", "Linux-x86_64"),
        git=None,
        started=f"2026-01-01T00:{minute:02d}:00+00:00",
        seconds=3.0,
        params=analysis.totals.params,
        proven=Proof(analysis.totals.params, 30),
        epochs=epochs,
        best_epoch=best_of(epochs, monitored_split(validation)),
        notices=(),
    )


def evaluation_of(record: RunRecord) -> bytes:
    """Return the text of an evaluation that fits a record: two classes, all mistakes alike."""
    assert record.best is not None
    assert record.best.test is not None
    correct, total = record.best.test.correct, record.best.test.total
    wrong = total - correct
    mistakes = tuple(Mistake(index, 0, 1, 0.9) for index in range(wrong))
    confusion = ((correct, wrong), (0, 0))
    number = record.best_epoch or 0
    made = Evaluation(1, record.run, number, "test", ("a", "b"), confusion, mistakes)
    return evaluation_to_json(made).encode()


def put_run(runs: Path, record: RunRecord) -> Path:
    """Write a record where a run leaves it; return the run's folder."""
    folder = runs / record.spec.name / record.run
    folder.mkdir(parents=True)
    write_record(record, folder / "record.json")
    return folder


def put_record(records: Path, record: RunRecord) -> Path:
    """Write a record where kept ones lie; return its path."""
    path = records / record.spec.name / f"{record.run}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_record(record, path)
    return path


def edit_sealed(path: Path, edit: Callable[[str], str]) -> None:
    """Edit a record or an evaluation as archspec would have written it: with a digest that fits."""
    text = path.read_text(encoding="utf-8").rpartition(SEAL)[0] + "\n}\n"
    path.write_text(sealed(edit(text)), encoding="utf-8")
