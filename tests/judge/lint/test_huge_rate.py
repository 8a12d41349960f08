from __future__ import annotations

import pytest

from tests.support.breaking import of_rule
from tests.support.linting import chain, found

CODE = "huge-rate"
MUTANTS = of_rule(
    "huge_rate",
    ("the schedule's own", "if train.scheduler is not None and", "if False and"),
    ("clipped ones too", "train.clip_grad_norm is not None or", "False or"),
)


def helps(train: str) -> list[str | None]:
    more = f"train: {{epochs: 5, batch_size: 8, {train}}}\n"
    text = chain("flatten", "linear: 10", input="[1, 8, 8]", more=more)
    return [d.help for d in found(text) if d.code == CODE]


@pytest.mark.parametrize(
    ("train", "help"),
    [
        ("optimizer: {SGD: {lr: 8}}", "begin with `lr: 0.1`"),
        ("optimizer: {Adam: {lr: 1}}", "begin with `lr: 0.001`"),
        (
            "optimizer: SGD, scheduler: {OneCycleLR: {max_lr: 50}}",
            "begin with `max_lr: 0.1`",
        ),
    ],
)
def test_rates_that_nothing_survives_are_found(train: str, help: str) -> None:
    assert helps(train) == [help]


@pytest.mark.parametrize(
    "train",
    [
        "optimizer: {SGD: {lr: 3}}",
        "optimizer: {Adam: {lr: 0.1}}",
        "optimizer: {Adadelta: {lr: 8}}",
        "optimizer: {SGD: {lr: 8}}, clip_grad_norm: 0.01",
        "optimizer: {SGD: {lr: 8}}, scheduler: {OneCycleLR: {max_lr: 0.1}}",
    ],
)
def test_rates_that_some_network_survives_are_fine(train: str) -> None:
    assert helps(train) == []
