"""The names closest to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Return up to `most` of the `known` names that look like `name`, best first."""
    from difflib import get_close_matches  # imported here: only a fault needs it

    by_folded = {k.lower().replace("_", ""): k for k in sorted(known, reverse=True)}
    folded = name[:80].lower().replace("_", "")
    return tuple(by_folded[m] for m in get_close_matches(folded, by_folded, n=most, cutoff=0.6))


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return "did you mean `a` or `b`?" for the nearest names, or None when nothing is near."""
    names = [f"`{n}`" for n in nearest(name, known)]
    return f"did you mean {' or '.join(names)}?" if names else None
