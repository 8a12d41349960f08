from __future__ import annotations

import pytest

from tests.support.proof.own_files import united


def test_the_kinds_of_all_files_are_put_together() -> None:
    assert united("ROWS", {"relu": 1}, {}, {"conv": 2}) == {"relu": 1, "conv": 2}


def test_a_kind_that_is_given_twice_fails() -> None:
    with pytest.raises(AssertionError, match="ROWS is given twice for relu"):
        united("ROWS", {"relu": 1, "conv": 2}, {"relu": 1})
