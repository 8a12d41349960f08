from __future__ import annotations

import pytest

from tests.support.breaking import of_rule
from tests.support.linting import chain, found

CODE = "accuracy-as-share"
MUTANTS = of_rule(
    "accuracy_as_share",
    ("bounds from above too", 'word not in ("below", "at_most")', "True"),
    ("no claims", "if claim.name in CLAIMED_MEASURED", "if False"),
)


def helps(more: str) -> list[str | None]:
    text = chain("flatten", "linear: 10", input="[1, 8, 8]", more=more)
    return [d.help for d in found(text) if d.code == CODE]


@pytest.mark.parametrize(
    ("more", "help"),
    [
        ("targets: {test_accuracy: {at_least: 0.92}}\n", "write `92`"),
        ("targets: {validation_accuracy: {above: 0.994}}\n", "write `99.4`"),
        ("claims: {best_test_accuracy: 0.987}\n", "write `98.7`"),
    ],
)
def test_shares_are_found(more: str, help: str) -> None:
    assert helps(more) == [help]


@pytest.mark.parametrize(
    "more",
    [
        "targets: {test_accuracy: {at_least: 92}}\n",
        "targets: {test_accuracy: {below: 0.5}}\n",
        "targets: {params: {at_least: 1}}\n",
    ],
)
def test_percent_and_counts_are_fine(more: str) -> None:
    assert helps(more) == []
