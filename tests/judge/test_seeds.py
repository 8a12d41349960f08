from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from archspec.judge import SeedSummary, Spread, share_of, summarize
from archspec.record import Measure
from tests.support.ladder import spec_of
from tests.support.records import HIGH, LOW, TEXT, record_for

SPEC = spec_of(TEXT)


def summary_of(*tests: tuple[int, ...]) -> SeedSummary:
    """Return the summary of seeds 0, 1, … with these right answers in their epochs."""
    return summarize(SPEC, [record_for(TEXT, *t, seed=seed) for seed, t in enumerate(tests)])


def test_best_and_final_are_summed_up_over_seeds_exactly() -> None:
    summary = summary_of((9_900, 9_950, 9_940), (9_960, 9_930), (9_920, 9_970))
    best, final = summary.highest_test, summary.final_test

    assert summary.seeds == (0, 1, 2)
    assert summary.n == 3
    assert best is not None
    assert final is not None
    assert [m.correct for m in best.measures] == [9_950, 9_960, 9_970]
    assert (best.mean, best.min, best.max) == (
        Fraction("99.6"),
        Fraction("99.5"),
        Fraction("99.7"),
    )
    # Deviations of 0.1, 0 and 0.1 points, divided by n - 1 = 2: the root of 0.01.
    assert best.sd == pytest.approx(0.1)
    assert [m.correct for m in final.measures] == [9_940, 9_930, 9_970]
    assert final.mean == Fraction(298_400, 3_000)


def test_train_accuracies_have_their_own_spread() -> None:
    record = record_for(TEXT, 9_900, 9_900, train=(9_800, 9_700))
    summary = summarize(SPEC, [record])

    assert summary.highest_train is not None
    assert summary.final_train is not None
    assert summary.highest_train.mean == 98
    assert summary.final_train.mean == 97


def test_one_seed_has_no_deviation() -> None:
    best = summary_of((9_946,)).highest_test

    assert best is not None
    assert best.sd is None
    assert str(best) == "99.46 % (n = 1)"


def test_a_spread_reads_as_mean_deviation_and_n() -> None:
    spread = Spread((Measure(0.1, 9_945, 10_000), Measure(0.1, 9_949, 10_000)))

    assert str(spread) == "99.47 ± 0.03 % (n = 2)"
    assert spread.images == 10_000


def test_no_run_has_no_spread() -> None:
    summary = summarize(SPEC, [])

    assert (summary.n, summary.spreads) == (0, {})
    assert summary.highest_test is None
    (share,) = summary.shares
    assert (share.n, share.share, share.interval) == (0, None, (0.0, 1.0))


def test_what_no_run_measured_is_absent() -> None:
    assert "best_validation_accuracy" not in summary_of((9_900,)).spreads


def test_the_chosen_epoch_is_that_of_the_monitored_split() -> None:
    # Nothing is held out: the lowest training loss chooses, here the second epoch's.
    text = TEXT.replace(", validation: test", "")
    record = record_for(text, 9_950, 9_930, train=(9_000, 9_500))
    summary = summarize(spec_of(text), [record])

    assert summary.chosen_test is not None
    assert summary.highest_test is not None
    assert (summary.chosen_test.mean, summary.highest_test.mean) == (
        Fraction("99.3"),
        Fraction("99.5"),
    )


def test_a_share_counts_the_seeds_that_meet_a_target() -> None:
    summary = summary_of((LOW, HIGH), (HIGH, LOW), (HIGH, HIGH))
    share = summary.share_of(SPEC.targets[0])

    assert share is not None
    assert (share.met, share.missed, share.share) == ((0, 2), (1,), Fraction(2, 3))
    assert str(share) == "2 of 3 seeds (95 % interval 0.094 to 0.992)"


def test_a_run_that_did_not_measure_counts_on_neither_side() -> None:
    silent = record_for(TEXT, HIGH, seed=1)
    silent = replace(silent, epochs=tuple(replace(e, test=None) for e in silent.epochs))
    share = share_of(SPEC.targets[0], SPEC, [record_for(TEXT, HIGH), silent])

    assert (share.met, share.missed) == ((0,), ())
