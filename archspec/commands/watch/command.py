"""`archspec watch`: checks a spec again on every save, and redraws its table."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.commands.options import Overrides, Spec

if TYPE_CHECKING:
    from types import FrameType

    from archspec.commands.watch.sight import Sight

PAUSE = 0.1
"""Seconds between two looks at the files."""

PATIENCE = 5
"""Pauses for which a file may be gone: editors remove it, and put another in its place."""

Stamps = Mapping[Path, "tuple[int, int, int] | None"]
"""What tells each file from an earlier state of it; None for one that is not there."""


def watch(
    spec: Spec,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...", help="Columns of the table, as for `table`.", show_default=False
        ),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Check a spec again whenever it, a parent or its claimed table is saved; show its table.

    Draws a full screen on a terminal; elsewhere each state is printed below the one before. Ctrl-C
    ends it.

    Example: archspec watch specs/step3.yaml --columns layer,output,rf,params
    """
    from archspec.commands.faults import exit_on_fault
    from archspec.commands.watch.sight import look, on_paper, on_screen
    from archspec.tables import DEFAULT_COLUMNS
    from archspec.tables.columns import find_columns

    with exit_on_fault():
        chosen = columns.split(",") if columns is not None else list(DEFAULT_COLUMNS)
        find_columns(chosen)

    def see() -> Sight:
        return look(spec, tuple(overrides or ()), chosen)

    is_screen = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    try:
        with _ended_by_signals(), (on_screen if is_screen else on_paper)() as draw:
            _follow(see, draw)
    except KeyboardInterrupt:
        return  # it has no other end


def _follow(see: Callable[[], Sight], draw: Callable[[Sight], None]) -> None:
    """Draw what is seen now, and again whenever a file that it came from has changed."""
    sight, seen = _look(see, ())
    draw(sight)
    before, patience = seen, PATIENCE
    while True:
        time.sleep(PAUSE)
        now = _stamps(sight.files)
        if now != before:  # somebody is writing: look when it is done
            before = now
            continue
        if now == seen and not sight.lacks_files:
            draw(sight)  # the terminal may have got another size
            continue
        if None in now.values() and patience:
            patience -= 1
            continue
        patience = PATIENCE
        sight, seen = _look(see, sight.files)
        draw(sight)
        before = seen


def _look(see: Callable[[], Sight], files: Iterable[Path]) -> tuple[Sight, Stamps]:
    """Return a sight and the stamps that its files had before it.

    What is written while it is read has another stamp afterwards, and is looked at again.
    """
    while True:
        stamps = _stamps(files)
        sight = see()
        if stamps.keys() >= set(sight.files):
            return sight, {file: stamps[file] for file in sight.files}
        files = sight.files


def _stamps(files: Iterable[Path]) -> Stamps:
    return {file: _stamp(file) for file in files}


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _ended_by_signals() -> AbstractContextManager[None]:
    """Let a kill unwind the program, so that the terminal is left as it was."""
    from archspec.runtime.machine.signals import handling

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    return handling(dict.fromkeys(numbers, end))
