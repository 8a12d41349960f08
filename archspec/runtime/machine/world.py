"""The processes that train one network together, one rank each; alone there is one rank."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import distributed, nn
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from archspec.diagnostics import Diagnostic, EnvironmentFault, UsageError
from archspec.runtime.machine.signals import handling

PATIENCE = timedelta(minutes=10)
"""How long a rank waits for the others; a connection that breaks is noticed at once."""

ENDLESS = timedelta(days=365)
"""How long it waits for whole trainings of others."""


@dataclass(frozen=True, slots=True)
class World:
    """This process among those that train together: its rank, from 0, and how many there are.

    local_rank and local_size: the same among those of this machine.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes and prints for all."""
        return self.rank == 0

    def share(self, batch: torch.Tensor) -> torch.Tensor:
        """Return this rank's part of a batch; parts differ by one image at most, and may be empty.

        The first ranks have the larger parts.
        """
        return batch.tensor_split(self.size)[self.rank] if self.size > 1 else batch

    def parallel(self, module: nn.Module, device: torch.device, *, idle: bool) -> nn.Module:
        """Return a module whose gradients are the mean over the ranks.

        idle: parameters without a gradient are among it, and must be looked for in every step.
        """
        if self.size == 1:
            return module
        ids = [device.index or 0] if device.type == "cuda" else None
        with rank_faults():
            return DistributedDataParallel(module, device_ids=ids, find_unused_parameters=idle)

    def add(self, *tensors: torch.Tensor) -> None:
        """Put the sum over all ranks into each tensor."""
        if self.size > 1:
            with rank_faults():
                for tensor in tensors:
                    distributed.all_reduce(tensor)

    def follow_first(self, tensors: Iterable[torch.Tensor]) -> None:
        """Put rank 0's values into the tensors of every rank."""
        if self.size > 1:
            with rank_faults():
                for tensor in tensors:
                    distributed.broadcast(tensor, 0)

    def gather(self, value: Any) -> list[Any]:
        """Return the picklable values of all ranks, by rank."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        with rank_faults():
            distributed.all_gather_object(values, value)
        return values

    def share_states(self, states: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Return the states of every rank: rank 0's under their names, others as `name@rank`."""
        return {
            name if rank == 0 else f"{name}@{rank}": state
            for rank, theirs in enumerate(self.gather(dict(states)))
            for name, state in theirs.items()
        }

    def own_states(self, states: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Return this rank's states out of those that `share_states` put together; KeyError."""
        end = f"@{self.rank}" if self.rank else ""
        names = [name for name in states if "@" not in name]
        return {name: states[f"{name}{end}"] for name in names}

    def ensure_equal(self, values: Mapping[str, Any]) -> None:
        """Refuse to train together what differs between the ranks; UsageError (`ranks-differ`)."""
        by_rank = self.gather(dict(values))
        for name in values:
            for rank, theirs in enumerate(by_rank):
                if theirs.get(name) != by_rank[0].get(name):
                    fact = (
                        f"rank 0 and rank {rank} differ in {name}: "
                        f"{by_rank[0].get(name)} and {theirs.get(name)}"
                    )
                    help = "give all ranks the same spec, options, data and archspec"
                    raise UsageError([Diagnostic("ranks-differ", fact, None, help)])


ALONE = World()


@contextlib.contextmanager
def join(*, patient: bool = False) -> Iterator[World]:
    """Meet the other ranks that torchrun started, for the while.

    gloo carries what is on the CPU, nccl what is on GPUs. patient: wait for what the others do as
    long as it takes. Raises UsageError for variables that make no sense (`bad-rank`),
    EnvironmentFault when the ranks do not meet (`no-meeting`).
    """
    world = _from_environment()
    if world.size == 1:
        yield world
        return
    try:
        # While torch waits for others, Python hears no signal: Ctrl-C ends this process at once,
        # and nothing lies on the disk yet that would be lost.
        with handling(dict.fromkeys((signal.SIGINT, signal.SIGTERM), signal.SIG_DFL)):
            # With a patience of its own: who never comes is no long training.
            store, _, _ = next(rendezvous("env://", world.rank, world.size, timeout=PATIENCE))
            distributed.init_process_group(
                "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo",
                store=store,
                rank=world.rank,
                world_size=world.size,
                timeout=ENDLESS if patient else PATIENCE,
            )
    # torch refuses with ValueError, RuntimeError and errors of its own, by backend.
    except Exception as error:
        place = f"{os.environ.get('MASTER_ADDR')}:{os.environ.get('MASTER_PORT')}"
        fact = f"rank {world.rank} does not meet the others at {place}: {_reason(error)}"
        help = "let torchrun choose a free port with --standalone, or name another one"
        raise EnvironmentFault([Diagnostic("no-meeting", fact, None, help)]) from None
    try:
        yield world
    finally:
        _leave()


def _leave() -> None:
    """End the group of the ranks."""
    # Whoever lets go of a backend last waits for its threads, and a group of torch 2.6 keeps Python
    # from them meanwhile: one that has yet to drop a tensor waits for Python, for ever. A backend
    # that outlives its group ends without that.
    backends = _backends()
    with contextlib.suppress(Exception):  # a rank that has died cannot be taken leave of
        distributed.destroy_process_group()
    backends.clear()


def _backends() -> list[object]:
    """Return what carries the group's tensors, by device."""
    group = distributed.group.WORLD
    assert group is not None
    return [group._get_backend(device) for device in group._device_types]


@contextlib.contextmanager
def rank_faults() -> Iterator[None]:
    """Turn what torch says when another rank has gone into an EnvironmentFault (`lost-rank`)."""
    try:
        yield
    except RuntimeError as error:
        if not _is_lost(error):
            raise
        fact = f"rank {os.environ.get('RANK', '0')} lost the others: {_reason(error)}"
        help = "see what the rank that ended first says; go on with the same torchrun and --resume"
        raise EnvironmentFault([Diagnostic("lost-rank", fact, None, help)]) from None


def local_device(device_type: str, world: World = ALONE) -> torch.device:
    """Return the device of this rank: on GPUs the one of its number on this machine.

    Raises EnvironmentFault (`no-device`) when the machine has fewer GPUs than ranks.
    """
    if device_type != "cuda" or world.size == 1:
        return torch.device(device_type)
    index = world.local_rank
    if index >= torch.cuda.device_count():
        fact = f"rank {index} of this machine has no GPU: there are {torch.cuda.device_count()}"
        help = "start as many ranks as GPUs, with --nproc-per-node, or train on --device cpu"
        raise EnvironmentFault([Diagnostic("no-device", fact, None, help)])
    torch.cuda.set_device(index)
    return torch.device("cuda", index)


def _from_environment() -> World:
    given = {name: os.environ.get(name, "") for name in ("RANK", "WORLD_SIZE")}
    local = {name: os.environ.get(name) for name in ("LOCAL_RANK", "LOCAL_WORLD_SIZE")}
    given |= {name: value for name, value in local.items() if value is not None}
    if not all(value.isdecimal() for value in given.values()):
        wrong = [f"{name}={value!r}" for name, value in given.items() if not value.isdecimal()]
        _refuse(f"the environment says {' and '.join(wrong)}, and ranks are counted from 0")
    rank, size = int(given["RANK"]), int(given["WORLD_SIZE"])
    if rank >= size:
        _refuse(f"the environment says rank {rank} of {size}, and ranks are counted from 0")
    missing = [name for name in ("MASTER_ADDR", "MASTER_PORT") if not os.environ.get(name)]
    if missing and size > 1:
        _refuse(f"the environment has a rank and no {' and no '.join(missing)}")
    # Without torchrun's word, all are taken to be on this machine.
    local_rank = int(given.get("LOCAL_RANK", rank))
    return World(rank, size, local_rank, int(given.get("LOCAL_WORLD_SIZE", size)) or 1)


def _refuse(fact: str) -> None:
    help = "start the ranks with torchrun, or take RANK and WORLD_SIZE out of the environment"
    raise UsageError([Diagnostic("bad-rank", fact, None, help)])


def _is_lost(error: RuntimeError) -> bool:
    """Say whether an error comes from a connection between ranks."""
    if isinstance(error, distributed.DistError):
        return True
    text = str(error).lower()
    return any(word in text for word in ("gloo", "nccl", "connection", "peer", "socket"))


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    text = re.sub(r"^\[[^]]*:\d+\] ", "", text)  # a file of torch's own sources
    said_by_system = re.search(r"\bmessage: (.+)", text)
    text = said_by_system[1] if said_by_system else text.split(". ")[0]
    return text[:1].lower() + text[1:200].rstrip(".")
