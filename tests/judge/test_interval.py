from __future__ import annotations

from fractions import Fraction

import pytest

from archspec.judge import clopper_pearson


@pytest.mark.parametrize(
    ("met", "total", "low", "high"),
    [
        # 0.025 ** (1 / n) and its mirror image, where every seed agrees.
        (5, 5, 0.47818, 1.0),
        (0, 5, 0.0, 0.52182),
        (0, 10, 0.0, 0.30850),
        (10, 10, 0.69150, 1.0),
        # Clopper and Pearson's chart; figures as in R's binom.test(9, 10) and (2, 3).
        (9, 10, 0.55498, 0.99747),
        (2, 3, 0.09430, 0.99160),
        # R: binom.test(682, 925), the example of its help page.
        (682, 925, 0.7076683, 0.7654066),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_the_published_one(met: int, total: int, low: float, high: float) -> None:
    assert clopper_pearson(met, total) == pytest.approx((low, high), abs=1e-5)


def test_a_share_and_its_opposite_mirror_each_other() -> None:
    low, high = clopper_pearson(3, 8)

    assert clopper_pearson(5, 8) == pytest.approx((1 - high, 1 - low))


def test_less_confidence_is_narrower() -> None:
    wide, narrow = clopper_pearson(5, 5), clopper_pearson(5, 5, Fraction(1, 2))

    # 0.25 ** (1 / 5)
    assert narrow == pytest.approx((0.757858, 1.0), abs=1e-6)
    assert wide[0] < narrow[0]


def test_many_trials_stay_within_the_floats() -> None:
    # The normal approximation: 0.8 ± 1.96 sqrt(0.16 / 1e5), beside which the exact one is 1e-5 off.
    assert clopper_pearson(80_000, 100_000) == pytest.approx((0.79752, 0.80248), abs=2e-5)
