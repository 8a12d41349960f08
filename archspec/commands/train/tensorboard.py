"""`archspec train --tensorboard`: a progress that writes event files beside what it shows."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import typer

from archspec.commands.train.listeners import Lines, Relay
from archspec.record.store import RECORD

if TYPE_CHECKING:
    from archspec.record import EpochRecord, RunRecord
    from archspec.runtime.train.tensorboard import EventFiles


class TensorBoard(Relay):
    """Tells another progress all that it hears, and writes it down for TensorBoard.

    Each run has a folder inside `folder`, called as under runs/: `<spec>/<run>`. A disk that takes
    no more event files stops them, and not the training.
    """

    def __init__(self, inner: Lines, folder: Path) -> None:
        """Raise EnvironmentFault when the package is missing or the folder cannot be made."""
        from archspec.runtime.machine.threads import wait_passively

        wait_passively()  # torch comes in with the next line
        from archspec.runtime.train.tensorboard import ensure_installed, ensure_writable

        super().__init__(inner)
        ensure_installed()
        ensure_writable(folder)
        self.folder = folder
        self.files: EventFiles | None = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()
        super().__exit__(kind, fault, trace)

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Open the files, and write the epochs of a run that goes on."""
        from archspec.network import network_of
        from archspec.runtime.train.tensorboard import EventFiles

        super().on_run(record, place, folder)
        run = folder.resolve()
        own = self.folder / run.parent.name / run.name
        try:
            self.files = EventFiles(own, record, network_of(record, folder / RECORD))
        except OSError as fault:
            self._give_up(fault)

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Write the epoch."""
        super().on_epoch(record, is_best)
        if self.files is None:
            return
        try:
            self.files.add(record)
        except OSError as fault:
            self._give_up(fault)

    def _close(self) -> None:
        if self.files is not None:
            files, self.files = self.files, None
            try:
                files.close()
            except OSError as fault:
                self._give_up(fault)

    def _give_up(self, fault: OSError) -> None:
        self.files = None
        reason = (fault.strerror or str(fault)).lower()
        typer.echo(f"note: no more event files in {self.folder}: {reason}", err=True)
