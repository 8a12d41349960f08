"""The names closest to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archspec.diagnostics.words import listed, ticked

LEAST_LIKENESS = 0.6


def nearest(name: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Return up to `most` of the `known` names that look like `name`, best first.

    Of those that are as much alike the nearest number comes first, conv8 for conv9, and otherwise
    the first that is given.
    """
    from difflib import SequenceMatcher  # imported here: only a fault needs it

    matcher = SequenceMatcher(b=_folded(name[:80]))
    scored: list[tuple[float, int, str]] = []
    for candidate in dict.fromkeys(known):
        matcher.set_seq1(_folded(candidate))
        # The quick ratios are bounds from above, and much cheaper.
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= LEAST_LIKENESS:
            scored.append((-matcher.ratio(), abs(_number(candidate) - _number(name)), candidate))
    likely = sorted((s for s in scored if -s[0] >= LEAST_LIKENESS), key=lambda s: s[:2])
    return tuple(candidate for *_, candidate in likely[:most])


def _number(name: str) -> int:
    digits = "".join(c for c in name[:80] if c in "0123456789")
    return int(digits[:18] or 0)


def _folded(name: str) -> str:
    return name.lower().replace("_", "")


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return "did you mean `a`, `b` or `c`?" for the nearest names, None when nothing is near."""
    return asked(nearest(name, known))


def asked(names: Sequence[str]) -> str | None:
    """Return "did you mean `a`, `b` or `c`?"; None without names."""
    return f"did you mean {listed(ticked(names), 'or')}?" if names else None
