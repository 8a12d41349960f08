"""How many CPU threads a training takes, and how they wait for each other."""

from __future__ import annotations

import os

from archspec.analysis import Analysis

MACS_PER_THREAD = 40_000_000
"""Multiply-adds of one batch that are worth a thread.

Measured on step 3 and Digits: with less, the threads wait for each other longer than they compute.
"""


def default_threads(
    analysis: Analysis, batch_size: int, cores: int | None = None, sharing: int = 1
) -> int:
    """Return the threads for a network: by its work in one batch, at most one for each core.

    It depends on the spec and the number of cores alone, never on the load, so that a run started
    the same way on the same machine gives the same bits. batch_size: of this process alone.
    sharing: processes that share the cores.
    """
    available = max(1, (cores or usable_cores()) // sharing)
    return max(1, min(available, analysis.totals.macs * batch_size // MACS_PER_THREAD))


def usable_cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def wait_passively() -> None:
    """Let idle OpenMP threads sleep; it counts only before torch is imported.

    They spin by default. Where another program wants the cores too, the spinning threads keep the
    working ones from running, and a small network trains tens of times slower.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
