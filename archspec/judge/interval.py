"""The exact confidence interval of a share: five of five seeds say less than it seems."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

CONFIDENCE = Fraction(95, 100)
_STEPS = 100  # halvings: more than a float between 0 and 1 can tell apart
_NEGLIGIBLE = 1e-18  # of the largest term


def clopper_pearson(met: int, total: int, confidence: Fraction = CONFIDENCE) -> tuple[float, float]:
    """Return the exact confidence interval of a binomial share, 0 to 1; all of it for no trials.

    The bounds are the shares under which so many successes or more, or so many or fewer, have half
    of what the confidence leaves (Clopper and Pearson, Biometrika 26, 1934, pages 404-413).
    """
    tail = float(1 - confidence) / 2
    low = 0.0 if met == 0 else _root(lambda p: _at_least(met, total, p) - tail)
    high = 1.0 if met == total else _root(lambda p: tail - _at_most(met, total, p))
    return low, high


def _root(rising: Callable[[float], float]) -> float:
    """Return where a rising function of a share crosses zero, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def _at_least(met: int, total: int, share: float) -> float:
    """Return the probability of `met` successes or more."""
    if met <= total * share:
        return 1 - _tail(range(met - 1, -1, -1), total, share)
    return _tail(range(met, total + 1), total, share)


def _at_most(met: int, total: int, share: float) -> float:
    return 1 - _at_least(met + 1, total, share)


def _tail(counts: range, total: int, share: float) -> float:
    """Sum over counts that lead away from the mean, until they add nothing: there may be 100,000.

    Behind the mean each term is smaller than the one before.
    """
    terms: list[float] = []
    for count in counts:
        terms.append(_binomial(count, total, share))
        if terms[-1] < terms[0] * _NEGLIGIBLE:
            break
    return math.fsum(terms)


def _binomial(count: int, total: int, share: float) -> float:
    """Return the probability of `count` successes, by logarithms: no power leaves the floats."""
    if share in (0.0, 1.0):
        return float(count == total * share)
    ways = math.lgamma(total + 1) - math.lgamma(count + 1) - math.lgamma(total - count + 1)
    return math.exp(ways + count * math.log(share) + (total - count) * math.log1p(-share))
