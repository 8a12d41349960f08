"""Every rule has mutants, their texts are found, and the quickest of them is killed."""

from __future__ import annotations

import pytest

from archspec.judge.lint import RULES
from tests.mutants import ROOT, Mutant, outcome
from tests.support.lint_mutants import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_text_that_a_mutant_changes_stands_there_once(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")

    assert text.count(mutant.before) == 1
    assert mutant.after != mutant.before
    assert all((ROOT / test).is_file() for test in mutant.tests)


def test_mutants_have_names_of_their_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("code", RULES)
def test_every_rule_is_broken_at_least_once(code: str) -> None:
    assert any(mutant.name.startswith(f"{code}: ") for mutant in MUTANTS)


def test_a_broken_rule_is_noticed() -> None:
    result = outcome(next(m for m in MUTANTS if m.name == "batch-norm-of-one: two are too few"))

    assert result.is_killed
    assert "test_a_batch_of_one_is_found" in result.by
