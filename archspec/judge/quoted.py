"""Numbers that a text quotes: what they are called, where they come from, how they are written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.language.quantities import CLAIMED_MEASURED, MEASURED

if TYPE_CHECKING:
    from archspec.judge.seeds import SeedSummary, TargetShare

Number = int | float | Fraction

GAP = "train_test_gap"
"""Training less test accuracy in the last epoch, in points, of each seed."""
SPREADS = (*CLAIMED_MEASURED, "chosen_test_accuracy", GAP)
"""Measured in every seed: `best_test_accuracy.mean`, or all in one without a part."""
PARTS = ("mean", "sd", "min", "max", "n")
SHARES = ("met", "n", "share", "low", "high")
"""Of a target: seeds that met it, of how many, in percent, and the bounds of its interval."""
FORMATS: Mapping[str, tuple[int, str]] = {
    "plain": (1, ""),
    "thousands": (1, ""),
    "percent": (1, " %"),
    "kilo": (1_000, "k"),
    "mega": (1_000_000, "M"),
    "giga": (1_000_000_000, "G"),
}
"""Format → divisor, and what stands behind the number."""
MEASURED_NAMES: tuple[str, ...] = (
    "seeds",
    *SPREADS,
    *(f"{name}.{part}" for name in SPREADS for part in PARTS),
    *MEASURED,
    *(f"{name}.{part}" for name in MEASURED for part in SHARES),
)
"""Everything that only records tell."""


def show_number(number: Number, style: str | None = None, decimals: int | None = None) -> str:
    """Return a number in a format: whole ones with thousands, others with two decimals."""
    divisor, unit = FORMATS[style or "thousands"]
    if decimals is None:
        decimals = 0 if isinstance(number, int) and divisor == 1 else 2 if divisor == 1 else 1
    scaled = Fraction(number) / divisor
    separator = "" if style == "plain" else ","
    if decimals == 0:  # exactly, however large
        return f"{round(scaled):{separator}}{unit}"
    return f"{float(scaled):{separator}.{decimals}f}{unit}"


def measured_number(name: str, summary: SeedSummary) -> Number | str | None:
    """Return what the records say under a name of MEASURED_NAMES; None when they do not tell.

    A name without a part gives all of it as text: `99.46 ± 0.02 % (n = 3)`, or of a target
    `5 of 5 seeds (95 % interval 0.48 to 1.00)`.
    """
    if name == "seeds":
        return summary.n or None
    quantity, _, part = name.partition(".")
    if quantity == GAP:
        return _of_gap(gaps(summary), part)
    if quantity in SPREADS:
        spread = summary.spreads.get(quantity)
        if spread is None or not part:
            return None if spread is None else str(spread)
        of_spread: dict[str, Number | None] = {
            "mean": spread.mean,
            "sd": spread.sd,
            "min": spread.min,
            "max": spread.max,
            "n": spread.n,
        }
        return of_spread[part]
    share = next((share for share in summary.shares if share.target.name == quantity), None)
    if share is None or share.share is None:
        return None
    return _of_share(share, part) if part else str(share)


def gaps(summary: SeedSummary) -> tuple[Fraction, ...]:
    """Return each seed's gap in points, exactly; none where the runs measured only one side."""
    train, test = summary.final_train, summary.final_test
    if train is None or test is None or train.n != test.n:
        return ()
    return tuple(a - b for a, b in zip(train.percents, test.percents, strict=True))


def _of_gap(values: tuple[Fraction, ...], part: str) -> Number | str | None:
    if not values:
        return None
    mean, n = sum(values, Fraction()) / len(values), len(values)
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1)) if n > 1 else None
    if not part:
        deviation = "" if sd is None else f" ± {sd:.2f}"
        shown = f"{float(mean):.2f}".replace("-", "\N{MINUS SIGN}")
        return f"{shown}{deviation} points (n = {n})"
    parts: dict[str, Number | None] = {
        "mean": mean,
        "sd": sd,
        "min": min(values),
        "max": max(values),
        "n": n,
    }
    return parts[part]


def _of_share(share: TargetShare, part: str) -> Number:
    low, high = share.interval
    assert share.share is not None
    parts: dict[str, Number] = {
        "met": len(share.met),
        "n": share.n,
        "share": 100 * share.share,
        "low": 100 * low,
        "high": 100 * high,
    }
    return parts[part]
