"""A training's progress as lines of JSON: what a worker tells the process that started it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from archspec.record import EpochRecord, RunRecord, from_plain, to_plain
from archspec.record.listener import Listener

PAUSE = 0.2
"""Seconds between two words about batches; nobody reads faster."""


class Events(Listener):
    """Prints each event as one line of JSON."""

    def __init__(self) -> None:
        self.said = 0.0

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Tell where the run is, and all that is known of it before it starts."""
        _say("run", to_plain(record), place, str(folder))

    def on_start(self, epochs: int, steps: int, batch_size: int) -> None:
        """Tell how long it is."""
        _say("start", epochs, steps, batch_size)

    def on_batch(self, epoch: int, step: int, steps: int) -> None:
        """Tell how far it is, now and then."""
        if monotonic() - self.said >= PAUSE:
            self.said = monotonic()
            _say("batch", epoch, step, steps)

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Tell what an epoch brought."""
        _say("epoch", to_plain(record), is_best)


def retell(line: str, listeners: Sequence[Listener]) -> None:
    """Let listeners hear the event of a line; a line that is no event is passed over."""
    try:
        event = json.loads(line)
    except ValueError:
        return
    if not isinstance(event, list) or not event:
        return
    name, *values = event
    for listener in listeners:
        if name == "run":
            record, place, folder = values
            listener.on_run(from_plain(RunRecord, record), place, Path(folder))
        elif name == "start":
            listener.on_start(*values)
        elif name == "batch":
            listener.on_batch(*values)
        elif name == "epoch":
            listener.on_epoch(from_plain(EpochRecord, values[0]), values[1])


def _say(name: str, *values: Any) -> None:
    try:
        sys.stdout.write(json.dumps([name, *values]) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody listens any more: stop as for Ctrl-C, with a whole record
        raise KeyboardInterrupt from None
