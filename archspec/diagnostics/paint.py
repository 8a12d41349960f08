"""Colours in a text for people: marks that no other text can have, until it is printed.

A name or title may hold escapes of its own. Ours begin with a key that is drawn anew in each
process, so that the one place which prints can tell them apart.
"""

from __future__ import annotations

import os

from archspec.diagnostics.cells import visible

_KEY = f"\x1b{os.urandom(6).hex()}"

RESET, BOLD, RED, GREEN, YELLOW, BLUE, CYAN = (
    f"{_KEY}[{number}m" for number in (0, 1, 31, 32, 33, 34, 36)
)


def on_terminal(text: str) -> str:
    """Return a text with its colours as a terminal takes them, and nothing else that steers it."""
    first, *rest = text.split(_KEY)
    return visible(first) + "".join(f"\x1b{visible(part)}" for part in rest)
