from __future__ import annotations

import pytest

from archspec.judge import Verdict
from archspec.judge.measured import judge_by_run
from archspec.record import (
    Counts,
    DatasetRecord,
    DeviceRecord,
    EpochRecord,
    Hashes,
    Measure,
    RunRecord,
    SpecRecord,
    Status,
    Versions,
)
from tests.support.ladder import STEP3, spec_of

TRAINED = f"""{STEP3}\
data: {{dataset: MNIST}}
train: {{epochs: 15, batch_size: 128, optimizer: SGD}}
"""


def record_of(
    *correct: int,
    total: int = 10_000,
    status: Status = "finished",
    dataset: str = "MNIST",
    replaces: str | None = None,
) -> RunRecord:
    """Return the record of a run with so many right answers in the test of each epoch."""
    epochs = tuple(
        EpochRecord(
            number,
            learning_rate=0.05,
            train=Measure(0.1, right, total),
            validation=None,
            test=Measure(0.1, right, total),
            seconds=1.0,
            images_per_second=1.0,
        )
        for number, right in enumerate(correct, start=1)
    )
    generated = dataset == "Digits"
    counts = Counts(60_000, 0, total)
    return RunRecord(
        format=1,
        run="step3",
        status=status,
        failure=None,
        spec=SpecRecord("step3", "", (), ()),
        hashes=Hashes("a", "b"),
        dataset=DatasetRecord(dataset, "c", counts, "test", generated, replaces),
        seed=0,
        threads=1,
        device=DeviceRecord("cpu", "cpu"),
        versions=Versions("0", "3", "2", "0", "linux"),
        git=None,
        started="2024-01-01T00:00:00Z",
        seconds=1.0,
        params=7720,
        proven=None,
        epochs=epochs,
        best_epoch=None,
        notices=(),
    )


def judged(target: str, record: RunRecord) -> Verdict:
    spec = spec_of(f"{TRAINED}targets: {{{target}}}\n")
    return judge_by_run(spec.targets[0], spec, record)


def claimed(claim: str, record: RunRecord) -> Verdict:
    spec = spec_of(f"{TRAINED}claims: {{{claim}}}\n")
    return judge_by_run(spec.claims.figures[0], spec, record)


LAST = "test_accuracy: {at_least: 99.4}"
ONCE = "test_accuracy: {at_least: 99.4, within: 3}"
TWICE = "test_accuracy: {at_least: 99.4, epochs: 2}"
ROW = "test_accuracy: {at_least: 99.4, epochs: 2, consecutive: true}"
EARLY = "test_accuracy: {at_least: 99.4, epochs: 2, consecutive: true, within: 3}"
LOW, HIGH = 9_939, 9_940


@pytest.mark.parametrize(
    ("target", "correct", "word"),
    [
        pytest.param(LAST, [LOW, HIGH], "proven", id="the last epoch counts"),
        pytest.param(LAST, [HIGH, LOW], "contradicted", id="an earlier one does not"),
        pytest.param(ONCE, [LOW, HIGH, LOW, LOW], "proven", id="one epoch in time"),
        pytest.param(ONCE, [LOW, LOW, LOW, HIGH], "contradicted", id="one epoch too late"),
        pytest.param(TWICE, [HIGH, LOW, HIGH], "proven", id="two epochs anywhere"),
        pytest.param(TWICE, [HIGH, LOW, LOW], "contradicted", id="one epoch of two"),
        pytest.param(ROW, [LOW, HIGH, HIGH, LOW], "proven", id="two in a row"),
        pytest.param(ROW, [HIGH, LOW, HIGH], "contradicted", id="two, not in a row"),
        pytest.param(EARLY, [LOW, HIGH, HIGH], "proven", id="a row in time"),
        pytest.param(EARLY, [LOW, LOW, HIGH, HIGH], "contradicted", id="a row half in time"),
        pytest.param(EARLY, [LOW], "unproven", id="fewer epochs than it may take"),
        pytest.param(EARLY, [HIGH, HIGH], "proven", id="two epochs are enough"),
    ],
)
def test_accuracy_is_judged_by_epochs(target: str, correct: list[int], word: str) -> None:
    assert judged(target, record_of(*correct)).verdict == word


@pytest.mark.parametrize(
    ("bound", "correct", "total", "word"),
    [
        # 99.4 % of 10,000 are 9,940; in floats 99.4 / 100 * 10000 falls beside it.
        ("at_least: 99.4", 9_940, 10_000, "proven"),
        ("at_least: 99.4", 9_939, 10_000, "contradicted"),
        ("above: 99.4", 9_940, 10_000, "contradicted"),
        ("at_least: 99.4", 497, 500, "proven"),
        # 99.3999 % is printed as 99.40 %, and is not.
        ("at_least: 99.4", 993_999, 1_000_000, "contradicted"),
        ("at_least: 33.3", 1, 3, "proven"),
        ("at_most: 33.33", 1, 3, "contradicted"),
        ("equals: 100", 3, 3, "proven"),
    ],
)
def test_accuracy_is_judged_from_whole_counts(
    bound: str, correct: int, total: int, word: str
) -> None:
    verdict = judged(f"test_accuracy: {{{bound}}}", record_of(correct, total=total))

    assert verdict.verdict == word


@pytest.mark.parametrize(
    ("target", "correct", "word"),
    [
        pytest.param(LAST, [HIGH], "unproven", id="its last epoch is not the run's last"),
        pytest.param(EARLY, [LOW, LOW], "unproven", id="it could still have come"),
        pytest.param(EARLY, [LOW, LOW, LOW], "contradicted", id="it came too late already"),
        pytest.param(EARLY, [HIGH, HIGH], "proven", id="it was met before the stop"),
        pytest.param(ROW, [LOW] * 5, "unproven", id="without an end in epochs"),
    ],
)
def test_a_run_that_stopped_early_refutes_only_what_it_could_not_reach_any_more(
    target: str, correct: list[int], word: str
) -> None:
    assert judged(target, record_of(*correct, status="interrupted")).verdict == word


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (record_of(HIGH, dataset="Digits"), "the run used Digits, generated images, and not MNIST"),
        (
            record_of(HIGH, dataset="Digits", replaces="MNIST"),
            "the run used Digits, generated images, and not MNIST",
        ),
        (record_of(HIGH, dataset="FashionMNIST"), "the run used FashionMNIST and not MNIST"),
    ],
)
@pytest.mark.parametrize("target", [LAST, ONCE, ROW])
def test_other_data_never_judges(target: str, record: RunRecord, reason: str) -> None:
    verdict = judged(target, record)

    assert (verdict.verdict, verdict.reason, verdict.actual) == ("unproven", reason, None)


def test_other_data_never_judges_a_claim() -> None:
    verdict = claimed("best_test_accuracy: 90", record_of(HIGH, dataset="Digits"))

    assert verdict.verdict == "unproven"


def test_a_spec_without_data_is_never_judged() -> None:
    spec = spec_of(f"{STEP3}targets: {{{LAST}}}\n")

    assert judge_by_run(spec.targets[0], spec, record_of(HIGH)).verdict == "unproven"


@pytest.mark.parametrize(
    ("name", "record"), [("validation", record_of(HIGH)), ("test", record_of())]
)
def test_what_was_not_measured_is_unproven(name: str, record: RunRecord) -> None:
    verdict = judged(f"{name}_accuracy: {{at_least: 1}}", record)

    assert verdict.verdict == "unproven"
    assert verdict.reason == f"the run measured no {name}_accuracy"


def test_a_proven_target_tells_its_epochs() -> None:
    verdict = judged(ROW, record_of(LOW, 9_941, HIGH))

    assert verdict.actual == "99.41 %, 99.40 % in epochs 2 and 3"


def test_a_missed_target_tells_how_near_it_came() -> None:
    verdict = judged(ROW, record_of(LOW, HIGH, LOW))
    (fault,) = verdict.diagnostics

    assert verdict.actual == "kept in epoch 2; best 99.40 % (9,940 of 10,000) in epoch 2"
    assert fault.code == "target-missed"


@pytest.mark.parametrize(
    ("claim", "correct", "word"),
    [
        ("best_test_accuracy: 99.40", [LOW, HIGH, LOW], "proven"),
        ("best_test_accuracy: 99.41", [LOW, HIGH, LOW], "unproven"),
        ("final_test_accuracy: 99.40", [LOW, HIGH, LOW], "unproven"),
        ("final_test_accuracy: 99.40", [LOW, HIGH], "proven"),
        ("best_train_accuracy: 99.40", [HIGH], "proven"),
        ("best_validation_accuracy: 99.40", [HIGH], "unproven"),
    ],
)
def test_a_run_proves_a_published_accuracy_and_never_refutes_it(
    claim: str, correct: list[int], word: str
) -> None:
    assert claimed(claim, record_of(*correct)).verdict == word


def test_an_unfinished_run_has_no_final_accuracy() -> None:
    record = record_of(HIGH, status="interrupted")

    assert claimed("final_test_accuracy: 99", record).verdict == "unproven"
