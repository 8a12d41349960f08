"""Workers run so many at once, stop with their parent, and are never left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archspec.diagnostics import EnvironmentFault
from archspec.runtime.machine import workers
from archspec.runtime.machine.workers import Ended, archspec_command, run_workers
from tests.support.processes import is_alive

ROOT = Path(__file__).parents[3]
SAYS = "import sys; print('begun', flush=True); sys.exit({code})"
WAITS = """
import time
from archspec.runtime.machine.workers import stop_with_parent
try:
    stop_with_parent()
    print("begun", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    raise SystemExit(130)
"""
DEAF = "import time; print('begun', flush=True); time.sleep(600)"


def python(text: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text, *arguments)


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the workers find the package."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def run(commands: dict[int, tuple[str, ...]], at_once: int = 4) -> dict[int, Ended]:
    ended, is_stopped = run_workers(commands, at_once, lambda *_: None, lambda _: None)
    assert not is_stopped
    return ended


def test_each_worker_tells_its_lines_and_how_it_ended() -> None:
    heard: list[tuple[int, str]] = []
    gone: list[int] = []
    commands = {7: python(SAYS.format(code=0)), 3: python(SAYS.format(code=2))}
    ended, _ = run_workers(commands, 1, lambda n, line: heard.append((n, line)), gone.append)
    assert heard == [(7, "begun\n"), (3, "begun\n")]
    assert gone == [7, 3]
    assert {number: end.code for number, end in ended.items()} == {7: 0, 3: 2}


def test_what_a_worker_complains_of_is_kept() -> None:
    ended = run({0: python("import sys; sys.stderr.write('x' * 200_000); sys.exit(1)")})
    assert ended[0].errors == "x" * 200_000


@pytest.mark.parametrize(("at_once", "most"), [(1, 1), (2, 2), (3, 3)])
def test_so_many_run_at_once_and_no_more(tmp_path: Path, at_once: int, most: int) -> None:
    counts = """
import os, sys, time
print("begun", flush=True)
mark = os.path.join(sys.argv[1], str(os.getpid()))
open(mark, "w").close()
time.sleep(0.6)
print(len(os.listdir(sys.argv[1])), flush=True)
time.sleep(0.1)
os.remove(mark)
"""
    heard: list[str] = []
    commands = {number: python(counts, str(tmp_path)) for number in range(4)}
    run_workers(commands, at_once, lambda _, line: heard.append(line), lambda _: None)
    numbers = [int(line) for line in heard if line != "begun\n"]
    assert len(numbers) == 4
    assert max(numbers) == most


def test_a_killed_worker_is_named_by_its_signal_and_the_others_go_on() -> None:
    killed = "import os, signal; print('begun', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    ended = run({0: python(SAYS.format(code=0)), 1: python(killed), 2: python(SAYS.format(code=0))})
    assert {number: end.code for number, end in ended.items()} == {0: 0, 1: -9, 2: 0}
    assert ended[1].signal_name == "SIGKILL"
    assert ended[0].signal_name is None


@pytest.mark.parametrize("at_once", [1, 4])
def test_others_are_not_started_when_the_first_fails_before_its_first_word(at_once: int) -> None:
    ended = run({0: python("raise SystemExit(3)"), 1: python(SAYS.format(code=0))}, at_once)
    assert ended == {0: Ended(3, "")}


def test_others_are_started_when_the_first_is_killed_before_its_first_word() -> None:
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    ended = run({0: python(killed), 1: python(SAYS.format(code=0))})
    assert [end.code for end in ended.values()] == [-9, 0]


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_stops_the_workers_and_starts_no_more() -> None:
    commands = {number: python(WAITS) for number in range(3)}
    ended, is_stopped = run_workers(commands, 1, interrupt, lambda _: None)
    assert is_stopped
    assert {number: end.code for number, end in ended.items()} == {0: 130}


def test_the_terminals_ctrl_c_does_not_reach_a_worker() -> None:
    heard: list[str] = []
    group = "import os; print(os.getpgrp() == os.getpid(), flush=True)"
    run_workers({0: python(group)}, 1, lambda _, line: heard.append(line), lambda _: None)
    assert heard == ["True\n"]


def test_a_worker_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE", 0.1)
    ended, is_stopped = run_workers({0: python(DEAF)}, 1, interrupt, lambda _: None)
    assert is_stopped
    assert ended[0].signal_name == "SIGKILL"


def test_a_fault_in_the_parent_leaves_no_worker_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    popen = subprocess.Popen

    def keep(*arguments: object, **options: object) -> subprocess.Popen[str]:
        process: subprocess.Popen[str] = popen(*arguments, **options)  # type: ignore[call-overload]
        started.append(process.pid)
        return process

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(subprocess, "Popen", keep)
    with pytest.raises(ZeroDivisionError):
        run_workers({0: python(WAITS)}, 1, fail, lambda _: None)
    (number,) = started
    assert not is_alive(number)


def test_a_worker_that_cannot_be_started_is_a_fault_of_the_environment() -> None:
    with pytest.raises(EnvironmentFault, match="cannot start a worker: no such file"):
        run({0: ("/nowhere/python",)})


PARENT = """
import sys
from archspec.runtime.machine.workers import run_workers
from tests.runtime.machine.test_workers import WAITS, python
MORE = "import os; print(os.getpid(), flush=True)\\n" + WAITS
run_workers({0: python(MORE), 1: python(MORE)}, 2, lambda n, line: print(line, end="", flush=True),
            lambda n: None)
"""


def test_workers_end_with_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen(python(PARENT), stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    lines = [parent.stdout.readline().strip() for _ in range(4)]
    numbers = [int(line) for line in lines if line != "begun"]
    assert len(numbers) == 2
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 30
    while any(map(is_alive, numbers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_alive, numbers))


def test_archspec_is_started_with_this_python_and_these_packages() -> None:
    command = archspec_command(["--version"])
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout.startswith("archspec ")
    assert command[0] == sys.executable
