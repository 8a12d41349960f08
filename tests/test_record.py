"""Records: JSON and back without loss, refused when unsound, whole or absent on disk."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from archspec.diagnostics import EnvironmentFault, SpecError
from archspec.record import (
    FORMAT,
    Counts,
    DatasetRecord,
    DeviceRecord,
    EpochRecord,
    GitRecord,
    Hashes,
    Measure,
    Proof,
    RunRecord,
    SourceText,
    SpecRecord,
    Versions,
    append_metrics,
    best_of,
    from_json,
    monitored_split,
    read_metrics,
    read_record,
    record_schema,
    rewrite_metrics,
    to_json,
    to_plain,
    write_atomically,
    write_record,
)

TEXT = "archspec: 1\ninput: [1, 28, 28]\n"


def epoch(number: int, right: int, loss: float = 0.5) -> EpochRecord:
    """Return an epoch with `right` of 100 test images right."""
    return EpochRecord(
        epoch=number,
        learning_rate=0.05,
        train=Measure(0.1 + 0.2, 450, 600),
        validation=None,
        test=Measure(loss, right, 100),
        seconds=1.25,
        images_per_second=480.0,
    )


RECORD = RunRecord(
    format=FORMAT,
    run="20260801T101500Z-s0",
    status="finished",
    failure=None,
    spec=SpecRecord("tiny", TEXT, (SourceText("specs/tiny.yaml", TEXT),), ("train.epochs=3",)),
    hashes=Hashes("a" * 64, "b" * 64),
    dataset=DatasetRecord("Digits", "c" * 64, Counts(600, 0, 100), "test", True, None),
    seed=0,
    threads=2,
    device=DeviceRecord("cpu", "Ümläut CPU"),
    versions=Versions("0.1.0", "3.11.7", "2.13.0", "0.28.0", "Linux-x86_64"),
    git=GitRecord("d" * 40, dirty=True),
    started="2026-08-01T10:15:00Z",
    seconds=4.5,
    params=7720,
    proven=Proof(7720, 30),
    epochs=(epoch(1, 80), epoch(2, 90, 0.4), epoch(3, 90, 0.3)),
    best_epoch=3,
    notices=("RandomErasing is drawn image by image",),
)


def refusal(text: str) -> SpecError:
    with pytest.raises(SpecError) as caught:
        from_json(text, "record.json")
    return caught.value


def bent(*path: str | int, value: object) -> str:
    """Return the example's JSON with one value replaced."""
    plain = json.loads(to_json(RECORD))
    inner = plain
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return json.dumps(plain, indent=1)


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        replace(RECORD, git=None, proven=None, epochs=(), best_epoch=None, status="running"),
        replace(RECORD, status="failed", failure="the loss is nan"),
        replace(
            RECORD,
            dataset=replace(RECORD.dataset, validation=0, replaces="MNIST"),
            best_epoch=1,
        ),
    ],
    ids=["finished", "just started", "failed", "on other data"],
)
def test_a_record_survives_json_unchanged(record: RunRecord) -> None:
    assert from_json(to_json(record), "record.json") == record


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(), st.integers(0, 2**63 - 1))
def test_any_number_and_text_survives_json(number: float, text: str, seed: int) -> None:
    record = replace(RECORD, seconds=number, failure=text, seed=seed)
    assert from_json(to_json(record), "record.json") == record


def test_the_schema_is_a_valid_schema_and_accepts_what_is_written() -> None:
    Draft202012Validator.check_schema(record_schema())
    assert Draft202012Validator(record_schema()).is_valid(json.loads(to_json(RECORD)))


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (bent("seed", value=True), "bad-record", "seed: True is not of type 'integer'"),
        (bent("status", value="done"), "bad-record", "status: 'done' is not one of"),
        (bent("surprise", value=1), "bad-record", "'surprise' was unexpected"),
        (bent("epochs", 1, "test", "loss", value="low"), "bad-record", "epochs.1.test.loss: 'low'"),
        (bent("epochs", 1, "epoch", value=3), "bad-record", "epoch 3 stands where 2 should"),
        (bent("epochs", 1, "test", "correct", value=101), "bad-record", "101 right answers of 100"),
        (bent("epochs", 1, "test", value=None), "bad-record", "epoch 2 lacks its test measure"),
        (bent("best_epoch", value=1), "bad-record", "best_epoch is 1, and the epochs say 3"),
        (
            bent("seed", value=10**30),
            "bad-record",
            "seed is 1000000000000000000000000000000, and no run",
        ),
        (bent("seed", value=-1), "bad-record", "seed is -1, and no run has that"),
        (bent("threads", value=10**9), "bad-record", "threads is 1000000000, and no run"),
        (bent("threads", value=0), "bad-record", "threads is 0, and no run"),
        (bent("best_epoch", value=17), "bad-record", "best_epoch is 17, and the epochs say 3"),
    ],
)
def test_an_unsound_record_is_refused_with_its_fault(text: str, code: str, message: str) -> None:
    (diagnostic,) = refusal(text).diagnostics
    assert diagnostic.code == code
    assert message in diagnostic.message
    assert diagnostic.help


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"format": 1,\n "seed": nope}', 2, 10),
        ('{\n "format": 7\n}', 2, 12),
        ('{"format": 1, "format": 7}', 1, 25),
        (bent("epochs", 1, "test", "loss", value="low"), None, None),
    ],
)
def test_a_refusal_points_into_the_file(text: str, line: int | None, column: int | None) -> None:
    span = refusal(text).diagnostics[0].span
    assert span is not None
    if line is None:
        line = text[: text.index('"low"')].count("\n") + 1
        column = text.split("\n")[line - 1].index('"low"') + 1
    assert (span.source.name, span.line, span.column) == ("record.json", line, column)


def test_all_faults_of_a_record_come_in_one_pass() -> None:
    plain = json.loads(to_json(RECORD))
    plain["seed"], plain["threads"] = "zero", None
    messages = [d.message for d in refusal(json.dumps(plain)).diagnostics]
    assert [m.split(":")[0] for m in sorted(messages)] == ["seed", "threads"]


@pytest.mark.parametrize("cut", range(0, len(to_json(RECORD)) - 2, 97))
def test_a_record_cut_anywhere_is_refused(cut: int) -> None:
    assert refusal(to_json(RECORD)[:cut]).diagnostics[0].code == "not-json"


def test_a_record_survives_the_disk(tmp_path: Path) -> None:
    write_record(RECORD, tmp_path / "record.json")
    assert read_record(tmp_path / "record.json") == RECORD


def test_writing_replaces_the_whole_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", b"long old content")
    write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(("owner", "call"), [(os, "write"), (os, "fsync"), (Path, "replace")])
@pytest.mark.parametrize(
    "fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()]
)
def test_a_write_that_fails_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, call: str, fault: BaseException
) -> None:
    write_atomically(tmp_path / "file", b"old")

    def fail(*arguments: object) -> None:
        raise fault

    monkeypatch.setattr(owner, call, fail)
    expected = EnvironmentFault if isinstance(fault, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        write_atomically(tmp_path / "file", b"new")
    monkeypatch.undo()
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: whole(descriptor, content[:3]))
    write_atomically(tmp_path / "file", b"0123456789")
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_a_new_file_gets_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", b"")
    (tmp_path / "other").touch()
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_appended_metrics_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    append_metrics(path, RECORD.epochs[0])
    append_metrics(path, RECORD.epochs[1])
    assert read_metrics(path) == RECORD.epochs[:2]


def test_an_unfinished_last_line_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    append_metrics(path, RECORD.epochs[0])
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-1])
    assert read_metrics(path) == RECORD.epochs[:1]


TOO_LARGE = json.dumps(to_plain(RECORD.epochs[1])).replace("1.25", "1" * 400)


@pytest.mark.parametrize("line", ["nonsense", "{}", "[1]", '{"epoch": 1', "[" * 100_000, TOO_LARGE])
def test_a_finished_line_that_is_no_epoch_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "metrics.jsonl"
    append_metrics(path, RECORD.epochs[0])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(SpecError, match=r"metrics.jsonl:2:1.*line 2 is not"):
        read_metrics(path)


def test_rewritten_metrics_hold_exactly_the_given_epochs(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text("half a li")
    rewrite_metrics(path, RECORD.epochs)
    assert read_metrics(path) == RECORD.epochs


def test_metrics_cannot_be_appended_in_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="cannot write"):
        append_metrics(tmp_path / "absent" / "metrics.jsonl", RECORD.epochs[0])


@pytest.mark.parametrize(
    ("validation", "split"),
    [("test", "test"), (5000, "validation"), (0.1, "validation"), (0, "train")],
)
def test_the_monitored_split_is_the_declared_one(validation: str | int | float, split: str) -> None:
    assert monitored_split(validation) == split


@pytest.mark.parametrize(
    ("rights", "losses", "best"),
    [
        ([], [], None),
        ([80, 90, 85], [0.1, 0.9, 0.2], 2),
        ([90, 90, 90], [0.5, 0.3, 0.3], 2),
    ],
)
def test_the_best_epoch_has_most_right_answers_then_the_lower_loss_then_comes_first(
    rights: list[int], losses: list[float], best: int | None
) -> None:
    epochs = [epoch(i + 1, r, x) for i, (r, x) in enumerate(zip(rights, losses, strict=True))]
    assert best_of(epochs, "test") == best


def test_without_a_held_out_split_the_lowest_training_loss_is_best() -> None:
    low = replace(RECORD.epochs[0].train, loss=0.01, correct=1)
    epochs = [epoch(1, 99), replace(epoch(2, 10), train=low), epoch(3, 99)]
    assert best_of(epochs, "train") == 2
