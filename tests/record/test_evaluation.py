from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archspec.diagnostics import EnvironmentFault, SpecError
from archspec.record.evaluation import (
    Evaluation,
    Mistake,
    ensure_of_run,
    evaluation_path,
    evaluation_to_json,
    read_evaluation,
    write_evaluation,
)
from tests.support.records import TEXT, record_for

RIGHT = Evaluation(
    format=1,
    run="20260101T000000Z-s0",
    epoch=2,
    split="test",
    classes=("a", "b"),
    confusion=((4, 1), (2, 3)),
    mistakes=(Mistake(7, 1, 0, 0.9), Mistake(3, 0, 1, 0.75), Mistake(5, 1, 0, 0.75)),
)
WRITTEN = """\
{
 "format": 1,
 "run": "20260101T000000Z-s0",
 "epoch": 2,
 "split": "test",
 "classes": ["a", "b"],
 "confusion": [
  [4, 1],
  [2, 3]
 ],
 "mistakes": [
  {"index": 7, "label": 1, "predicted": 0, "probability": 0.9},
  {"index": 3, "label": 0, "predicted": 1, "probability": 0.75},
  {"index": 5, "label": 1, "predicted": 0, "probability": 0.75}
 ]
}
"""


def plain() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(WRITTEN)
    return value


def put(folder: Path, content: str | dict[str, Any]) -> Path:
    path = folder / "evaluation.json"
    if isinstance(content, dict):
        content = json.dumps(content)
    path.write_text(content, encoding="utf-8")
    return path


def refused(path: Path) -> tuple[str, str]:
    with pytest.raises(SpecError) as fault:
        read_evaluation(path)
    first = fault.value.diagnostics[0]
    return first.code, first.message


def test_an_evaluation_is_written_a_line_a_row_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    write_evaluation(RIGHT, path)

    body = WRITTEN.removesuffix("\n}\n")
    digest = hashlib.sha256(body.encode()).hexdigest()
    assert path.read_text(encoding="utf-8") == f'{body},\n "digest": "{digest}"\n}}\n'
    assert read_evaluation(path) == RIGHT
    assert (RIGHT.total, RIGHT.correct) == (10, 7)


def test_a_network_without_mistakes_is_written_and_read(tmp_path: Path) -> None:
    faultless = replace(RIGHT, confusion=((5, 0), (0, 5)), mistakes=())
    path = put(tmp_path, evaluation_to_json(faultless))

    assert read_evaluation(path) == faultless


@pytest.mark.parametrize(
    ("record", "evaluation"),
    [
        ("r/s3/1-s0/record.json", "r/s3/1-s0/evaluation.json"),
        ("k/1-s0.json", "k/1-s0.evaluation.json"),
    ],
)
def test_an_evaluation_lies_beside_its_record(record: str, evaluation: str) -> None:
    assert evaluation_path(Path(record)) == Path(evaluation)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"confusion": [[4, 1]]}, "confusion: expected 2 rows of 2 counts"),
        ({"confusion": [[4, 1], [2]]}, "confusion: expected 2 rows of 2 counts"),
        ({"confusion": [[4, -1], [2, 3]]}, "confusion: expected 2 rows of 2 counts"),
        ({"confusion": [[4, 2], [1, 3]]}, "not those that the confusion matrix counts"),
        ({"mistakes": []}, "not those that the confusion matrix counts"),
        ({"split": "train"}, "split: 'train' is not one of ['test']"),
        ({"epoch": "two"}, "epoch: 'two' is not of type 'integer'"),
        ({"extra": 1}, "evaluation: Additional properties are not allowed"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    code, found = refused(put(tmp_path, plain() | change))

    assert code == "bad-evaluation"
    assert message in found


@pytest.mark.parametrize(
    ("number", "change", "message"),
    [
        (0, {"label": 0}, "mistakes.0: class 0 taken for 0, of 2 classes"),
        (1, {"predicted": 2}, "mistakes.1: class 0 taken for 2, of 2 classes"),
        (1, {"index": 10}, "mistakes.1: image 10, probability 0.75"),
        (2, {"probability": 1.5}, "mistakes.2: image 5, probability 1.5"),
        (1, {"index": 7}, "not those that the confusion matrix counts"),
        (2, {"probability": 0.95}, "mistakes: the most certain one is not the first"),
    ],
)
def test_a_mistake_that_cannot_be_is_refused(
    number: int, change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    value = plain()
    value["mistakes"][number] |= change
    code, found = refused(put(tmp_path, value))

    assert code == "bad-evaluation"
    assert message in found


def test_a_fault_has_its_place(tmp_path: Path) -> None:
    path = put(tmp_path, WRITTEN.replace('"split": "test"', '"split": "train"'))
    with pytest.raises(SpecError) as fault:
        read_evaluation(path)

    span = fault.value.diagnostics[0].span
    assert span is not None
    assert (span.line, span.column) == (5, 11)


def test_an_unwritable_folder_is_a_fault_of_the_environment(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="cannot write"):
        write_evaluation(RIGHT, tmp_path / "none" / "evaluation.json")


RECORD = record_for(TEXT, 6, 7, 5, total=10)
"""The best epoch is the second."""


def test_the_evaluation_of_a_run_is_taken() -> None:
    ensure_of_run(RIGHT, RECORD, Path("e.json"))


@pytest.mark.parametrize(
    ("evaluation", "message"),
    [
        (replace(RIGHT, run="20260101T000000Z-s1"), "of the run 20260101T000000Z-s1"),
        (replace(RIGHT, epoch=1), "of epoch 1, and the best epoch of the run is 2"),
        (replace(RIGHT, confusion=((5, 1), (2, 3))), "of 11 images, and the run was tested on 10"),
        (replace(RIGHT, confusion=((5, 1), (1, 3))), "8 images right, and the record says 7"),
    ],
)
def test_the_evaluation_of_something_else_is_refused(evaluation: Evaluation, message: str) -> None:
    with pytest.raises(SpecError, match=message) as fault:
        ensure_of_run(evaluation, RECORD, Path("e.json"))

    assert fault.value.diagnostics[0].code == "foreign-evaluation"
