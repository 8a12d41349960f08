from __future__ import annotations

import pytest

from tests.support.breaking import of_rule
from tests.support.linting import chain, found

CODE = "byte-statistics"
MUTANTS = of_rule("byte_statistics", ("of exactly 1", "max(values) > 1", "max(values) >= 1"))


def helps(normalize: str) -> list[str | None]:
    more = f"data: {{dataset: ImageFolder, normalize: {{{normalize}}}}}\n"
    text = chain("flatten", "linear: 10", input="[1, 8, 8]", more=more)
    return [d.help for d in found(text) if d.code == CODE]


@pytest.mark.parametrize(
    ("normalize", "help"),
    [
        ("mean: [127], std: [64]", "write `mean: [0.498]` and `std: [0.251]`"),
        ("mean: [0.5], std: [51]", "write `std: [0.2]`"),
        ("mean: [102], std: [1]", "write `mean: [0.4]`"),
    ],
)
def test_figures_of_bytes_are_found(normalize: str, help: str) -> None:
    assert helps(normalize) == [help]


@pytest.mark.parametrize("normalize", ["mean: [0.5], std: [0.25]", "mean: [0], std: [1]"])
def test_figures_of_values_to_1_are_fine(normalize: str) -> None:
    assert helps(normalize) == []
