"""`archspec train` under torchrun: the ranks meet, prepare together, and rank 0 speaks for all."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer

from archspec.diagnostics import ArchspecError, Diagnostic, EnvironmentFault, SpecError, describe

if TYPE_CHECKING:
    from archspec.runtime.world import World

T = TypeVar("T")


def is_rank() -> bool:
    """Return whether torchrun, or somebody in its manner, started this process as a rank."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ


@contextmanager
def meeting(device: str, *, patient: bool = False) -> Iterator[World | None]:
    """Meet the other ranks; None, and without torch, when this process is alone.

    device: as in `--device`. patient: wait for the others as long as it takes.
    """
    if not is_rank():
        yield None
        return
    from archspec.runtime.threads import wait_passively

    wait_passively()
    from archspec.runtime.device import choose_device
    from archspec.runtime.world import join

    with join(choose_device(device).type, patient=patient) as world, _stopped_politely(world):
        yield world


def together(world: World | None, make: Callable[[], T]) -> T:
    """Return what every rank makes for itself, once all have made it.

    A fault that rank 0 has, too, is raised there alone. Where only others have one, they raise it,
    and the rest EnvironmentFault (`other-rank`), so that nobody waits for ever.
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
    if fault is not None:
        if not world.is_first and said[world.rank] == said[0]:
            raise typer.Exit(fault.exit_code)
        raise fault
    for rank, words in enumerate(said):
        if words is not None:
            fact = f"rank {rank} cannot train: {words[0]}"
            help = "cure what that rank says; nothing was trained"
            raise EnvironmentFault([Diagnostic("other-rank", fact, None, help)])
    return made[0]


@contextmanager
def one_voice(world: World | None) -> Iterator[None]:
    """Let rank 0 alone say what the shared spec causes in every rank, such as a loss of nan."""
    try:
        yield
    except SpecError as error:
        if world is None or world.is_first:
            raise
        raise typer.Exit(error.exit_code) from None


@contextmanager
def _stopped_politely(world: World) -> Iterator[None]:
    """Turn the signal by which torchrun stops the ranks that are left into a fault of its own.

    The record then says what happened, instead of `running` for ever.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        fact = f"rank {world.rank} was stopped, since another rank has ended"
        help = "see what the rank that ended first says; go on with the same torchrun and --resume"
        raise EnvironmentFault([Diagnostic("lost-rank", fact, None, help)])

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
