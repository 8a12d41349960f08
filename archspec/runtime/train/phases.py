"""The parts of a training step by name, so that a profile can tell them apart."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

IMAGES = "images"
PHASES = (IMAGES, "forward", "loss", "backward", "optimizer", "counting")
"""The parts of a step in their order; together they are the whole of it."""

Phases = Callable[[str], AbstractContextManager[object]]
"""Given the name of a phase, what runs around it."""

_NOTHING: AbstractContextManager[object] = nullcontext()


def unwatched(name: str) -> AbstractContextManager[object]:
    """Watch nothing."""
    return _NOTHING
