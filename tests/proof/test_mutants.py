"""The mutants' script itself: it can kill, it can see a survivor, and it cannot go stale."""

from __future__ import annotations

import dataclasses

import pytest

from tests.mutants import MUTANTS, ROOT, SLIDING, Mutant, main, outcome

QUICK = ("tests/layers/test_sliding.py",)
CEIL = Mutant(
    "ceil_mode ignored",
    SLIDING,
    "steps = -(-room // stride) if ceil_mode else room // stride",
    "steps = room // stride",
    QUICK,
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_text_that_a_mutant_changes_stands_there_once(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")

    assert text.count(mutant.before) == 1
    assert mutant.after != mutant.before
    assert all((ROOT / test).is_file() for test in mutant.tests)


def test_mutants_have_names_of_their_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def test_a_broken_rule_is_noticed_and_the_working_tree_stays_as_it_is() -> None:
    before = (ROOT / SLIDING).read_bytes()

    result = outcome(CEIL)

    assert result.is_killed
    assert "test_ceil_mode_counts_a_last_window_that_starts_inside" in result.by
    assert (ROOT / SLIDING).read_bytes() == before


def test_a_change_that_breaks_nothing_survives() -> None:
    harmless = dataclasses.replace(CEIL, after=f"{CEIL.before}  # the same")

    result = outcome(harmless)

    assert not result.is_killed
    assert result.by == "SURVIVED"


@pytest.mark.parametrize("before", ["text that is nowhere", "stride"])
def test_a_mutant_whose_text_is_not_found_once_is_stale(before: str) -> None:
    result = outcome(dataclasses.replace(CEIL, before=before))

    assert not result.is_killed
    assert result.by.startswith("STALE")


def test_a_change_that_cannot_be_imported_is_no_kill() -> None:
    result = outcome(dataclasses.replace(CEIL, after="steps = ("))

    assert not result.is_killed


def test_a_word_that_names_no_mutant_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no such mutant"]) == 1
    assert "no mutant" in capsys.readouterr().out
