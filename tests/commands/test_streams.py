"""Standard output that is full, closed or left by its reader; names that no file can have."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from archspec.commands.output import OutputGone
from archspec.commands.train.listeners import Lines
from tests.support.ladder import STEP3

ROOT = Path(__file__).parents[2]
LONG = "n" * 300
COMMAND = (sys.executable, "-m", "archspec")


@pytest.fixture(autouse=True)
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "a.yaml"
    path.write_text(STEP3, encoding="utf-8")
    return path


def call(folder: Path, *arguments: str, shell: str = "", **environment: str) -> tuple[int, str]:
    """Run a command, with this shell text behind it; return exit code and standard error."""
    text = f'"$@" {shell}'
    done = subprocess.run(
        ("bash", "-o", "pipefail", "-c", text, "bash", *COMMAND, *arguments),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "Exception ignored" not in done.stderr, done.stderr
    return done.returncode, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
@pytest.mark.parametrize("arguments", [("check", "a.yaml"), ("check", "--help")])
def test_a_full_disk_is_told(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, said = call(tmp_path, *arguments, shell="> /dev/full")
    assert code == 3
    assert "cannot write standard output: no space left on device" in said


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&- <&-"])
def test_closed_output_is_no_output(tmp_path: Path, closed: str) -> None:
    assert call(tmp_path, "check", "a.yaml", shell=closed) == (0, "")


@pytest.mark.parametrize("arguments", [("schema",), ("schema", "--help")])
def test_a_reader_that_goes_away_ends_the_command(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert call(tmp_path, *arguments, shell="| sleep 0") == (141, "")


def test_a_name_that_the_encoding_lacks_is_escaped(tmp_path: Path, spec: Path) -> None:
    name = os.fsdecode("o…".encode() + b"\xff.yaml")
    spec.rename(tmp_path / name)
    assert call(tmp_path, "check", name, PYTHONIOENCODING="latin-1") == (0, "")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", f"{LONG}.yaml"), 1),
        (("runs", "--runs-dir", LONG), 3),
        (("verify", "a.yaml", "--records", LONG), 3),
        (("verify", LONG, "--against", "a.yaml"), 3),
        (("keep", LONG), 3),
        (("init", f"{LONG}.yaml"), 3),
    ],
)
def test_a_name_that_is_too_long_is_told(
    tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    found, said = call(tmp_path, *arguments)
    assert found == code
    assert found == 1 or "file name too long" in said


def test_a_working_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    text = 'rmdir ../gone && "$@"'
    done = subprocess.run(
        ("bash", "-c", text, "bash", *COMMAND, "runs"),
        cwd=tmp_path / "gone",
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3
    assert "cannot use the working folder" in done.stderr


@pytest.mark.parametrize("name", ["...yaml", os.fsdecode(b"odd\xff.yaml"), "a:b.yaml"])
def test_a_spec_that_no_run_can_be_called_after_is_not_trained(tmp_path: Path, name: str) -> None:
    data = "data: {dataset: Digits, validation: 100}\n"
    train = "train: {epochs: 1, batch_size: 500, optimizer: {SGD: {lr: 0.05}}}\n"
    (tmp_path / name).write_text(STEP3 + data + train, encoding="utf-8")
    code, said = call(tmp_path, "train", name, "--quiet")
    assert code == 1
    assert "error[unfit-name]" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({name, "a.yaml"})


class Gone(io.StringIO):
    """A standard output that takes nothing."""

    def __init__(self, fault: Exception) -> None:
        super().__init__()
        self.fault = fault

    def write(self, text: str) -> int:
        raise self.fault


@pytest.mark.parametrize("fault", [OutputGone(BrokenPipeError(32, "")), OSError(28, "full")])
def test_a_training_goes_on_when_nobody_listens(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    from tests.support.records import HIGH, TEXT, record_for

    record = record_for(TEXT, HIGH)
    monkeypatch.setattr(sys, "stdout", Gone(fault))
    lines = Lines()
    lines.on_run(record, "here", Path("runs"))
    lines.on_epoch(record.epochs[0], is_best=True)
