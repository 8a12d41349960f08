from __future__ import annotations

import pytest

from archspec.diagnostics import did_you_mean, nearest


@pytest.mark.parametrize(
    ("name", "known", "words"),
    [
        ("strid", ["stride", "padding"], "did you mean `stride`?"),
        ("pool", ["max_pool", "avg_pool", "conv"], "did you mean `max_pool` or `avg_pool`?"),
        ("conv9", ["conv1", "conv2", "conv3"], "did you mean `conv3`, `conv2` or `conv1`?"),
        ("weather", ["stride", "padding"], None),
    ],
)
def test_the_nearest_names_are_offered_as_people_list_them(
    name: str, known: list[str], words: str | None
) -> None:
    assert did_you_mean(name, known) == words


@pytest.mark.parametrize("name", ["Max_Pool", "maxpool", "MAXPOOL", "max_pol"])
def test_case_and_separators_do_not_count(name: str) -> None:
    assert nearest(name, ["max_pool", "conv"]) == ("max_pool",)


def test_a_name_without_end_is_looked_up_in_bounded_time() -> None:
    assert nearest("x" * 1_000_000, ["max_pool"]) == ()
