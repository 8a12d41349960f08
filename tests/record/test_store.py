"""Records on disk: found under a folder, kept byte for byte, never overwritten."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archspec.diagnostics import ArchspecError, EnvironmentFault, SpecError, UsageError
from archspec.record import (
    FoundRecord,
    RunRecord,
    find_records,
    find_runs,
    keep,
    to_json,
    write_record,
)
from tests.support.records import HIGH, TEXT, evaluation_of, put_record, put_run, record_for

RECORD = record_for(TEXT, HIGH)
OTHER = record_for(TEXT, HIGH, seed=1)


def refused(run: Path, records: Path, *, unfinished: bool = False) -> ArchspecError:
    """Return the fault of keeping a run, after which nothing may have been written."""
    before = sorted(records.rglob("*"))
    with pytest.raises(ArchspecError) as caught:
        keep(run, records, unfinished=unfinished)
    assert sorted(records.rglob("*")) == before
    assert all(diagnostic.help for diagnostic in caught.value.diagnostics)
    return caught.value


@pytest.mark.parametrize("by", ["", "record.json"], ids=["by its folder", "by its record"])
def test_a_run_is_kept_byte_for_byte(by: str, tmp_path: Path) -> None:
    folder = put_run(tmp_path / "runs", RECORD)
    content = (folder / "record.json").read_bytes() + b"\n \n"
    (folder / "record.json").write_bytes(content)
    kept = keep(folder / by, tmp_path / "kept")

    assert kept.path == tmp_path / "kept" / "a" / "20260101T000000Z-s0.json"
    assert kept.path.read_bytes() == content
    assert (kept.record, kept.evaluation, kept.is_new) == (RECORD, None, True)
    assert [p.name for p in kept.path.parent.iterdir()] == [kept.path.name]


def test_an_evaluation_is_kept_beside_the_record(tmp_path: Path) -> None:
    folder = put_run(tmp_path / "runs", RECORD)
    content = evaluation_of(RECORD) + b" \n"
    (folder / "evaluation.json").write_bytes(content)
    kept = keep(folder, tmp_path / "kept")

    assert kept.evaluation == tmp_path / "kept" / "a" / "20260101T000000Z-s0.evaluation.json"
    assert kept.evaluation.read_bytes() == content


def test_an_evaluation_that_came_later_is_kept_too(tmp_path: Path) -> None:
    folder = put_run(tmp_path / "runs", RECORD)
    keep(folder, tmp_path / "kept")
    (folder / "evaluation.json").write_bytes(evaluation_of(RECORD))
    kept = keep(folder, tmp_path / "kept")

    assert kept.is_new
    assert kept.evaluation is not None
    assert kept.evaluation.exists()


def test_what_is_kept_already_is_left_alone(tmp_path: Path) -> None:
    folder = put_run(tmp_path / "runs", RECORD)
    path = keep(folder, tmp_path / "kept").path
    before = path.stat()

    assert not keep(folder, tmp_path / "kept").is_new
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


@pytest.mark.parametrize("name", ["record.json", "evaluation.json"])
def test_nothing_kept_is_ever_overwritten(name: str, tmp_path: Path) -> None:
    folder = put_run(tmp_path / "runs", RECORD)
    (folder / "evaluation.json").write_bytes(evaluation_of(RECORD))
    keep(folder, tmp_path / "kept")
    other = (folder / name).read_bytes() + b"\n"
    (folder / name).write_bytes(other)
    fault = refused(folder, tmp_path / "kept")

    assert fault.diagnostics[0].code == "record-differs"
    assert all(p.read_bytes() != other for p in (tmp_path / "kept").rglob("*.json"))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("running", "the run has not ended, or was killed"),
        ("failed", "the run failed: the loss is nan"),
        ("interrupted", "the run was interrupted after epoch 1"),
    ],
)
def test_a_run_that_did_not_finish_is_refused(status: str, words: str, tmp_path: Path) -> None:
    record = record_for(TEXT, HIGH, status=status)  # type: ignore[arg-type]
    (fault,) = refused(put_run(tmp_path / "runs", record), tmp_path / "kept").diagnostics

    assert fault.code == "unfinished-run"
    assert fault.message.endswith(words)


def test_an_interrupted_run_is_kept_when_asked_for(tmp_path: Path) -> None:
    folder = put_run(tmp_path / "runs", record_for(TEXT, HIGH, status="interrupted"))

    assert keep(folder, tmp_path / "kept", unfinished=True).is_new


@pytest.mark.parametrize("status", ["running", "failed"])
def test_no_other_unfinished_run_is_kept_even_then(status: str, tmp_path: Path) -> None:
    record = record_for(TEXT, HIGH, status=status)  # type: ignore[arg-type]

    refused(put_run(tmp_path / "runs", record), tmp_path / "kept", unfinished=True)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "not-json", id="empty"),
        pytest.param(to_json(RECORD).encode()[:400], "not-json", id="truncated"),
        pytest.param(b"\xff\xfe", "bad-record", id="no text"),
        pytest.param(b'{"loss": 0.1}', "bad-record", id="foreign"),
        pytest.param(b'{"format": 99}', "newer-format", id="of a newer format"),
    ],
)
def test_an_unsound_record_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    folder = put_run(tmp_path / "runs", RECORD)
    (folder / "record.json").write_bytes(content)
    fault = refused(folder, tmp_path / "kept")

    assert isinstance(fault, SpecError)
    assert fault.diagnostics[0].code == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"confusion": [', "not-json"),
        (b"\xff", "bad-evaluation"),
        (b"{}", "bad-evaluation"),
        (evaluation_of(OTHER), "foreign-evaluation"),
    ],
)
def test_an_evaluation_that_is_unsound_keeps_nothing(
    content: bytes, code: str, tmp_path: Path
) -> None:
    folder = put_run(tmp_path / "runs", RECORD)
    (folder / "evaluation.json").write_bytes(content)

    assert refused(folder, tmp_path / "kept").diagnostics[0].code == code


@pytest.mark.parametrize(
    "part", ["../up", "/etc/x", "..", "", ".hidden", "a\\b", "a\nb", "a" * 300]
)
@pytest.mark.parametrize("key", ["spec.name", "run"])
def test_a_record_cannot_choose_where_it_goes(key: str, part: str, tmp_path: Path) -> None:
    record = replace(RECORD, run=part)
    if key == "spec.name":
        record = replace(RECORD, spec=replace(RECORD.spec, name=part))
    folder = tmp_path / "runs" / "x"
    folder.mkdir(parents=True)
    write_record(record, folder / "record.json")
    (fault,) = refused(folder, tmp_path / "kept").diagnostics

    assert (fault.code, fault.message.partition(" ")[0]) == ("bad-record", key)


def test_a_run_that_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    fault = refused(tmp_path / "absent", tmp_path / "kept")

    assert isinstance(fault, UsageError)
    assert fault.diagnostics[0].code == "missing-run"


def test_a_folder_without_a_record_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path, tmp_path / "kept").diagnostics[0].code == "missing-record"


def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put_run(tmp_path / "runs", RECORD)

    def fail(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", fail)
    with pytest.raises(EnvironmentFault):
        keep(folder, tmp_path / "kept")
    monkeypatch.undo()
    assert [p for p in (tmp_path / "kept").rglob("*") if p.is_file()] == []


def test_a_file_in_place_of_the_folder_is_a_fault_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")

    assert isinstance(
        refused(put_run(tmp_path / "runs", RECORD), tmp_path / "kept"), EnvironmentFault
    )


def records_under(folder: Path) -> list[RunRecord | None]:
    return [found.record for found in find_records(folder)]


def test_kept_records_are_found_by_path_without_evaluations(tmp_path: Path) -> None:
    put_record(tmp_path, OTHER)
    put_record(tmp_path, RECORD)
    (tmp_path / "a" / "20260101T000000Z-s0.evaluation.json").write_text("{}")
    (tmp_path / "a" / ".x.json.123.part").write_text("{")
    (tmp_path / "a" / "notes.md").write_text("")

    assert records_under(tmp_path) == [RECORD, OTHER]


def test_runs_are_found_at_any_depth(tmp_path: Path) -> None:
    put_run(tmp_path, RECORD)
    put_run(tmp_path / "deeper", OTHER)
    (tmp_path / "a" / "notes.json").write_text("{}")

    assert [found.record for found in find_runs(tmp_path)] == [RECORD, OTHER]


def test_an_unsound_record_is_found_with_its_faults(tmp_path: Path) -> None:
    put_record(tmp_path, RECORD)
    (tmp_path / "a" / "broken.json").write_text('{"format": 99}')
    good, broken = find_records(tmp_path)

    assert good.record == RECORD
    assert broken.record is None
    assert [d.code for d in broken.diagnostics] == ["newer-format"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_a_record_that_may_not_be_read_is_found_with_its_fault(tmp_path: Path) -> None:
    put_record(tmp_path, RECORD).chmod(0)
    (found,) = find_records(tmp_path)

    assert [d.code for d in found.diagnostics] == ["unreadable"]


def test_a_folder_that_is_not_there_has_no_records(tmp_path: Path) -> None:
    assert find_records(tmp_path / "absent") == ()
    assert find_runs(tmp_path / "absent") == ()


def test_a_file_in_place_of_a_folder_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")
    with pytest.raises(EnvironmentFault, match="cannot read"):
        find_records(tmp_path / "kept")


@pytest.mark.parametrize("find", [find_runs, find_records])
def test_a_folder_that_may_not_be_entered_is_found_with_its_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, find: Callable[[Path], tuple[FoundRecord, ...]]
) -> None:
    closed, scan = put_run(tmp_path, RECORD), os.scandir

    def scandir(path: str) -> object:
        if Path(path) == closed:  # root, who runs tests in containers, may enter any
            raise PermissionError(errno.EACCES, "permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    (found,) = find(tmp_path)
    assert (found.path, found.record) == (closed, None)
    assert [d.code for d in found.diagnostics] == ["unreadable"]


def test_a_pipe_in_place_of_a_record_is_found_with_its_fault(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "record.json")
    (found,) = find_runs(tmp_path)
    assert [d.code for d in found.diagnostics] == ["unreadable"]
