"""Which runs speak for a spec, and what they say of its targets and claims."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from archspec.judge import (
    Evidence,
    Verdict,
    evidence_for,
    judge_with_evidence,
    show_changes,
    what_changed,
)
from archspec.judge.by_evidence import squared_error
from archspec.network import recorded_analysis
from archspec.record import RunRecord, Settings, SourceText, SpecRecord
from tests.support.ladder import analysis_of
from tests.support.records import DATA, HIGH, LOW, TEXT, TRAIN, record_for

NETWORK = TEXT[: TEXT.index("targets:")]
CHANGED = TEXT.replace("epochs: 3", "epochs: 4").replace("lr: 0.05", "lr: 0.1")
"""Another recipe under the same name."""


def evidence_of(text: str, *records: RunRecord) -> Evidence:
    return evidence_for(analysis_of(text), records)


def target(demand: str, *records: RunRecord) -> Verdict:
    """Return the verdict on one measured target of the usual network."""
    text = f"{NETWORK}targets: {{test_accuracy: {{{demand}}}}}\n"
    (verdict,) = judge_with_evidence(analysis_of(text), evidence_of(text, *records))
    assert verdict.role == "target"
    return verdict


def claim(figure: str, *records: RunRecord) -> Verdict:
    """Return the verdict on one published figure of the usual network."""
    text = f"{NETWORK}claims: {{{figure}}}\n"
    (verdict,) = judge_with_evidence(analysis_of(text), evidence_of(text, *records))
    assert verdict.role == "claim"
    return verdict


def seeds(*correct: int) -> list[RunRecord]:
    """Return finished runs of the usual network, one epoch each, seeds from 0."""
    return [record_for(TEXT, right, seed=seed) for seed, right in enumerate(correct)]


def test_runs_of_the_recipe_are_current_under_any_name() -> None:
    one, two = record_for(TEXT, HIGH, seed=1, name="b"), record_for(TEXT, LOW, seed=0)
    evidence = evidence_of(TEXT, one, two)

    assert evidence.current == (two, one)
    assert evidence.summary.seeds == (0, 1)
    assert evidence.stale == ()


def test_runs_of_the_name_with_another_recipe_are_stale_the_newest_first() -> None:
    old, new = record_for(CHANGED, HIGH), record_for(CHANGED, HIGH, minute=5)
    evidence = evidence_of(TEXT, old, new)

    assert evidence.current == ()
    assert evidence.stale == (new, old)


def test_runs_of_other_specs_are_passed_over() -> None:
    evidence = evidence_of(TEXT, record_for(CHANGED, HIGH, name="b"))

    assert (evidence.current, evidence.stale, evidence.set_aside) == ((), (), ())


def test_words_and_targets_make_no_run_stale() -> None:
    record = record_for(f"{NETWORK}title: other words\n", HIGH)

    assert evidence_of(TEXT, record).current == (record,)


@pytest.mark.parametrize("status", ["running", "interrupted", "failed"])
def test_only_finished_runs_count(status: str) -> None:
    record = record_for(TEXT, HIGH, status=status)  # type: ignore[arg-type]
    evidence = evidence_of(TEXT, record)
    (aside,) = evidence.set_aside

    assert evidence.current == ()
    assert (aside.record, aside.reason) == (record, f"the run is {status}")


def test_a_run_on_data_in_place_of_the_spec_s_does_not_count() -> None:
    digits = record_for(TEXT.replace("MNIST", "Digits"), HIGH, replaces="MNIST")
    evidence = evidence_of(TEXT, digits)
    (aside,) = evidence.set_aside

    assert (evidence.current, evidence.stale) == ((), ())
    assert aside.reason == "the run used Digits, generated images, and not MNIST"


def test_it_does_not_count_for_a_spec_on_that_data_either() -> None:
    text = TEXT.replace("MNIST", "Digits")
    evidence = evidence_of(text, record_for(text, HIGH, replaces="MNIST"))

    assert evidence.current == ()
    assert len(evidence.set_aside) == 1


def test_of_a_seed_the_newest_finished_run_counts() -> None:
    old, new = record_for(TEXT, HIGH, minute=1), record_for(TEXT, LOW, minute=2)
    broken = record_for(TEXT, HIGH, minute=3, status="failed")
    evidence = evidence_of(TEXT, new, broken, old)

    assert evidence.current == (new,)
    assert [(a.record, a.reason) for a in evidence.set_aside] == [
        (broken, "the run is failed"),
        (old, "a newer run of seed 0 counts"),
    ]


FIVE = "at_least: 99.4, seeds: {at_least: 5, share: 0.8}"


@pytest.mark.parametrize(
    ("demand", "correct", "word", "actual"),
    [
        pytest.param(
            "at_least: 99.4", [HIGH], "proven", "met by 1 of 1 seed ", id="one seed by default"
        ),
        pytest.param(
            "at_least: 99.4", [HIGH, LOW], "contradicted", "met by 1 of 2", id="and each of them"
        ),
        pytest.param(FIVE, [HIGH] * 5, "proven", "met by 5 of 5 seeds ", id="all five"),
        pytest.param(FIVE, [LOW, *[HIGH] * 4], "proven", "met by 4 of 5", id="the exact share"),
        pytest.param(FIVE, [LOW, LOW, *[HIGH] * 3], "contradicted", "met by 3 of 5", id="too few"),
        pytest.param(FIVE, [HIGH] * 4, "unproven", "met by 4 of 4", id="not enough seeds"),
        pytest.param(FIVE, [LOW] * 4, "unproven", "met by 0 of 4", id="nor to refute"),
        pytest.param(FIVE, [], "unproven", None, id="no seed"),
        # 9 of 10 are 0.9, which no float is.
        pytest.param(
            "at_least: 99.4, seeds: {share: 0.9}",
            [LOW, *[HIGH] * 9],
            "proven",
            "met by 9 of 10",
            id="nine tenths",
        ),
    ],
)
def test_a_target_is_judged_by_the_share_of_seeds(
    demand: str, correct: list[int], word: str, actual: str | None
) -> None:
    verdict = target(demand, *seeds(*correct))

    assert verdict.verdict == word
    assert (verdict.actual or "").startswith(actual or "")
    assert (verdict.actual is None) == (actual is None)


def test_too_few_seeds_are_counted() -> None:
    assert target(FIVE, *seeds(HIGH, HIGH)).reason == "2 of 5 seeds recorded"
    assert target(FIVE).reason == "no record of a finished run, 5 seeds are asked for"


def test_a_missed_share_names_the_seeds_and_the_demand() -> None:
    verdict = target(FIVE, *seeds(HIGH, LOW, HIGH, LOW, HIGH))
    (fault,) = verdict.diagnostics

    assert fault.code == "target-missed"
    assert fault.span == verdict.span
    assert fault.message == (
        "test_accuracy is met by 3 of 5 seeds (95 % interval 0.147 to 0.947), missed by seeds 1 "
        "and 3, demanded at least 99.4 for 80 % of at least 5 seeds"
    )


@pytest.mark.parametrize(
    ("demand", "words"),
    [
        ("at_least: 99.4", "at least 99.4"),
        ("at_least: 99.4, seeds: {at_least: 5}", "at least 99.4 for each of at least 5 seeds"),
        ("at_least: 99.4, seeds: {share: 0.9}", "at least 99.4 for 90 % of the seeds"),
        (
            "at_least: 99.4, epochs: 2, within: 15, seeds: {at_least: 3, share: 0.995}",
            "at least 99.4 in 2 epochs within 15 for 99.5 % of at least 3 seeds",
        ),
    ],
)
def test_the_demand_reads_as_words(demand: str, words: str) -> None:
    assert target(demand).expected == words


def test_a_run_set_aside_is_named_where_nothing_counts() -> None:
    reason = target("at_least: 99.4", record_for(TEXT, HIGH, status="interrupted")).reason

    assert reason == "no record of a finished run (set aside: the run is interrupted)"


def test_what_the_runs_did_not_measure_is_unproven() -> None:
    text = f"{NETWORK}targets: {{validation_accuracy: {{at_least: 1}}}}\n"
    (verdict,) = judge_with_evidence(analysis_of(text), evidence_of(text, *seeds(HIGH)))

    assert (verdict.verdict, verdict.reason) == (
        "unproven",
        "the runs measured no validation_accuracy",
    )


def test_records_of_another_recipe_only_are_stale_and_say_what_changed() -> None:
    verdict = target("at_least: 99.4", record_for(CHANGED, HIGH))

    assert (verdict.verdict, verdict.actual) == ("stale", None)
    assert verdict.reason == (
        "the recipe changed since the run that is kept: "
        "train.epochs 4 → 3, train.optimizer.SGD.lr 0.1 → 0.05"
    )


def test_one_current_run_is_enough_not_to_be_stale() -> None:
    verdict = target(FIVE, record_for(CHANGED, HIGH), record_for(TEXT, HIGH, seed=1))

    assert verdict.verdict == "unproven"


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("  - conv: 8\n", "  - conv: 9\n", ["conv1.out_channels 8 → 9"]),
        ("dataset: MNIST", "dataset: FashionMNIST", ["data.dataset MNIST → FashionMNIST"]),
        (", validation: test", "", ["data.validation test → 0"]),
        ("  - max_pool: 2\n", "", ["maxpool1 removed"]),
    ],
)
def test_what_changed_is_told_by_keys(old: str, new: str, changes: list[str]) -> None:
    before = TEXT.replace("kernel_size: 1", "kernel_size: 1, padding: 0")
    after = before.replace(old, new, 1)

    assert after != before
    assert list(what_changed(analysis_of(before), analysis_of(after)) or []) == changes


def test_the_recorded_texts_are_read_with_parents_and_overrides() -> None:
    child = "archspec: 1\nextends: ../parents/a.yaml\ntrain: {batch_size: 64}\n"
    sources = (SourceText("specs/c.yaml", child), SourceText("parents/a.yaml", TEXT))
    spec = SpecRecord("c", child, sources, ("train.epochs=1",))
    record = replace(record_for(TEXT, HIGH), spec=spec)

    assert what_changed(recorded_analysis(record), analysis_of(TEXT)) == (
        "train.epochs 1 → 3",
        "train.batch_size 64 → 128",
    )


@pytest.mark.parametrize(
    "sources",
    [
        pytest.param((), id="none"),
        pytest.param((SourceText("a.yaml", "archspec: ["),), id="no YAML"),
        pytest.param((SourceText("a.yaml", "archspec: 99\n"),), id="a newer format"),
        pytest.param(
            (SourceText("a.yaml", "archspec: 1\nextends: b.yaml\n"),), id="a parent too few"
        ),
        pytest.param(
            (SourceText("a.yaml", TEXT.replace("conv: 8", "conv: -8")),), id="a faulty layer"
        ),
    ],
)
def test_texts_that_make_no_network_any_more_are_told(sources: tuple[SourceText, ...]) -> None:
    record = record_for(CHANGED, HIGH)
    record = replace(record, spec=replace(record.spec, sources=sources))

    assert recorded_analysis(record) is None
    assert (target("at_least: 99.4", record).reason or "").endswith("cannot be read any more")


def test_no_file_is_read_for_a_recorded_parent() -> None:
    text = "archspec: 1\nextends: specs/step3.yaml\n"
    record = record_for(TEXT, HIGH)
    record = replace(record, spec=replace(record.spec, sources=(SourceText("a.yaml", text),)))

    assert recorded_analysis(record) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["a 1 → 2"], "a 1 → 2"),
        (["a", "b", "c", "d", "e", "f"], "a, b, c, d and 2 more"),
        ([], "no key differs, but this archspec hashes them in another way"),
    ],
)
def test_changes_are_one_line(changes: list[str], words: str) -> None:
    assert show_changes(changes) == words


@pytest.mark.parametrize(
    ("figure", "correct", "word"),
    [
        pytest.param("best_test_accuracy: 99.40", [9_940], "reproduced", id="on the spot"),
        pytest.param("best_test_accuracy: 99.40", [9_930, 9_950], "reproduced", id="in the range"),
        # 2 sqrt(0.994 · 0.006 / 10,000) = 0.15446 points: 99.25 is inside, 99.24 is outside.
        pytest.param("best_test_accuracy: 99.40", [9_925], "reproduced", id="by chance below"),
        pytest.param("best_test_accuracy: 99.40", [9_924], "not reproduced", id="too far below"),
        pytest.param("best_test_accuracy: 99.40", [9_955], "reproduced", id="by chance above"),
        pytest.param("best_test_accuracy: 99.40", [9_956], "not reproduced", id="too far above"),
        pytest.param("best_test_accuracy: 100", [9_999], "not reproduced", id="certainty"),
        pytest.param("best_test_accuracy: 100", [10_000], "reproduced", id="certainty met"),
        pytest.param("best_test_accuracy: 120", [10_000], "not reproduced", id="beyond certainty"),
        pytest.param("final_train_accuracy: 99.40", [9_940], "reproduced", id="of training"),
        pytest.param("best_validation_accuracy: 99", [9_940], "unproven", id="not measured"),
        pytest.param("best_test_accuracy: 99.40", [], "unproven", id="no run"),
    ],
)
def test_a_published_accuracy_is_reproduced_within_chance(
    figure: str, correct: list[int], word: str
) -> None:
    verdict = claim(figure, *seeds(*correct))

    assert verdict.verdict == word
    assert verdict.diagnostics == ()


def test_the_error_of_a_share_is_binomial() -> None:
    assert squared_error(Fraction(50), 10_000) == Fraction(1, 4)


def test_a_published_accuracy_tells_range_and_chance() -> None:
    verdict = claim("best_test_accuracy: 99.40", *seeds(9_930, 9_950))

    assert verdict.actual == "99.40 ± 0.14 % (n = 2)"
    assert verdict.reason == "range 99.30 to 99.50 % ± 0.15 by chance in 10,000 images"


def test_a_published_accuracy_of_another_recipe_is_stale() -> None:
    assert claim("best_test_accuracy: 99.40", record_for(CHANGED, HIGH)).verdict == "stale"


def test_static_targets_and_claims_are_judged_as_ever() -> None:
    text = f"{NETWORK}targets: {{params: {{below: 7720}}}}\nclaims: {{params: 7720}}\n"
    demanded, published = judge_with_evidence(analysis_of(text), evidence_of(text))

    assert (demanded.verdict, published.verdict) == ("contradicted", "proven")


def test_the_helper_s_records_are_of_the_recipe_that_it_says() -> None:
    assert record_for(TEXT, HIGH).hashes != record_for(CHANGED, HIGH).hashes
    assert DATA in TEXT
    assert TRAIN in TEXT


def test_a_seed_computed_in_two_ways_counts_twice_and_in_one_way_once() -> None:
    demand = "at_least: 99.4, seeds: {at_least: 2, share: 0.5}"
    text = f"{NETWORK}targets: {{test_accuracy: {{{demand}}}}}\n"
    exact, again = record_for(text, HIGH, minute=1), record_for(text, HIGH, minute=3)
    fast = replace(record_for(text, LOW, minute=2), settings=Settings(fast=True))
    evidence = evidence_of(text, exact, fast, again)

    assert evidence.current == (again, fast)
    assert [aside.record for aside in evidence.set_aside] == [exact]
    assert str(evidence.summary.shares[0]).startswith("1 of 2 seeds")
