"""IDX files: read packed and unpacked, and refused with a reason when they are anything else."""

from __future__ import annotations

import contextlib
import gzip
import os
import struct
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archspec.diagnostics import EnvironmentFault
from archspec.runtime.data.idx import read_idx


def idx(shape: tuple[int, ...], values: bytes, kind: int = 0x08) -> bytes:
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape) + values


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # without the time, which would stand in the test's name


SOUND = idx((2, 2, 3), bytes(range(12)))


@pytest.mark.parametrize("name", ["data", "data.gz"])
@pytest.mark.parametrize("is_packed", [True, False])
def test_values_are_read_by_content_whatever_the_name_says(
    tmp_path: Path, name: str, is_packed: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(packed(SOUND) if is_packed else SOUND)
    values = read_idx(path, 3)
    assert values.dtype == torch.uint8
    assert values.tolist() == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "foreign-data", "starts with nothing"),
        (b"\0\0\x08", "truncated-data", "header"),
        (b"<!DOCTYPE html>", "foreign-data", "3c 21 44 4f"),
        (b"PK\x03\x04", "foreign-data", "no IDX file"),
        (idx((2,), bytes(8), kind=0x0C), "foreign-data", "0x0c"),
        (idx((2, 2), bytes(4)), "foreign-data", "2 axes, expected 3"),
        (SOUND[:9], "truncated-data", "header"),
        (SOUND[:-1], "truncated-data", "promises 12 bytes of values and holds 11"),
        (SOUND + b"\0", "corrupt-data", "more than the 12 bytes"),
        (idx((0, 28, 28), b""), "truncated-data", "no values"),
        (idx((2**10,) * 3, b"abc"), "truncated-data", "holds 3"),
        (idx((2**32 - 1,) * 3, b"abc"), "corrupt-data", "more than 1,073,741,824"),
        (packed(SOUND)[:-9], "truncated-data", "mid-stream"),
        (packed(SOUND)[:12], "truncated-data", "mid-stream"),
        (b"\x1f\x8b" + b"\0" * 30, "corrupt-data", "gzip"),
        (packed(SOUND)[:-8] + b"\0" * 8, "corrupt-data", "gzip"),
        (packed(SOUND[:-1]), "truncated-data", "holds 11"),
        (packed(b"hello"), "foreign-data", "68 65 6c 6c"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_damaged_or_foreign_file_is_a_fault_of_the_environment(
    tmp_path: Path, content: bytes, code: str, words: str
) -> None:
    path = tmp_path / "data"
    path.write_bytes(content)
    with pytest.raises(EnvironmentFault) as error:
        read_idx(path, 3)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == code
    assert words in diagnostic.message
    assert str(path) in diagnostic.message
    assert error.value.exit_code == 3


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_of_a_byte_ends_in_anything_but_values_or_a_fault(
    tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from([SOUND, packed(SOUND)])))
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "data"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(EnvironmentFault):
        assert read_idx(path, 3).dim() == 3


@pytest.mark.parametrize("kind", ["missing", "folder", "locked"])
def test_a_file_that_cannot_be_opened_is_a_fault(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "data"
    if kind == "folder":
        path.mkdir()
    if kind == "locked":
        path.write_bytes(SOUND)
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
    with pytest.raises(EnvironmentFault) as error:
        read_idx(path, 3)
    assert error.value.diagnostics[0].code == "unreadable-data"
