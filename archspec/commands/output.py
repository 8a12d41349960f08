"""Standard output that may be closed, full or gone: told by name, and never the end of a run."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import Any, NoReturn


class OutputGone(Exception):
    """Standard output takes no more; no OSError, which would be taken for a fault of a file."""

    def __init__(self, fault: OSError) -> None:
        super().__init__(fault.strerror)
        self.is_reader_gone = fault.errno == errno.EPIPE


class _Output(io.FileIO):
    """A descriptor whose faults are OutputGone."""

    def write(self, content: Any, /) -> int:
        """Write as much as it takes."""
        try:
            return super().write(content)
        except BlockingIOError:
            raise
        except OSError as fault:
            raise OutputGone(fault) from None


def prepare_streams() -> None:
    """Let standard output take any text and tell its faults, and what is closed take anything."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # its number would go to the next file that is opened
            made = os.fdopen(os.open(os.devnull, os.O_RDWR), mode, closefd=False)
            setattr(sys, name, made)
    if os.name == "nt" or sys.stdout.isatty():
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        return
    buffer = io.BufferedWriter(_Output(sys.stdout.fileno(), "w", closefd=False))
    sys.stdout = io.TextIOWrapper(buffer, sys.stdout.encoding, "backslashreplace")


@contextlib.contextmanager
def unheard_is_fine() -> Iterator[None]:
    """Let a training go on when what it tells of itself reaches nobody."""
    with contextlib.suppress(OutputGone, OSError):
        yield


def end_without_output(fault: OutputGone) -> NoReturn:
    """Exit as when a reader goes away (141), or with the fault of the environment."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is written there
    if fault.is_reader_gone:
        sys.exit(141)
    _end("unwritable", f"cannot write standard output: {str(fault).lower()}")


def end_with_fault(fault: OSError) -> NoReturn:
    """Exit with a fault of the environment that nobody has told before."""
    is_folder_gone = fault.filename is None and isinstance(fault, FileNotFoundError)
    name = "the working folder" if is_folder_gone else fault.filename or "a file"
    _end("unreadable", f"cannot use {name}: {(fault.strerror or str(fault)).lower()}")


def _end(code: str, fact: str) -> NoReturn:
    from archspec.commands.faults import print_faults
    from archspec.diagnostics import Diagnostic

    print_faults((Diagnostic(code, fact, None, "`archspec explain " + code + "` says more"),))
    sys.exit(3)
