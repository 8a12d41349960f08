from __future__ import annotations

import pytest

from tests.support.breaking import of_rule
from tests.support.linting import chain, found

CODE = "schedule-length"
MUTANTS = of_rule(
    "schedule_length",
    ("warm-up is not looked at", "train.warmup_epochs > epochs", "False"),
    ("a cosine that ends late", "if given > epochs:", "if False:"),
    ("the last milestone", "milestone >= train.epochs", "milestone > train.epochs"),
)


def helps(rest: str, epochs: int = 12, data: str = "Digits, validation: 600") -> list[str | None]:
    optimizer = "optimizer: {SGD: {lr: 0.1}}"
    more = f"data: {{dataset: {data}}}\n"
    more += f"train: {{epochs: {epochs}, batch_size: 120, {optimizer}, {rest}}}\n"
    text = chain("flatten", "linear: 10", input="[1, 28, 28]", more=more)
    return [d.help for d in found(text) if d.code == CODE]


@pytest.mark.parametrize(
    ("rest", "help"),
    [
        ("scheduler: {CosineAnnealingLR: {T_max: 1}}", "write `T_max: 12`"),
        ("scheduler: {CosineAnnealingLR: {T_max: 200}}", "write `T_max: 12`"),
        ("scheduler: {PolynomialLR: {total_iters: 13}}", "write at most 12"),
        ("scheduler: {LinearLR: {total_iters: 30}}", "write at most 12"),
        ("scheduler: {StepLR: {step_size: 12}}", "write such as `step_size: 4`"),
        ("scheduler: {MultiStepLR: {milestones: [6, 12]}}", "let all milestones lie below 12"),
        ("warmup_epochs: 40", "write at most 2, or train for longer"),
        (
            "scheduler: {OneCycleLR: {max_lr: 0.2, total_steps: 8000}}",
            "leave it out: it is 12 x 45 = 540",
        ),
    ],
)
def test_schedules_of_another_length_are_found(rest: str, help: str) -> None:
    assert helps(rest) == [help]


@pytest.mark.parametrize(
    "rest",
    [
        "scheduler: {CosineAnnealingLR: {T_max: 12}}",
        "scheduler: {CosineAnnealingLR: {T_max: 11}}",
        "scheduler: {CosineAnnealingLR: {T_max: 9}}, warmup_epochs: 3",
        "scheduler: {StepLR: {step_size: 5}}",
        "scheduler: {MultiStepLR: {milestones: [6, 11]}}",
        "scheduler: {PolynomialLR: {total_iters: 12}}",
        "scheduler: {OneCycleLR: {max_lr: 0.2, total_steps: 540}}",
        "scheduler: {ExponentialLR: {gamma: 0.9}}",
        "warmup_epochs: 2.5",
    ],
)
def test_schedules_that_fit_are_fine(rest: str) -> None:
    assert helps(rest) == []


def test_the_steps_of_pictures_that_nobody_counted_are_not_known() -> None:
    rest = "scheduler: {OneCycleLR: {max_lr: 0.2, total_steps: 8000}}"
    assert helps(rest, data="ImageFolder") == []
