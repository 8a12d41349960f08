"""Runs that were killed and resumed are those that nobody killed; the comparison can tell."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.kill_and_resume import ending, is_same

ROOT = Path(__file__).parents[3]
KILLS = 3


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a whole run, and one for each kill."""
    root = tmp_path_factory.mktemp("killed")
    seed = random.randrange(10**6)
    arguments = [sys.executable, "-m", "tests.support.killed", str(root), str(KILLS), str(seed)]
    # A thread of OpenMP would not be copied into the children.
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run(arguments, cwd=ROOT, env=environment, check=True, timeout=300)
    (root / "seed").write_text(str(seed))  # to repeat a failure
    return root


def run_in(folder: Path) -> Path:
    """Return the run that has a record; a kill may have left an empty folder beside it."""
    (record,) = folder.glob("runs/spec/*/record.json")
    return record.parent


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_and_resumed_run_ends_with_the_bits_of_a_whole_one(
    killed: Path, number: int
) -> None:
    whole = ending(run_in(killed / "whole"))
    assert whole["status"] == "finished"
    assert is_same(whole, ending(run_in(killed / str(number))))


def test_an_ending_that_differs_in_one_bit_is_noticed(killed: Path) -> None:
    one, other = (ending(run_in(killed / "whole")) for _ in range(2))
    assert is_same(one, other)
    weights = next(value for value in other["last"][1].values() if value.is_floating_point())
    weights.view(torch.int32).view(-1)[0] ^= 1
    assert not is_same(one, other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": (1, [2.0])}, {"a": (1, [2.0])}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1, 2], [1], False),
        (torch.ones(2), 1, False),
        ({"a": torch.ones(2)}, {"a": torch.ones(2)}, True),
    ],
)
def test_endings_are_compared_all_the_way_down(one: object, other: object, same: bool) -> None:
    assert is_same(one, other) is same
