"""Freed memory stays with the process: a large temporary is mapped once, and not at every step."""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
from pathlib import Path

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
"""Parameters of mallopt, as in glibc's malloc.h."""

_SETTINGS = (
    (_MMAP_THRESHOLD, 2**30, "MALLOC_MMAP_THRESHOLD_"),
    (_TRIM_THRESHOLD, 2**31 - 1, "MALLOC_TRIM_THRESHOLD_"),
    (_TOP_PAD, 2**26, "MALLOC_TOP_PAD_"),
)
"""Parameter, bytes, and the environment variable by which a user has set it already."""

_ON_HUGE_PAGES = 2**30 - 2**16
"""Bytes of the heap that lie on huge pages, once they are used; below the first setting."""

_HUGE_PAGE = 2**21


def keep_freed_memory() -> bool:
    """Let glibc keep what is freed instead of giving it back; return whether it does.

    By default glibc maps every block above 128 KiB to 32 MiB anew, and each page of an activation
    faults once a step. A setting of the user's own is left alone. Elsewhere than on Linux with
    glibc nothing happens.
    """
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return False
    if "glibc.malloc" in os.environ.get("GLIBC_TUNABLES", ""):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    mallopt.argtypes, mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    is_kept = all(
        name in os.environ or bool(mallopt(parameter, size)) for parameter, size, name in _SETTINGS
    )
    if is_kept and _has_room():
        _ask_for_huge_pages()
    return is_kept


def _has_room() -> bool:
    """Return whether address space costs nothing here, and huge pages have the usual size."""
    import resource  # Windows, which never comes here, does not have it

    endless = all(
        resource.getrlimit(limit)[0] == resource.RLIM_INFINITY
        for limit in (resource.RLIMIT_AS, resource.RLIMIT_DATA)
    )
    is_filled = "MALLOC_PERTURB_" in os.environ  # glibc then writes to all that it gives
    try:
        page = int(Path("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size").read_text())
        counts = int(Path("/proc/sys/vm/overcommit_memory").read_text()) == 2
    except (OSError, ValueError):
        return False
    return endless and not is_filled and not counts and page == _HUGE_PAGE


def _ask_for_huge_pages() -> None:
    """Let what the heap grows by next lie on pages of 2 MiB, as far as Linux has them.

    The maps of a step are tens of MiB, more than the processor finds in its table of 4 KiB pages:
    measured 5 % of a step of step 3. The block that is asked for goes back to the heap untouched,
    so that no memory is used for it.
    """
    libc = ctypes.CDLL(None)
    libc.malloc.argtypes, libc.malloc.restype = (ctypes.c_size_t,), ctypes.c_void_p
    libc.free.argtypes, libc.free.restype = (ctypes.c_void_p,), None
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    block = libc.malloc(_ON_HUGE_PAGES)
    if block:
        start = -(-block // _HUGE_PAGE) * _HUGE_PAGE
        libc.madvise(start, block + _ON_HUGE_PAGES - start, mmap.MADV_HUGEPAGE)  # advice only
        libc.free(block)
