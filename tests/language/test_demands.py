"""`seeds:` of a measured target, read exactly and worded."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archspec.language import SeedDemand, read_text
from tests.support.ladder import STEP3, spec_of


def demand(written: str) -> SeedDemand:
    (target,) = spec_of(f"{STEP3}targets: {{test_accuracy: {{at_least: 99, {written}}}}}\n").targets
    return target.seeds


@pytest.mark.parametrize(
    ("written", "at_least", "share"),
    [
        ("seeds: {at_least: 5, share: 0.9}", 5, Fraction(9, 10)),
        ("seeds: {at_least: 5}", 5, Fraction(1)),
        ("seeds: {share: 0.9}", 1, Fraction(9, 10)),
        ("seeds: {share: 1}", 1, Fraction(1)),
        ("seeds: {}", 1, Fraction(1)),
        ("epochs: 2", 1, Fraction(1)),
    ],
)
def test_both_parts_have_a_default(written: str, at_least: int, share: Fraction) -> None:
    seeds = demand(written)

    assert (seeds.at_least, seeds.exact_share) == (at_least, share)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("seeds: {at_least: 5, share: 0.9}", "for 90 % of at least 5 seeds"),
        ("seeds: {at_least: 5}", "for each of at least 5 seeds"),
        ("seeds: {share: 0.125}", "for 12.5 % of the seeds"),
        ("epochs: 2", ""),
    ],
)
def test_the_demand_on_seeds_reads_as_words(written: str, words: str) -> None:
    assert demand(written).expected == words


@pytest.mark.parametrize("written", ["5", "[0, 1]", "0.9", "many", "true"])
def test_what_is_no_mapping_is_told_how_to_write_it(written: str) -> None:
    text = f"{STEP3}targets: {{test_accuracy: {{at_least: 99, seeds: {written}}}}}\n"
    (fault,) = read_text(text).diagnostics

    assert fault.code == "wrong-type"
    assert fault.help == "write `seeds: {at_least: 5, share: 0.9}`, or one of the two"


def test_every_fault_in_it_is_told_at_its_place() -> None:
    text = f"{STEP3}targets:\n  test_accuracy: {{at_least: 99, seeds: {{at_least: 0, share: 2}}}}\n"
    faults = read_text(text).diagnostics

    assert [(f.code, f.span.column) for f in faults if f.span] == [
        ("out-of-range", 51),
        ("out-of-range", 61),
    ]
