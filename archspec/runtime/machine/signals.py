"""Signals, handled in another way for a while."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object] | signal.Handlers


@contextmanager
def put_off() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM come when the while is over."""
    came: list[int] = []
    with handling(dict.fromkeys((signal.SIGINT, signal.SIGTERM), lambda n, _: came.append(n))):
        yield
    for number in came[:1]:
        signal.raise_signal(number)


@contextmanager
def handling(
    handlers: Mapping[int, Handler], *, after_fault: Handler | None = None
) -> Iterator[None]:
    """Let signals be handled so; in another thread than the main one, which may not ask, nothing.

    after_fault: what handles them from then on when a fault ends the while, None for what did
    before.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        is_fault = sys.exc_info()[1] is not None
        for number, handler in before.items():
            is_kept = not is_fault or after_fault is None
            signal.signal(number, handler if is_kept else after_fault)
