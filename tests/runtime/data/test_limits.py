"""How much memory and how many workers the data takes, by the machine or by the user's word."""

from __future__ import annotations

import pytest
import torch

from archspec.diagnostics import UsageError
from archspec.runtime.data import limits
from archspec.runtime.data.limits import MEMORY, WORKERS, machine_memory, memory_limit, worker_count

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(
    ("given", "bytes_"),
    [
        ("0", 0),
        ("1000", 1000),
        ("8GiB", 8 * 2**30),
        (" 1.5 gib ", 3 * 2**29),
        ("512MiB", 2**29),
        ("4KiB", 4096),
        ("1TiB", 2**40),
    ],
)
def test_the_user_says_how_much_memory_pictures_may_take(
    monkeypatch: pytest.MonkeyPatch, given: str, bytes_: int
) -> None:
    monkeypatch.setenv(MEMORY, given)
    assert memory_limit() == bytes_


@pytest.mark.parametrize("given", ["much", "8GB", "-1", "1e9", "GiB", "8 GiB or so"])
def test_other_words_on_memory_are_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv(MEMORY, given)
    with pytest.raises(UsageError) as caught:
        memory_limit()
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "wrong-usage"
    assert repr(given) in diagnostic.message


@pytest.mark.parametrize(
    ("machine", "limit"), [(4 * 2**30, 2**30), (8 * 2**30, 2 * 2**30), (2**40, 2 * 2**30)]
)
def test_without_a_word_it_is_two_gibibytes_or_a_quarter(
    monkeypatch: pytest.MonkeyPatch, machine: int, limit: int
) -> None:
    monkeypatch.delenv(MEMORY, raising=False)
    monkeypatch.setattr(limits, "machine_memory", lambda: machine)
    assert memory_limit() == limit


def test_this_machine_has_memory() -> None:
    assert machine_memory() > 2**26


@pytest.mark.parametrize(
    ("device", "cores", "threads", "ranks", "count"),
    [
        (CPU, 1, 1, None, 0),
        (CUDA, 1, 1, None, 0),
        (CPU, 8, 2, None, 6),
        (CPU, 4, 4, None, 1),
        (CUDA, 4, 4, None, 3),
        (CUDA, 64, 8, None, 16),
        (CUDA, 16, 8, "4", 3),
        (CUDA, 4, 4, "8", 1),
    ],
)
def test_workers_are_the_cores_that_a_training_leaves(
    monkeypatch: pytest.MonkeyPatch,
    device: torch.device,
    cores: int,
    threads: int,
    ranks: str | None,
    count: int,
) -> None:
    monkeypatch.delenv(WORKERS, raising=False)
    monkeypatch.setattr(limits, "usable_cores", lambda: cores)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    if ranks:
        monkeypatch.setenv("LOCAL_WORLD_SIZE", ranks)
    assert worker_count(device) == count


@pytest.mark.parametrize("given", ["0", "5"])
def test_the_user_says_how_many_workers_there_are(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv(WORKERS, given)
    assert worker_count(CPU) == int(given)


@pytest.mark.parametrize("given", ["-1", "many", "1.5"])
def test_other_words_on_workers_are_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv(WORKERS, given)
    with pytest.raises(UsageError):
        worker_count(CPU)
