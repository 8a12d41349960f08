"""Files of the user's: ordinary ones are read, and of everything else nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archspec.diagnostics import EnvironmentFault, SpecError
from archspec.language.files import read_source
from archspec.ordinary import is_ordinary, read_ordinary
from archspec.record import read_metrics, read_record
from archspec.record.evaluation import read_evaluation
from archspec.runtime.train.checkpoint import read_checkpoint

LONG = "n" * 300


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_file_is_read_whole_up_to_its_bound(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_ordinary(tmp_path / "a", 5) == b"12345"
    with pytest.raises(OSError, match="larger than"):
        read_ordinary(tmp_path / "a", 4)


def test_a_file_that_tells_no_size_is_bounded_too() -> None:
    with pytest.raises(OSError, match="larger than"):
        read_ordinary(Path("/proc/self/environ"), 1)


@pytest.mark.parametrize(
    ("path", "what"),
    [("/dev/zero", "a device"), ("/", "a folder"), ("\0", "cannot be one"), (LONG, "too long")],
)
def test_what_is_no_file_is_refused(path: str, what: str) -> None:
    with pytest.raises(OSError, match=what):
        read_ordinary(Path(path), 10)
    assert not is_ordinary(Path(path))


@pytest.mark.parametrize("read", [read_record, read_evaluation, read_metrics, read_checkpoint])
def test_no_reader_waits_for_a_pipe(pipe: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(EnvironmentFault, match="a pipe and no ordinary file"):
        read(pipe)


def test_a_spec_is_no_pipe(pipe: Path) -> None:
    found = read_source(pipe)
    assert "a pipe and no ordinary file" in getattr(found, "message", "")


@pytest.mark.parametrize("read", [read_record, read_checkpoint])
def test_a_file_without_end_is_refused_before_it_is_read(tmp_path: Path, read: object) -> None:
    with (tmp_path / "holes").open("wb") as stream:
        stream.truncate(2**42)
    assert callable(read)
    with pytest.raises((EnvironmentFault, SpecError), match="larger than"):
        read(tmp_path / "holes")
