"""How much of the machine the data may take: memory, and processes that read ahead."""

from __future__ import annotations

import os
import re
from pathlib import Path

import torch

from archspec.diagnostics import Diagnostic, UsageError
from archspec.runtime.machine.threads import usable_cores

MEMORY = "ARCHSPEC_DATA_MEMORY"
WORKERS = "ARCHSPEC_DATA_WORKERS"

MOST_BYTES = 2 * 2**30
SHARE_OF_MEMORY = 4
"""A folder that takes more than MOST_BYTES when prepared, or more than this part of the machine's
memory, is not held in memory."""

AHEAD_BYTES = 2**28
SHARE_OF_SHARED = 4
"""Of prepared pictures that lie ready, at most so many bytes, and this part of the memory that
processes can share: a container often has 64 MiB of it."""

MOST_WORKERS = 16
"""For a GPU; more of them wait for the disk or for each other."""

UNITS = {"": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


def memory_limit() -> int:
    """Return the bytes of pictures up to which a folder is held in memory; 0 for none.

    The user's word is ARCHSPEC_DATA_MEMORY, such as `8GiB` or `0`. Raises UsageError for another.
    """
    given = os.environ.get(MEMORY, "").strip()
    if not given:
        return min(MOST_BYTES, machine_memory() // SHARE_OF_MEMORY)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Z]*)", given.upper())
    unit = UNITS.get(found[2]) if found else None
    if found is None or unit is None:
        raise _refused(MEMORY, given, f"write such as `{MEMORY}=8GiB`, or 0 to stream every folder")
    return int(float(found[1]) * unit)


def machine_memory() -> int:
    """Return the bytes of memory that this process may have; 8 GiB where nobody tells."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 * 2**30
    try:  # of a container
        return min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):  # `max` is no number
        return total


def ahead_limit() -> int:
    """Return the bytes of pictures that worker processes may read ahead."""
    try:
        shared = os.statvfs("/dev/shm")
    except (AttributeError, OSError):  # Windows, macOS
        return AHEAD_BYTES
    return min(AHEAD_BYTES, shared.f_bavail * shared.f_frsize // SHARE_OF_SHARED)


def worker_count(device: torch.device) -> int:
    """Return how many processes read pictures ahead; 0 reads them in this one.

    On a GPU all cores but one, shared among the ranks of this machine; on a CPU those that the
    training leaves, and at least one; on one core none. The user's word is ARCHSPEC_DATA_WORKERS;
    raises UsageError when it is no number.
    """
    given = os.environ.get(WORKERS, "").strip()
    if given:
        if not given.isdecimal():
            raise _refused(WORKERS, given, f"write such as `{WORKERS}=4`, or 0 for no workers")
        return int(given)
    cores = usable_cores()
    if cores == 1:
        return 0
    if device.type == "cpu":
        return max(1, cores - torch.get_num_threads())
    ranks = os.environ.get("LOCAL_WORLD_SIZE", "")
    share = (cores - 1) // max(1, int(ranks) if ranks.isdecimal() else 1)
    return max(1, min(share, MOST_WORKERS))


def _refused(variable: str, given: str, help: str) -> UsageError:
    return UsageError([Diagnostic("wrong-usage", f"{variable} says {given!r}", None, help)])
