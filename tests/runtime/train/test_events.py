"""What a worker tells arrives as it was said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from archspec.record import EpochRecord, RunRecord
from archspec.record.listener import Listener
from archspec.runtime.train.events import Events, retell
from tests.support.records import TEXT, record_for

RECORD = record_for(TEXT, 9_000, 9_940)


class Hearing(Listener):
    """Keeps all that it hears."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        self.heard.append((record, place, folder))

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        self.heard.append((epochs, steps, batch_size))

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        self.heard.append((epoch, step, steps))

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        self.heard.append((record, is_best))


def test_every_event_is_retold_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    events, listener, folder = Events(), Hearing(), Path("runs/a/b")
    events.on_run(RECORD, "here", folder)
    events.on_start(3, 469, 128)
    events.on_batch(1, 1, 469)
    events.on_batch(1, 2, 469)  # too soon to be told
    events.on_epoch(RECORD.epochs[1], True)
    for line in capsys.readouterr().out.splitlines():
        retell(line, [listener])
    assert listener.heard == [
        (RECORD, "here", folder),
        (3, 469, 128),
        (1, 1, 469),
        (RECORD.epochs[1], True),
    ]


def test_retelling_needs_no_torch(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C in the middle of its import would leave a process that cannot import it again."""
    events = Events()
    events.on_run(RECORD, "here", Path("runs/a/b"))
    events.on_epoch(RECORD.epochs[1], True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    program = (
        "import sys; from archspec.runtime.train.events import retell;"
        "from archspec.record.listener import Listener;"
        f"[retell(line, [Listener()]) for line in {lines!r}];"
        "raise SystemExit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("line", ["", "a warning of some library\n", '"a"', '["other", 1]\n', "3"])
def test_a_line_that_is_no_event_is_passed_over(line: str) -> None:
    listener = Hearing()
    retell(line, [listener])
    assert listener.heard == []


def test_a_worker_that_nobody_hears_stops_as_for_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(sys.stdout, "write", gone)
    with pytest.raises(KeyboardInterrupt):
        Events().on_start(1, 1, 1)
