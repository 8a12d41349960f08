"""A run's folder is one process's, as long as that process lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archspec.diagnostics import EnvironmentFault
from archspec.runtime.machine.lock import hold

HOLDER = """
import sys, time
from pathlib import Path
from archspec.runtime.machine.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Return another process that holds the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_held_folder_is_refused_with_the_number_of_its_process(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(EnvironmentFault) as caught, hold(tmp_path):
        pass
    (fault,) = caught.value.diagnostics
    assert fault.code == "run-in-use"
    assert fault.message == f"{tmp_path} is being trained by process {holder.pid}"


def test_a_killed_process_holds_nothing(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with hold(tmp_path):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())


def test_a_folder_is_free_again_after_its_run(tmp_path: Path) -> None:
    for _ in range(2):
        with hold(tmp_path):
            pass


def test_a_folder_that_takes_no_lock_is_a_fault_of_the_environment(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="cannot write"), hold(tmp_path / "absent"):
        pass


def test_a_link_in_place_of_the_lock_is_refused_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "theirs").write_text("kept")
    (tmp_path / "run" / ".lock").symlink_to(tmp_path / "theirs")
    with pytest.raises(EnvironmentFault, match="cannot write"), hold(tmp_path / "run"):
        pass
    assert (tmp_path / "theirs").read_text() == "kept"


def test_a_pipe_in_place_of_the_lock_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".lock")
    with pytest.raises(EnvironmentFault, match="no ordinary file"), hold(tmp_path):
        pass


def test_what_a_killed_process_was_writing_is_removed(tmp_path: Path) -> None:
    for name in (".last.pt.0123456789ab.part", ".x.part", "last.pt"):
        (tmp_path / name).write_text("")
    with hold(tmp_path):
        left = {path.name for path in tmp_path.iterdir()}
    assert left == {".lock", ".x.part", "last.pt"}
