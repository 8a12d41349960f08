"""How many CPU threads a training takes by default."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import archspec
from archspec.runtime.machine import threads
from archspec.runtime.machine.threads import SPINS, default_threads, usable_cores, wait_passively

SPECS = Path(__file__).parents[3] / "specs"


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


@pytest.mark.parametrize(
    ("load", "before", "after"),
    [
        (0.0, {}, {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": str(SPINS)}),
        (2.0, {}, {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": str(SPINS)}),
        (2.1, {}, {"OMP_WAIT_POLICY": "PASSIVE"}),
        (9.0, {}, {"OMP_WAIT_POLICY": "PASSIVE"}),
        (9.0, {"GOMP_SPINCOUNT": "7"}, {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "7"}),
        (0.0, {"GOMP_SPINCOUNT": "7"}, {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "7"}),
        (9.0, {"OMP_WAIT_POLICY": "ACTIVE"}, {"OMP_WAIT_POLICY": "ACTIVE"}),
    ],
)
def test_idle_threads_sleep_at_once_on_a_busy_machine_and_soon_on_an_idle_one(
    monkeypatch: pytest.MonkeyPatch, load: float, before: dict[str, str], after: dict[str, str]
) -> None:
    found = dict(before)
    monkeypatch.setattr(os, "environ", found)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    monkeypatch.setattr(threads, "usable_cores", lambda: 4)
    wait_passively()
    assert found == after
