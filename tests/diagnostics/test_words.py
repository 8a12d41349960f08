from __future__ import annotations

import pytest

from archspec.diagnostics.words import counted, few, listed, numbered, plural, ticked


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 epochs"), (1, "1 epoch"), (3, "3 epochs"), (12_345, "12,345 epochs")],
)
def test_a_noun_follows_its_number(number: int, words: str) -> None:
    assert counted(number, "epoch") == words


@pytest.mark.parametrize(("number", "words"), [(1, "axis"), (2, "axes"), (0, "axes")])
def test_a_noun_with_a_plural_of_its_own(number: int, words: str) -> None:
    assert plural(number, "axis", "axes") == words


@pytest.mark.parametrize(
    ("names", "both", "either"),
    [
        ([], "", ""),
        (["a"], "a", "a"),
        (["a", "b"], "a and b", "a or b"),
        (["a", "b", "c"], "a, b and c", "a, b or c"),
    ],
)
def test_names_are_listed_as_people_do(names: list[str], both: str, either: str) -> None:
    assert (listed(names), listed(iter(names), "or")) == (both, either)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([3], "seed 3"), ([0, 1], "seeds 0 and 1"), ([0, 1, 4], "seeds 0, 1 and 4")],
)
def test_seeds_are_named(numbers: list[int], words: str) -> None:
    assert numbered("seed", iter(numbers)) == words


def test_names_in_ticks() -> None:
    assert ticked(["a", "b"]) == ["`a`", "`b`"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [("ab", ["a", "b"]), ("abc", ["a", "b", "1 more"]), ("abcde", ["a", "b", "3 more"])],
)
def test_others_are_counted(words: str, shown: list[str]) -> None:
    assert few(list(words), 2) == shown
