"""What the test files of layers say of their own kinds, for the proofs of all kinds.

A module tests/layers/test_*.py may define `ROWS`, `TORCH` and `MAKERS`. It takes what it needs from
rows.py, torch_modules.py and draws.py, which import none of these files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

LAYERS = Path(__file__).parents[2] / "layers"
T = TypeVar("T")


def with_own_files(given: Mapping[str, T], name: str) -> dict[str, T]:
    """Return what is given for kinds, and what the layers' own test files give by this name."""
    return united(name, given, *_own(name))


def united(name: str, *parts: Mapping[str, T]) -> dict[str, T]:
    """Return all parts as one; no kind may stand in two of them."""
    whole: dict[str, T] = {}
    for part in parts:
        twice = sorted(whole.keys() & part.keys())
        assert not twice, f"{name} is given twice for {', '.join(twice)}"
        whole |= part
    return whole


def _own(name: str) -> Iterator[Mapping[str, Any]]:
    for path in sorted(LAYERS.glob("test_*.py")):
        yield getattr(import_module(f"tests.layers.{path.stem}"), name, {})
