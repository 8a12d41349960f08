"""Which device computes: what was asked for, or the fastest that is there."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from archspec.diagnostics import Diagnostic, EnvironmentFault, UsageError, did_you_mean

CHOICES = ("auto", "cpu", "cuda", "mps")

OUT_OF_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


def choose_device(asked: str) -> torch.device:
    """Return the device for `auto`, `cpu`, `cuda` or `mps`.

    Raises UsageError for another word, EnvironmentFault when the device is not there.
    """
    if asked not in CHOICES:
        help = did_you_mean(asked, CHOICES) or f"choose one of {', '.join(CHOICES)}"
        raise UsageError(
            [Diagnostic("unknown-device", f"no device is called {asked!r}", help=help)]
        )
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if asked == "auto":
        asked = next(name for name, is_there in there.items() if is_there)
    if not there[asked]:
        raise EnvironmentFault(
            [
                Diagnostic(
                    "no-device",
                    f"torch {torch.__version__} finds no {asked} device on this machine",
                    help="use --device cpu, or --device auto for the best that is there",
                )
            ]
        )
    return torch.device(asked)


def device_name(device: torch.device) -> str:
    """Return the maker's name of a device, as far as the system tells it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cpuinfo = Path("/proc/cpuinfo")
    if device.type == "cpu" and cpuinfo.exists():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "unknown"


@contextmanager
def memory_faults(batch_size: int) -> Iterator[None]:
    """Turn torch's several ways of running out of memory into one EnvironmentFault."""
    try:
        yield
    except (MemoryError, RuntimeError) as fault:  # torch.OutOfMemoryError is a RuntimeError
        text = str(fault).lower()
        is_memory = isinstance(fault, MemoryError) or any(w in text for w in OUT_OF_MEMORY_WORDS)
        if not is_memory:
            raise
        raise EnvironmentFault(
            [
                Diagnostic(
                    "out-of-memory",
                    f"memory ran out with batches of {batch_size} images",
                    help="try a smaller one, such as "
                    f"`--set train.batch_size={max(1, batch_size // 2)}`",
                )
            ]
        ) from None
