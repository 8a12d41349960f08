"""The other package named `archspec`, which conda brings, in the same environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return a folder with a package `archspec` that has our files, as links."""
    (tmp_path / "archspec").mkdir()
    for path in (ROOT / "archspec").iterdir():
        if path.name != "__pycache__":
            (tmp_path / "archspec" / path.name).symlink_to(path)
    return tmp_path


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "archspec", "check", str(ROOT / "specs/digits.yaml")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_its_files_in_our_folder_are_told_and_all_goes_on(installed: Path) -> None:
    (installed / "archspec" / "cpu").mkdir()
    ended = check(installed)

    assert ended.returncode == 0
    assert "6,696 params" in ended.stdout
    assert ended.stderr.startswith("warning[shared-folder]: the package archspec, of CPU names,")
    assert "archspec explain shared-folder" in ended.stderr


def test_without_them_nothing_is_said(installed: Path) -> None:
    ended = check(installed)

    assert (ended.returncode, ended.stderr) == (0, "")
