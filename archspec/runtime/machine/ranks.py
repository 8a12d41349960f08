"""Training under torchrun: the ranks meet, prepare together, and rank 0 speaks for all."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

from archspec.diagnostics import (
    ArchspecError,
    Diagnostic,
    EnvironmentFault,
    SpecError,
    UsageError,
    describe,
)

if TYPE_CHECKING:
    from archspec.runtime.machine.signals import Handler
    from archspec.runtime.machine.world import World

T = TypeVar("T")

OWN = ("cannot-train",)
"""Faults that a rank may have alone, since its part of a batch is its own."""


def is_rank() -> bool:
    """Return whether torchrun, or somebody in its manner, started this process as a rank."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ


@contextmanager
def meeting(*, patient: bool = False) -> Iterator[World | None]:
    """Meet the other ranks; None, and without torch, when this process is alone.

    patient: wait for what the others do as long as it takes. Who is alone takes the signal by which
    systems end programs (SIGTERM) as Ctrl-C, and leaves a run that can be resumed.
    """
    if not is_rank():
        with _stopping_by(KeyboardInterrupt):
            yield None
        return
    from archspec.runtime.machine.threads import wait_passively

    wait_passively()
    from archspec.runtime.machine.world import join

    with join(patient=patient) as world, _stopped_politely(world):
        yield world


def together(world: World | None, make: Callable[[], T]) -> T:
    """Return what every rank makes for itself, once all have made it.

    All ranks end where one of them has a fault. Rank 0 speaks for those that have the same one, or
    none, whose own error has no diagnostics; others raise what they alone have; of that, rank 0
    raises EnvironmentFault (`other-rank`), since it may run on another machine.
    """
    if world is None or world.size == 1:
        return make()
    made: list[T] = []
    fault: ArchspecError | None = None
    try:
        made.append(make())
    except ArchspecError as error:
        fault = error
    said = world.gather([describe(found) for found in fault.diagnostics] if fault else None)
    if fault is not None and (world.is_first or said[world.rank] != said[0]):
        raise fault
    for rank, words in enumerate(said):
        if words is not None:
            if not world.is_first:
                raise _silent(fault or EnvironmentFault([]))
            fact = f"rank {rank} cannot train: {words[0]}"
            help = "cure what that rank says; nothing was trained"
            raise EnvironmentFault([Diagnostic("other-rank", fact, None, help)])
    return made[0]


@contextmanager
def one_voice(world: World | None) -> Iterator[None]:
    """Let rank 0 alone say what every rank finds, such as a loss of nan, or that ranks differ."""
    try:
        yield
    except (SpecError, UsageError) as error:
        is_own = any(found.code in OWN for found in error.diagnostics)
        if world is None or world.is_first or is_own:
            raise
        raise _silent(error) from None


def _silent(fault: ArchspecError) -> ArchspecError:
    """Return what ends this rank in the same way; rank 0 says why."""
    return type(fault)([])


def _stopped_politely(world: World) -> AbstractContextManager[None]:
    """Turn the signal by which torchrun stops the ranks that are left into a fault of its own.

    The record then says what happened, instead of `running` for ever.
    """
    fact = f"rank {world.rank} was told to stop, as when another rank has ended"
    help = "see what the rank that ended first says; go on with the same torchrun and --resume"
    fault = EnvironmentFault([Diagnostic("lost-rank", fact, None, help)])
    # Whoever ends for a fault has yet to say it, and torchrun hurries it when others end.
    return _stopping_by(fault, after_fault=signal.SIG_IGN)


def _stopping_by(
    reason: BaseException | type[BaseException], *, after_fault: Handler | None = None
) -> AbstractContextManager[None]:
    """Raise this for SIGTERM, for the while; after_fault: as in `handling`."""
    from archspec.runtime.machine.signals import handling

    def stop(number: int, frame: FrameType | None) -> None:
        if sys.exc_info()[1] is None:  # else it is ending already, and writes down why
            raise reason

    return handling({signal.SIGTERM: stop}, after_fault=after_fault)
