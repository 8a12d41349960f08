"""A folder's digest is that of sha256sum, and is not computed again for a folder that stays."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from archspec.diagnostics import EnvironmentFault
from archspec.runtime.data import known
from archspec.runtime.data import survey as survey_module
from archspec.runtime.data.files import Files
from archspec.runtime.data.limits import MEMORY
from archspec.runtime.data.survey import survey
from tests.support.picture_folder import load, write_folder

DIGEST = "find train test -type f -name '*g' | LC_ALL=C sort | xargs -d '\\n' sha256sum | sha256sum"


def files_of(root: Path) -> Files:
    paths = sorted(path for path in root.rglob("*") if path.suffix in (".png", ".jpg"))
    return Files(root, [path.relative_to(root).as_posix() for path in paths])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "pictures", train=9, test=3)


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have even small folders of today kept, in a cache of the test's own; return its folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(known, "WORTH_BYTES", 1)
    monkeypatch.setattr(known, "SETTLED", 0)
    return tmp_path / "cache" / "archspec" / "folders"


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the files that are read from now on."""
    read: list[Path] = []
    real = survey_module._look

    def look(path: Path) -> tuple[bytes, tuple[int, int]]:
        read.append(path)
        return real(path)

    monkeypatch.setattr(survey_module, "_look", look)
    return read


@pytest.mark.skipif(
    not shutil.which("sha256sum") or not shutil.which("xargs"), reason="needs GNU coreutils"
)
@pytest.mark.parametrize("memory", ["0", "1GiB"])
def test_the_digest_is_the_one_that_anybody_can_compute(
    folder: Path, monkeypatch: pytest.MonkeyPatch, memory: str
) -> None:
    (folder / "train" / "ant" / "Ärger mit b.png").write_bytes(
        (folder / "train" / "ant" / "000.png").read_bytes()
    )
    (folder / "train" / "notes.txt").write_text("no picture")
    monkeypatch.setenv(MEMORY, memory)
    done = subprocess.run(["sh", "-c", DIGEST], cwd=folder, capture_output=True, check=True)
    assert load(folder).digest == done.stdout.split()[0].decode()


@pytest.mark.parametrize("change", ["content", "name", "class", "part", "one more"])
def test_every_change_of_a_picture_changes_the_digest(folder: Path, change: str) -> None:
    before = load(folder).digest
    path = folder / "train" / "ant" / "000.png"
    if change == "content":
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif change == "one more":
        shutil.copy(path, path.with_name("009.png"))
    else:
        inside = {"name": "train/ant/00.png", "class": "train/bee/000.png"}
        path.rename(folder / inside.get(change, "test/ant/100.png"))
    assert load(folder).digest != before


def test_a_folder_elsewhere_has_the_same_digest(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "elsewhere")
    assert load(tmp_path / "elsewhere").digest == load(folder).digest


def test_a_folder_that_stays_is_read_once(folder: Path, cached: Path, unread: list[Path]) -> None:
    first = survey(files_of(folder))
    assert len(unread) == 12
    assert survey(files_of(folder)) == first
    assert len(unread) == 12
    assert len(list(cached.iterdir())) == 1


@pytest.mark.parametrize("change", ["time", "content of the same length", "another name"])
def test_a_folder_that_changed_is_read_again(
    folder: Path, cached: Path, unread: list[Path], change: str
) -> None:
    survey(files_of(folder))
    path = folder / "train" / "ant" / "000.png"
    told = path.stat()
    if change == "time":
        os.utime(path)
    elif change == "another name":
        path.rename(path.with_name("00.png"))
    else:  # and somebody hides it
        path.write_bytes(path.read_bytes())
        os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))
    survey(files_of(folder))
    assert len(unread) == 24


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"digest": "abc", "sizes": []}', '{"digest": 3, "sizes": [[1]]}']
)
def test_a_cache_that_is_not_sound_is_not_believed(
    folder: Path, cached: Path, unread: list[Path], content: str
) -> None:
    first = survey(files_of(folder))
    (path,) = cached.iterdir()
    path.write_text(content)
    assert survey(files_of(folder)) == first
    assert len(unread) == 24
    assert json.loads(path.read_bytes())["digest"] == first.digest


def test_a_cache_that_cannot_be_written_is_done_without(
    folder: Path, cached: Path, unread: list[Path]
) -> None:
    cached.parent.parent.write_text("a file where a folder should be")
    survey(files_of(folder))
    survey(files_of(folder))
    assert len(unread) == 24


def test_small_folders_leave_no_trace(
    folder: Path, cached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "WORTH_BYTES", 2**28)
    survey(files_of(folder))
    assert not cached.exists()


def test_a_folder_that_changed_this_moment_is_not_remembered(
    folder: Path, cached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "SETTLED", 3_600_000_000_000)
    survey(files_of(folder))
    assert not cached.exists()


def test_a_file_that_is_gone_is_named(folder: Path) -> None:
    files = files_of(folder)
    files[0].unlink()
    with pytest.raises(EnvironmentFault) as caught:
        survey(files)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "unreadable-data"
    assert str(files[0]) in diagnostic.message


@pytest.mark.parametrize("name", ["a.png", "ä/日本.png", "a b/\udcff.png"])
def test_names_come_back_as_they_were(tmp_path: Path, name: str) -> None:
    files = Files(tmp_path, ["first", name, "last"])
    assert files[1] == tmp_path / name
    assert [len(files), files[0], files[2]] == [3, tmp_path / "first", tmp_path / "last"]
