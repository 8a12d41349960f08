from __future__ import annotations

import pytest

from tests.support.breaking import of_rule
from tests.support.linting import chain, found

CODE = "channels-last"
MUTANTS = of_rule(
    "channels_last",
    ("any last size", "shape[2] not in COLOURS", "shape[2] not in range(99)"),
    ("narrow maps too", "LEAST_SIDE = 8", "LEAST_SIDE = 1"),
)


def helps(input: str) -> list[str | None]:
    return [d.help for d in found(chain("flatten", "linear: 10", input=input)) if d.code == CODE]


@pytest.mark.parametrize(
    ("input", "right"),
    [("[32, 32, 3]", "[3, 32, 32]"), ("[28, 28, 1]", "[1, 28, 28]"), ("[8, 9, 4]", "[4, 8, 9]")],
)
def test_channels_that_stand_last_are_found(input: str, right: str) -> None:
    assert helps(input) == [f"write `input: {right}`: channels come first"]


@pytest.mark.parametrize("input", ["[3, 32, 32]", "[64, 5, 3]", "[32, 32, 8]", "[32, 3]"])
def test_other_inputs_are_fine(input: str) -> None:
    assert helps(input) == []
