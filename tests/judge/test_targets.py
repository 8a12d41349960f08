from __future__ import annotations

import pytest

from archspec.analysis import Analysis
from archspec.judge import Verdict, judge_items
from archspec.language.quantities import STATIC
from tests.support.ladder import STEP3, analysis_of, network, spec_of


def judged(text: str, targets: str) -> Verdict:
    analysis = analysis_of(f"{text}targets: {targets}\n")
    (verdict,) = judge_items(analysis.spec, analysis)
    return verdict


@pytest.mark.parametrize(
    ("target", "word"),
    [
        ("params: {below: 7720}", "contradicted"),
        ("params: {below: 7721}", "proven"),
        ("params: {at_most: 7720}", "proven"),
        ("params: {at_most: 7719}", "contradicted"),
        ("params: {above: 7720}", "contradicted"),
        ("params: {above: 7719}", "proven"),
        ("params: {at_least: 7720}", "proven"),
        ("params: {at_least: 7721}", "contradicted"),
        ("params: {equals: 7720}", "proven"),
        ("params: {equals: 7719}", "contradicted"),
        ("params: {between: [7720, 8000]}", "proven"),
        ("params: {between: [7000, 7720]}", "proven"),
        ("params: {between: [7721, 8000]}", "contradicted"),
        ("params: {above: 7000, below: 7700}", "contradicted"),
        ("macs: {equals: 1140928}", "proven"),
        # Mean and variance of 96 normalized channels, and a count of batches for each of 7 norms.
        ("buffers: {equals: 199}", "proven"),
        ("receptive_field: {equals: 28}", "proven"),
        ("receptive_field: {above: 28}", "contradicted"),
    ],
)
def test_a_static_target_is_judged_by_its_bounds(target: str, word: str) -> None:
    assert judged(STEP3, f"{{{target}}}").verdict == word


@pytest.mark.parametrize("name", STATIC)
def test_every_static_quantity_can_be_judged(name: str) -> None:
    assert judged(STEP3, f"{{{name}: {{above: 0}}}}").verdict == "proven"


@pytest.mark.parametrize(("name", "bytes_each"), [("elements", 1), ("bytes", 4)])
def test_activations_are_counted_over_all_outputs(name: str, bytes_each: int) -> None:
    text = network("[1, 8, 8]", "relu", "max_pool: 2")
    target = f"{{activation_{name}: {{equals: {(64 + 16) * bytes_each}}}}}"

    assert judged(text, target).verdict == "proven"


@pytest.mark.parametrize(
    ("bound", "word"),
    [
        ("at_least: 5", "proven"),
        ("at_least: 6", "contradicted"),
        ("below: 10", "proven"),
        ("below: 9", "contradicted"),
        ("equals: 9", "contradicted"),
    ],
)
def test_a_receptive_field_must_hold_on_every_axis(bound: str, word: str) -> None:
    text = network("[1, 28, 28]", "conv: {out_channels: 2, kernel_size: [5, 9]}")
    verdict = judged(text, f"{{receptive_field: {{{bound}}}}}")

    assert (verdict.verdict, verdict.actual) == (word, "5x9")


@pytest.mark.parametrize(
    ("bound", "word"),
    [
        ("at_least: 3", "proven"),
        ("at_least: 4", "contradicted"),
        ("equals: 3", "proven"),
        ("below: 10", "contradicted"),
        ("at_most: 3", "contradicted"),
        ("between: [1, 10]", "contradicted"),
    ],
)
def test_a_global_receptive_field_keeps_no_bound_from_above(bound: str, word: str) -> None:
    layers = ("conv: {out_channels: 2, kernel_size: 3}", "group_norm: {num_groups: 1}")
    verdict = judged(network("[1, 28, 28]", *layers), f"{{receptive_field: {{{bound}}}}}")

    assert (verdict.verdict, verdict.actual) == (word, "global (3)")


def test_a_network_without_positions_has_no_receptive_field() -> None:
    verdict = judged(network("[8]", "linear: 3"), "{receptive_field: {at_least: 1}}")

    assert verdict.verdict == "contradicted"


def test_a_missed_target_has_a_diagnostic_at_its_place() -> None:
    verdict = judged(STEP3, "{params: {below: 7000}}")
    (fault,) = verdict.diagnostics

    assert (fault.code, fault.severity) == ("target-missed", "error")
    assert fault.message == "params is 7,720, demanded below 7,000"
    assert fault.span is not None
    assert str(fault.span) == f"a.yaml:{STEP3.count(chr(10)) + 1}:11"
    assert (verdict.expected, verdict.actual) == ("below 7,000", "7,720")


@pytest.mark.parametrize("name", ["test_accuracy", "validation_accuracy", "train_accuracy"])
def test_a_measured_target_needs_a_run(name: str) -> None:
    verdict = judged(STEP3, f"{{{name}: {{at_least: 99}}}}")

    assert (verdict.verdict, verdict.actual) == ("unproven", None)
    assert verdict.reason == "only a run can tell"
    assert verdict.diagnostics == ()


def test_a_fault_in_the_network_leaves_static_targets_unproven() -> None:
    unknown: Analysis | None = None
    spec = spec_of(f"{STEP3}targets: {{params: {{below: 1}}}}\n")
    (verdict,) = judge_items(spec, unknown)

    assert (verdict.verdict, verdict.diagnostics) == ("unproven", ())
