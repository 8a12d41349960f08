"""One process at a time trains in a run's folder, by a lock that dies with its process."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archspec.diagnostics import Diagnostic, EnvironmentFault
from archspec.record import cannot_write
from archspec.record.atomic import remove_parts

LOCK = ".lock"
"""The file in a run's folder; it stays there, and only a living process can hold it."""

FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A link would have another file emptied, and a pipe would wait."""

BUSY = (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK)
MOST_DIGITS = 20


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep other processes from training in a run's folder.

    The system lets go when the process ends, in whatever way. Raises EnvironmentFault: `run-in-use`
    when another one holds it, `unwritable` when the folder takes no lock.
    """
    path = folder / LOCK
    try:
        descriptor = os.open(path, FLAGS, 0o666)  # not inherited by children
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "it is no ordinary file")
    except OSError as fault:
        raise cannot_write(path, fault) from None
    try:
        try:
            _lock(descriptor)
        except OSError as fault:
            if fault.errno not in BUSY:
                raise cannot_write(path, fault) from None
            raise _in_use(folder, descriptor) from None
        with contextlib.suppress(OSError):  # the number only helps people; the lock is held
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
        remove_parts(folder)  # of a process that was killed: nobody else writes here
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":

    def _lock(descriptor: int) -> None:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:

    def _lock(descriptor: int) -> None:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _in_use(folder: Path, descriptor: int) -> EnvironmentFault:
    written = b""
    with contextlib.suppress(OSError):
        written = os.read(descriptor, MOST_DIGITS)
    by = f"process {written.decode()}" if written.isdigit() else "another process"
    return EnvironmentFault(
        [
            Diagnostic(
                "run-in-use",
                f"{folder} is being trained by {by}",
                help="wait until it ends, or stop it; then resume the run",
            )
        ]
    )
