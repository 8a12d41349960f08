"""A program in a terminal of a given size: what it writes, and keys that go to it."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 60.0
"""For a machine that is very busy; nothing here waits longer than it has to."""

LOOK_SECONDS = 0.05
"""Between two questions whether a silent program still runs."""

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[()][A-Z0-9])")


class Terminal:
    """The screen's side of a pseudo-terminal with a running program at the other one."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process, self.descriptor = process, descriptor
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.raw = ""
        """Everything that was written so far, escapes included."""

    def read_until(self, words: str, *, since: int = 0) -> int:
        """Wait until words stand in what was written; return where they end. AssertionError if not.

        since: an earlier result, so that only what came after it counts.
        """
        end = time.monotonic() + LIMIT_SECONDS
        while (found := self.raw.find(words, since)) < 0:
            if time.monotonic() > end or not self._read(end):
                raise AssertionError(f"{words!r} never came, but {self.raw[since:]!r}")
        return found + len(words)

    def press(self, keys: str) -> None:
        """Send keys to the program."""
        os.write(self.descriptor, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def ended(self) -> int:
        """Read to the end; return the exit code."""
        end = time.monotonic() + LIMIT_SECONDS
        while self._read(end):
            pass
        return self.process.wait(LIMIT_SECONDS)

    @property
    def text(self) -> str:
        """What was written, without escapes, with plain line ends."""
        return ESCAPES.sub("", self.raw).replace("\r\n", "\n")

    def _read(self, end: float) -> bool:
        while True:
            is_over = self.process.poll() is not None  # asked first: its last words may wait
            if select.select([self.descriptor], [], [], 0 if is_over else LOOK_SECONDS)[0]:
                self.raw += self.decoder.decode(os.read(self.descriptor, 65536))
                return True
            if is_over or time.monotonic() > end:
                return False


@contextmanager
def archspec_in_terminal(
    *arguments: str | Path,
    columns: int = 80,
    lines: int = 40,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """Run archspec in a terminal; kill it at the end when it still runs."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")}
    # The first terminal that a session's leader opens is the one whose Ctrl-C reaches it.
    opening = 'exec "$@" <"$0" >"$0" 2>&1'
    command = ["sh", "-c", opening, os.ttyname(slave), sys.executable, "-m", "archspec"]
    process = subprocess.Popen(
        [*command, *map(str, arguments)],
        cwd=folder,
        env={**kept, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **(environment or {})},
        start_new_session=True,
    )
    terminal = Terminal(process, master)
    try:
        yield terminal
    finally:
        process.kill()
        process.wait()
        for descriptor in (master, slave):
            with contextlib.suppress(OSError):
                os.close(descriptor)
