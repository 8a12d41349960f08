"""Records and evaluations carry a digest: what was changed since is no evidence."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archspec.diagnostics import ArchspecError, SpecError
from archspec.judge.project_verdicts import verify
from archspec.record import find_records, read_record, to_json, write_record
from archspec.record.evaluation import evaluation_in, read_evaluation, write_evaluation
from tests.support.archives import flipped
from tests.support.records import HIGH, TEXT, evaluation_of, put_record, record_for

RECORD = record_for(TEXT, HIGH)
Case = tuple[Callable[[Path], Any], Path]


@pytest.fixture(params=["record", "evaluation"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    path = tmp_path / "file.json"
    if request.param == "record":
        write_record(RECORD, path)
        return read_record, path
    few = record_for(TEXT, 95, total=100)
    write_evaluation(evaluation_in(evaluation_of(few), path), path)
    return read_evaluation, path


def test_no_flipped_bit_changes_what_is_read(case: Case) -> None:
    read, path = case
    sound = path.read_bytes()
    read(path)
    for bit in random.Random(5).sample(range(8 * len(sound)), 100):
        path.write_bytes(flipped(sound, bit))
        with pytest.raises(ArchspecError):
            read(path)


def test_line_ends_of_another_system_change_nothing(case: Case) -> None:
    read, path = case
    written = read(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read(path) == written


def test_a_record_of_old_has_no_digest(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(to_json(RECORD), encoding="utf-8")
    assert read_record(tmp_path / "a.json") == RECORD


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(TEXT, encoding="utf-8")
    path = put_record(tmp_path / "records", RECORD)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"seed": 0', '"seed": 1'), encoding="utf-8")
    return path


def test_an_edited_record_is_refused(edited: Path) -> None:
    with pytest.raises(SpecError, match="not as it was written"):
        read_record(edited)


def test_an_edited_record_is_listed_and_proves_nothing(tmp_path: Path, edited: Path) -> None:
    (found,) = find_records(tmp_path / "records")
    assert found.record is not None
    assert found.record.seed == 1
    judged = verify(tmp_path / "a.yaml", records=tmp_path / "records")
    assert [verdict.verdict for spec in judged.specs for verdict in spec.verdicts] == ["unproven"]
    assert [item.path for item in judged.unreadable] == [edited]
    assert not judged.is_ok
