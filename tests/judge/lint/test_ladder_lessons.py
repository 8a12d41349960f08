"""The ladder as a lesson: what its author learned at each step is what lint says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.judge.lint import lint
from archspec.network import study

SPECS = Path(__file__).parents[3] / "specs"
ORDER, HEAD = "pool-before-transition", "dominant-layer"
STEERED = "schedule-steered-by-test"


def codes_of(spec: str) -> list[str]:
    _, analysis, found = study(SPECS / f"{spec}.yaml")
    assert analysis is not None
    return sorted(diagnostic.code for diagnostic in lint(analysis, found))


@pytest.mark.parametrize(
    ("spec", "lessons"),
    [
        ("step1", [HEAD, ORDER]),
        ("step2", [HEAD, ORDER]),
        ("step3", [STEERED]),
        ("step3_held_out", []),
        ("digits", []),
        ("published/step1_as_printed", [ORDER]),
        ("ladder/task03_lighter_model", [HEAD, ORDER]),
        ("ladder/task04_batch_norm", [HEAD, ORDER]),
        ("ladder/task05_dropout", [HEAD, ORDER]),
        ("ladder/task06_gap", ["activation-on-output", "norm-on-output", ORDER]),
        ("ladder/task07_capacity", [HEAD, ORDER]),
        ("ladder/task08_transition", []),
        ("ladder/task09_augmentation", []),
        ("ladder/task10_learning_rate", [STEERED]),
    ],
)
def test_every_step_gets_the_lessons_that_the_next_ones_draw(spec: str, lessons: list[str]) -> None:
    assert codes_of(spec) == lessons


FULLY_CONNECTED = (
    "alexnet",
    "lenet5",
    *(f"vgg{n}{bn}" for n in (11, 13, 16, 19) for bn in ("", "_bn")),
)
"""Their first linear layer takes a whole map, and holds most of the parameters."""


@pytest.mark.parametrize("path", sorted((SPECS / "zoo").glob("*.yaml")), ids=lambda path: path.stem)
def test_published_networks_get_the_warnings_that_an_expert_agrees_with(path: Path) -> None:
    expected = [HEAD] if path.stem in FULLY_CONNECTED else []
    if path.stem.endswith("_bn"):  # torchvision's keep the bias of the original
        expected = ["bias-before-norm", *expected]

    assert codes_of(f"zoo/{path.stem}") == expected
