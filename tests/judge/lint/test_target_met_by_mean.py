from __future__ import annotations

import pytest

from tests.support.breaking import of_rule
from tests.support.linting import chain, found

CODE = "target-met-by-mean"
MUTANTS = of_rule(
    "target_met_by_mean",
    ("a little is enough", "Fraction(2 * size)", "Fraction(size)"),
    ("missed ones too", "if met and not", "if not"),
)
CONV = "conv: {out_channels: 8, kernel_size: 3, activation: relu}"


def messages(least: int, *more: str) -> list[str]:
    targets = f"targets: {{receptive_field: {{at_least: {least}}}}}\n"
    text = chain(CONV, CONV, *more, "flatten", input="[3, 36, 36]", more=targets)
    return [d.message for d in found(text) if d.code == CODE]


def test_a_target_that_the_mean_alone_meets_is_found() -> None:
    (message,) = messages(30, "gap")
    assert message.endswith("met by GAP only: 5 x 5 before it, 36 x 36 behind it")


@pytest.mark.parametrize("least", [5, 10, 37])
def test_what_the_convolutions_meet_or_nothing_does_is_fine(least: int) -> None:
    assert messages(least, "gap") == []


def test_a_network_without_a_mean_is_fine() -> None:
    assert messages(30) == []
