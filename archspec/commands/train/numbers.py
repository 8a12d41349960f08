"""The seeds of `--seeds`, as numbers and in words."""

from __future__ import annotations

from archspec.diagnostics import Diagnostic, UsageError
from archspec.diagnostics.words import numbered

LARGEST_SEED = 2**63 - 1
MOST_SEEDS = 10_000


def read_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds of `5` (0 to 4) or `3,7,9`, in this order; UsageError for another text."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > 1 and not parts[-1]:
        parts.pop()  # `7,` is a list of one
    is_list = "," in text
    if all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        numbers = tuple(int(part) for part in parts)
        seeds = numbers if is_list else tuple(range(min(numbers[0], MOST_SEEDS + 1)))
        if len(set(seeds)) < len(seeds):
            fact = f"a seed stands twice in `{text:.60}`"
        elif not 0 < len(seeds) <= MOST_SEEDS:
            fact = f"expected 1 to {MOST_SEEDS:,} seeds, got `{text:.60}`"
        elif max(seeds) > LARGEST_SEED:
            fact = f"a seed is at most {LARGEST_SEED}, got `{text:.60}`"
        else:
            return seeds
    else:
        fact = f"expected how many seeds, or a list of them, got `{text:.60}`"
    help = "write `--seeds 5` for 0 to 4, or `--seeds 3,7,9`"
    raise UsageError([Diagnostic("bad-seeds", fact, None, help)])


def name_many(seeds: tuple[int, ...]) -> str:
    """Return `seed 3`, `seeds 0, 1 and 4`, or of many `seeds 0 to 19`."""
    if len(seeds) > 3 and seeds == tuple(range(seeds[0], seeds[0] + len(seeds))):
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return numbered("seed", seeds)
