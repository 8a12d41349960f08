from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from archspec.diagnostics import ArchspecError, EnvironmentFault, UsageError
from archspec.record import write_atomically


def refusal(path: Path, **options: object) -> ArchspecError:
    """Return the fault with which writing at a path is refused."""
    with pytest.raises(ArchspecError) as caught:
        write_atomically(path, b"new", **options)  # type: ignore[arg-type]
    assert not list(path.parent.glob(".*.part"))
    return caught.value


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_the_mode_of_a_file_stays(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_atomically(path, b"new")

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give")
def test_the_owner_of_a_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    os.chown(path, 12345, 23456)
    write_atomically(path, b"new")

    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)


def test_a_read_only_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o444)

    assert refusal(path).diagnostics[0].message == f"cannot write {path}: it is read-only"
    assert path.read_bytes() == b"old"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


@pytest.mark.parametrize("target", ["file", "nothing"])
def test_a_link_is_refused_and_what_it_names_stays(target: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(target)
    fault = refusal(link)

    assert isinstance(fault, EnvironmentFault)
    assert fault.diagnostics[0].help == f"name the file itself: {target}"
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_pipes_and_folders_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()

    for name in ("pipe", "folder"):
        assert "it is no ordinary file" in refusal(tmp_path / name).diagnostics[0].message
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_device_stays_a_device() -> None:
    # A copy that fails the test must not cost this machine its device.
    path = Path("/dev/null")
    before = path.lstat()
    if not os.access("/dev", os.W_OK) or os.geteuid() != 0:
        assert "cannot write /dev/null" in refusal(path).diagnostics[0].message
    else:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "replace", lambda *arguments: pytest.fail("it was replaced"))
            assert "it is no ordinary file" in refusal(path).diagnostics[0].message
    assert path.lstat().st_rdev == before.st_rdev


def test_what_is_to_be_new_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    fault = refusal(path, is_new=True)

    assert isinstance(fault, UsageError)
    assert fault.diagnostics[0].code == "file-exists"
    assert path.read_bytes() == b"old"


def test_another_content_than_was_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"edited")
    fault = refusal(path, before=b"old")

    assert fault.diagnostics[0].code == "changed-meanwhile"
    assert path.read_bytes() == b"edited"


@pytest.mark.parametrize("name", ["n" * 255, "名" * 85])
def test_a_name_as_long_as_the_system_takes_is_written(name: str, tmp_path: Path) -> None:
    write_atomically(tmp_path / name, b"new")

    assert (tmp_path / name).read_bytes() == b"new"


def test_a_longer_name_is_told(tmp_path: Path) -> None:
    assert "file name too long" in refusal(tmp_path / ("n" * 256)).diagnostics[0].message
