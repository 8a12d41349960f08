"""Counts and lists of names, in the words that every message and page has for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return the noun for a number; many: where it is not `one` with an s."""
    return one if number == 1 else many or f"{one}s"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return `1 epoch`, `3 epochs`, or `1,200 epochs`."""
    return f"{number:,} {plural(number, one, many)}"


def listed(names: Iterable[object], last: str = "and") -> str:
    """Return `a`, `a and b`, or `a, b and c`; nothing for no names."""
    words = [str(name) for name in names]
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def numbered(noun: str, numbers: Iterable[int]) -> str:
    """Return `seed 3`, or `seeds 0, 1 and 4`."""
    known = list(numbers)
    return f"{plural(len(known), noun)} {listed(known)}"


def ticked(names: Iterable[str]) -> list[str]:
    """Return each name in the ticks that make it code."""
    return [f"`{name}`" for name in names]


def few(words: Sequence[str], most: int) -> list[str]:
    """Return the first words; where there are others, `2 more` comes last."""
    return [*words[:most], *([f"{len(words) - most:,} more"] if len(words) > most else [])]
