"""Freed memory stays with the process: a large temporary is mapped once, and not at every step."""

from __future__ import annotations

import ctypes
import os
import platform

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
"""Parameters of mallopt, as in glibc's malloc.h."""

_SETTINGS = (
    (_MMAP_THRESHOLD, 2**30, "MALLOC_MMAP_THRESHOLD_"),
    (_TRIM_THRESHOLD, 2**31 - 1, "MALLOC_TRIM_THRESHOLD_"),
    (_TOP_PAD, 2**26, "MALLOC_TOP_PAD_"),
)
"""Parameter, bytes, and the environment variable by which a user has set it already."""


def keep_freed_memory() -> bool:
    """Let glibc keep what is freed instead of giving it back; return whether it does.

    By default glibc maps every block above 128 KiB to 32 MiB anew, and each page of an activation
    faults once a step. A setting of the user's own is left alone. Elsewhere than on Linux with
    glibc nothing happens.
    """
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    mallopt.argtypes, mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    return all(
        name in os.environ or bool(mallopt(parameter, size)) for parameter, size, name in _SETTINGS
    )
