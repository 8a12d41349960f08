"""What ranks know of each other: parts of a batch, states by rank, who cannot meet and why."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
import torch

from archspec.diagnostics import EnvironmentFault, UsageError
from archspec.runtime.machine import workers, world
from archspec.runtime.machine.threads import default_threads
from archspec.runtime.machine.world import ALONE, World, join, local_device, rank_faults
from archspec.runtime.train.forms import notices_of
from tests.support.ladder import STEP3, analysis_of
from tests.support.ranks import LIMIT_SECONDS, ROOT, free_port

ANALYSIS = analysis_of(STEP3)
"""1,140,928 multiply-adds an image: 35 threads for a batch of 1,250 would each have 40 million."""


def as_rank(monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    for name in (*workers.RANK_VARIABLES, "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("count", "size", "parts"),
    [(8, 2, [4, 4]), (7, 3, [3, 2, 2]), (2, 3, [1, 1, 0]), (1, 4, [1, 0, 0, 0]), (5, 1, [5])],
)
def test_a_batch_is_shared_out_whole(count: int, size: int, parts: list[int]) -> None:
    batch = torch.arange(count)

    shares = [World(rank, size).share(batch) for rank in range(size)]

    assert list(map(len, shares)) == parts
    assert torch.equal(torch.cat(shares), batch)


def test_the_states_of_all_ranks_come_back_to_each(monkeypatch: pytest.MonkeyPatch) -> None:
    states = [{"cpu": torch.tensor([rank]), "sampler": torch.tensor([9])} for rank in range(3)]
    monkeypatch.setattr(World, "gather", lambda self, value: states)

    together = World(1, 3).share_states(states[1])

    assert set(together) == {n + e for n in ("cpu", "sampler") for e in ("", "@1", "@2")}
    for rank in range(3):
        assert World(rank, 3).own_states(together) == states[rank]
    with pytest.raises(KeyError):
        World(3, 4).own_states(together)


def test_who_is_alone_shares_with_nobody() -> None:
    tensor = torch.ones(2)

    ALONE.add(tensor)
    ALONE.follow_first([tensor])
    ALONE.ensure_equal({"the seed": 3})

    assert torch.equal(tensor, torch.ones(2))
    assert ALONE.gather(7) == [7]
    assert ALONE.share_states({"cpu": tensor}) == {"cpu": tensor}


@pytest.mark.parametrize(
    ("values", "fact"),
    [
        ([{"the seed": 1}, {"the seed": 1}], None),
        ([{"the seed": 1}, {"the seed": 2}], "rank 0 and rank 1 differ in the seed: 1 and 2"),
        ([{"a": 1, "b": 2}, {"a": 1, "b": 3}], "rank 0 and rank 1 differ in b: 2 and 3"),
        ([{"a": 1}, {"a": 1}, {"a": 0}], "rank 0 and rank 2 differ in a: 1 and 0"),
    ],
)
def test_what_differs_between_ranks_is_named(
    monkeypatch: pytest.MonkeyPatch, values: list[dict[str, int]], fact: str | None
) -> None:
    monkeypatch.setattr(World, "gather", lambda self, value: values)
    if fact is None:
        World(1, 2).ensure_equal(values[1])
        return
    with pytest.raises(UsageError, match=fact) as caught:
        World(1, len(values)).ensure_equal(values[1])
    assert caught.value.diagnostics[0].code == "ranks-differ"


def test_a_port_in_use_keeps_ranks_from_meeting(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        as_rank(monkeypatch, RANK="0", WORLD_SIZE="2", **place)
        with pytest.raises(EnvironmentFault) as caught, join():
            pytest.fail("nobody was met")

    (fault,) = caught.value.diagnostics
    assert fault.code == "no-meeting"
    assert fault.message.startswith(f"rank 0 does not meet the others at 127.0.0.1:{port}: ")
    assert "address already in use" in fault.message.lower()


@pytest.mark.parametrize("port", ["banana", "99999999"])
def test_a_port_that_is_none_keeps_ranks_from_meeting(
    monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    as_rank(monkeypatch, RANK="0", WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
    with pytest.raises(EnvironmentFault) as caught, join():
        pytest.fail("nobody was met")

    assert caught.value.diagnostics[0].code == "no-meeting"


def test_a_rank_that_never_comes_is_not_waited_for_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = str(asked.getsockname()[1])
    monkeypatch.setattr(world, "PATIENCE", timedelta(seconds=1))
    as_rank(monkeypatch, RANK="0", WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
    with pytest.raises(EnvironmentFault, match="rank 0 does not meet"), join(patient=True):
        pytest.fail("nobody was met")


LEAVES_AT_ONCE = f"""
import faulthandler, os, sys
from archspec.runtime.machine.world import join
child = os.fork()
faulthandler.dump_traceback_later({LIMIT_SECONDS}, exit=True)
# A thread that runs Python keeps it until it has to wait.
sys.setswitchinterval({LIMIT_SECONDS})
os.environ |= dict(RANK=str(int(child == 0)), WORLD_SIZE="2", MASTER_ADDR="127.0.0.1")
for os.environ["MASTER_PORT"] in sys.argv[1:]:
    with join() as world:
        assert world.gather(world.rank) == [0, 1]
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_rank_leaves_while_a_thread_of_torch_still_waits_for_python() -> None:
    ports = [str(free_port()) for _ in range(5)]
    around = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", LEAVES_AT_ONCE, *ports],
        env=around,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_rank_of_one_meets_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    as_rank(monkeypatch, RANK="0", WORLD_SIZE="1")
    with join() as met:
        assert met == World(0, 1, 0, 1)
    assert not torch.distributed.is_initialized()


@pytest.mark.parametrize(
    ("message", "is_lost"),
    [
        ("[/pytorch/gloo/transport/tcp/pair.cc:547] Connection closed by peer [::1]:5034", True),
        ("NCCL error: remote process exited or there was a network error", True),
        ("[enforce fail] Socket Timeout", True),
        ("mat1 and mat2 shapes cannot be multiplied", False),
    ],
)
def test_a_lost_connection_is_told_from_a_defect(message: str, is_lost: bool) -> None:
    kind: type[Exception] = EnvironmentFault if is_lost else RuntimeError
    with pytest.raises(kind) as caught, rank_faults():
        raise RuntimeError(message)
    if isinstance(caught.value, EnvironmentFault):
        (fault,) = caught.value.diagnostics
        assert fault.code == "lost-rank"
        assert "pair.cc" not in fault.message


def test_more_ranks_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(EnvironmentFault, match="rank 2 of this machine has no GPU: there are 2"):
        local_device("cuda", World(6, 8, local_rank=2, local_size=4))
    assert local_device("cpu", World(6, 8, 2, 4)) == torch.device("cpu")


@pytest.mark.parametrize(
    ("environment", "count", "gpu"),
    [
        ({"LOCAL_RANK": "1"}, 2, "1"),
        ({"LOCAL_RANK": "3"}, 2, "1"),
        ({"LOCAL_RANK": "1", "CUDA_VISIBLE_DEVICES": "4,7"}, 2, "7"),
        ({"LOCAL_RANK": "1"}, 0, None),
        ({}, 2, None),
    ],
)
def test_a_seed_in_a_rank_has_its_gpu_and_is_no_rank(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], count: int, gpu: str | None
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    as_rank(monkeypatch, RANK="5", WORLD_SIZE="8", **environment)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    found = workers._environment()

    assert not set(workers.RANK_VARIABLES) & found.keys()
    assert found.get("CUDA_VISIBLE_DEVICES") == gpu


@pytest.mark.parametrize(("cores", "sharing", "threads"), [(64, 1, 35), (64, 4, 16), (2, 4, 1)])
def test_ranks_share_the_cores(cores: int, sharing: int, threads: int) -> None:
    assert default_threads(ANALYSIS, 1_250, cores, sharing=sharing) == threads


@pytest.mark.parametrize(
    ("text", "size", "device", "count"),
    [
        (STEP3, 2, "cpu", 1),
        (STEP3, 1, "cpu", 0),
        (STEP3, 2, "cuda", 0),
        (STEP3.replace("norm: batch", "norm: none"), 2, "cpu", 0),
    ],
)
def test_only_ranks_with_norms_on_the_cpu_are_told_of_them(
    text: str, size: int, device: str, count: int
) -> None:
    found = notices_of(analysis_of(text), World(0, size), torch.device(device))

    assert len(found) == count
