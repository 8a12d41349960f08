"""How many CPU threads a training takes by default."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import archspec
from archspec.runtime.threads import default_threads, usable_cores, wait_passively

SPECS = Path(__file__).parents[2] / "specs"


@pytest.mark.parametrize(
    ("batch_size", "cores", "threads"),
    # step 3 has 1,140,928 MACs: 36.5 M in a batch of 32, 146 M in one of 128.
    [(1, 8, 1), (32, 8, 1), (36, 8, 1), (128, 8, 3), (128, 2, 2), (4096, 8, 8)],
)
def test_threads_follow_the_work_of_a_batch_up_to_the_cores(
    batch_size: int, cores: int, threads: int
) -> None:
    analysis = archspec.analyze(SPECS / "step3.yaml")
    assert default_threads(analysis, batch_size, cores) == threads


def test_the_cores_are_those_this_process_may_use() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


def test_a_wait_policy_of_the_users_own_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    wait_passively()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


def test_idle_threads_sleep_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "")
    monkeypatch.delenv("OMP_WAIT_POLICY")
    wait_passively()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
