"""Whether processes run."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def is_alive(number: int) -> bool:
    """Return whether a process runs; one that ended and was not asked for its end does not."""
    with contextlib.suppress(OSError):
        os.kill(number, 0)
        status = Path(f"/proc/{number}/stat")
        return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
    return False
