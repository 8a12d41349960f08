"""Downloads through torchvision, into a folder beside the cache's that is moved when complete."""

from __future__ import annotations

import contextlib
import io
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from archspec.diagnostics import EnvironmentFault
from archspec.runtime.data.faults import HOW_TO_GIVE, RUNS_ANYWHERE, data_fault, reason_of
from archspec.runtime.data.folders import DataFolder

PATIENCE = 30.0
"""Seconds without a byte after which a server counts as unreachable; torchvision waits for ever."""


def fetched(name: str, folder: DataFolder, download: Callable[[Path], Path]) -> Path:
    """Download data set `name` and return its folder in the cache.

    `download` fills the folder it is given, checks the result, and returns the part to keep. Until
    then nothing lies under the final name, so that an interrupted download is never taken for data.
    Raises EnvironmentFault (`missing-data`) that says where was looked and what to do.
    """
    final = folder.root / name
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        with _staging(folder.root) as staging:
            with _silent(), _impatient():
                complete = download(staging)
            complete.replace(final)
    except EnvironmentFault:
        raise
    except OSError as error:
        if final.is_dir() and any(final.iterdir()):
            message = f"{final} is there, but is no complete {name}"
            raise data_fault("corrupt-data", message, f"remove {final}, and run again") from None
        raise _unfetched(name, folder, error) from None
    # What a mirror, an unpacker or torchvision's own checks raise has no common class.
    except Exception as error:
        raise _unfetched(name, folder, error) from None
    return final


def _unfetched(name: str, folder: DataFolder, error: Exception) -> EnvironmentFault:
    searched = ", ".join(map(str, folder.places(name)))
    return data_fault(
        "missing-data",
        f"no {name} in {searched}, and it could not be downloaded: {_last_line(error)}",
        f"{HOW_TO_GIVE}; {RUNS_ANYWHERE}",
    )


def _last_line(error: Exception) -> str:
    # torchvision lists its mirrors and puts the reason of each on the line behind it.
    lines = [line for line in str(error).splitlines() if line.strip()]
    reason = reason_of(Exception(lines[-1])) if len(lines) > 1 else reason_of(error)
    return reason.removeprefix("<urlopen error ").removesuffix(">")


@contextlib.contextmanager
def _staging(root: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=".download-", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    # torchvision draws its own progress bars, which would run through ours.
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        yield


@contextlib.contextmanager
def _impatient() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
