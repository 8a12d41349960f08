from __future__ import annotations

import pytest

from tests.support.linting import TRAIN, chain, codes, found, message

CODE = "unmeetable-target"


def spec(targets: str, *, train: str = TRAIN, data: str = "{dataset: MNIST}") -> str:
    """Return a spec that trains for 5 epochs."""
    return chain("linear: 10", input="[8]", more=f"{train}data: {data}\ntargets: {targets}\n")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("{at_least: 90, within: 6}", "test_accuracy speaks of 6 epochs, and the training has 5"),
        ("{at_least: 90, epochs: 6}", "test_accuracy speaks of 6 epochs, and the training has 5"),
        (
            "{at_least: 90, epochs: 6, within: 8}",
            "test_accuracy speaks of 6 epochs, and the training has 5",
        ),
        ("{at_least: 100.5}", "no test_accuracy is at least 100.5"),
        ("{above: 100}", "no test_accuracy is above 100"),
        ("{below: 0}", "no test_accuracy is below 0"),
        ("{equals: 101}", "no test_accuracy is exactly 101"),
        ("{between: [101, 102]}", "no test_accuracy is between 101 and 102"),
        ("{at_least: 90, below: 90}", "no test_accuracy is at least 90 and below 90"),
        ("{above: 90, at_most: 90}", "no test_accuracy is above 90 and at most 90"),
        (
            "{at_least: 95, at_most: 90, within: 9}",
            "no test_accuracy is at least 95 and at most 90",
        ),
        ("{equals: 90, between: [91, 92]}", "no test_accuracy is exactly 90 and between 91 and 92"),
    ],
)
def test_what_no_run_can_meet_is_found(target: str, expected: str) -> None:
    text = spec(f"{{test_accuracy: {target}}}")

    assert codes(text) == [CODE]
    assert message(text, CODE) == expected


@pytest.mark.parametrize(
    "target",
    [
        "{at_least: 90, within: 5}",
        "{at_least: 90, epochs: 5, consecutive: true}",
        "{at_least: 100}",
        "{at_most: 0}",
        "{equals: 100}",
        "{at_least: 90, at_most: 90}",
        "{above: 90, below: 90.1}",
        "{between: [90, 91], at_most: 90}",
    ],
)
def test_what_a_run_can_meet_is_fine(target: str) -> None:
    assert codes(spec(f"{{test_accuracy: {target}}}")) == []


def test_without_training_epochs_are_not_counted() -> None:
    assert codes(spec("{test_accuracy: {at_least: 90, within: 99}}", train="")) == []


@pytest.mark.parametrize(
    ("bounds", "is_found"),
    [
        ("{above: 8000, below: 8001}", True),
        ("{above: 8000, below: 8002}", False),
        ("{below: 0}", True),
        ("{at_most: 0}", False),
        ("{at_least: 8000, at_most: 7999}", True),
        ("{equals: 10.5}", True),
        ("{between: [7, 8], above: 7}", False),
        ("{between: [7, 8], above: 8}", True),
        ("{above: 1}", False),
    ],
)
def test_whole_numbers_lie_from_0_on(bounds: str, is_found: bool) -> None:
    assert codes(spec(f"{{params: {bounds}}}")) == ([CODE] if is_found else [])


@pytest.mark.parametrize(
    ("validation", "is_found"), [("0", True), ("test", True), ("100", False), ("0.1", False)]
)
def test_validation_accuracy_needs_images_that_are_held_out(
    validation: str, is_found: bool
) -> None:
    data = f"{{dataset: MNIST, validation: {validation}}}"
    text = spec("{validation_accuracy: {at_least: 90}}", data=data)

    assert codes(text) == ([CODE] if is_found else [])


def test_the_place_is_the_number_that_asks_too_much() -> None:
    text = spec("{test_accuracy: {at_least: 90, within: 6}}")
    (diagnostic,) = found(text)
    span = diagnostic.span

    assert span is not None
    assert span.source.line(span.line)[span.column - 1 : span.end_column - 1] == "6"
