"""How many CPU threads a training takes, and how they wait for each other."""

from __future__ import annotations

import os

from archspec.analysis import Analysis
from archspec.runtime.machine.signals import put_off

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


SPINS = 30_000
"""Looks of a waiting thread before it sleeps, under a millisecond.

On four idle cores a step of step 3 takes 17 ms with them and 30 ms without; with other programs on
all cores it takes more than 200 ms with them and 110 ms without.
"""

IDLE = 0.5
"""The load a core, over the last minute, up to which nobody else wants the cores."""


def wait_passively() -> None:
    """Let idle OpenMP threads sleep; it counts only before torch is imported.

    They spin without end by default. Where another program wants the cores too, the spinning
    threads keep the working ones from running, and a small network trains tens of times slower. On
    an idle machine they spin a while before they sleep. No result depends on it.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if _load() <= IDLE * usable_cores():
        os.environ.setdefault("GOMP_SPINCOUNT", str(SPINS))


def import_torch() -> None:
    """Wait passively, and import torch; a signal that is raised in there becomes its fault."""
    wait_passively()
    with put_off():
        import torchvision  # noqa: F401 - and torch with it


def _load() -> float:
    """Return how many programs wanted a core over the last minute; none where it is unknown."""
    try:
        return os.getloadavg()[0]
    except (OSError, AttributeError):
        return 0.0
