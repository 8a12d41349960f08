"""A run as TensorBoard shows it: event files of every epoch, the spec, and the hyperparameters."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.analysis import Analysis
from archspec.diagnostics.cells import visible
from archspec.diagnostics.packages import packages_told
from archspec.network import network_of
from archspec.record import EpochRecord, Measure, RunRecord, make_folder
from archspec.record.listener import Listener
from archspec.record.store import RECORD
from archspec.runtime.train.plan import plan_of

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

SPLITS = ("train", "validation", "test")


class TensorBoard(Listener):
    """Writes the epochs that it hears into event files, beside whatever else listens.

    Each run has a folder inside `folder`, called as under runs/: `<spec>/<run>`. A disk that takes
    no more event files stops them, and not the training.
    """

    def __init__(self, folder: Path) -> None:
        """Make the folder for all event files.

        Raises EnvironmentFault: `missing-package` where `tensorboard` is not there, `unwritable`.
        """
        with packages_told():
            import torch.utils.tensorboard  # noqa: F401
        make_folder(folder)
        self.folder = folder
        self.files: EventFiles | None = None

    def on_run(self, record: RunRecord, place: str, folder: Path) -> None:
        """Open the files, and write the epochs of a run that goes on."""
        run = folder.resolve()
        with self._until_full():
            analysis = network_of(record, folder / RECORD)
            self.files = EventFiles(self.folder / run.parent.name / run.name, record, analysis)

    def on_epoch(self, record: EpochRecord, is_best: bool) -> None:
        """Write the epoch."""
        if self.files is not None:
            with self._until_full():
                self.files.add(record)

    def on_end(self, fault: BaseException | None) -> None:
        """Close the files."""
        if self.files is not None:
            files, self.files = self.files, None
            with self._until_full():
                files.close()

    @contextmanager
    def _until_full(self) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            self.files = None
            reason = (fault.strerror or str(fault)).lower()
            sys.stderr.write(visible(f"note: no more event files in {self.folder}: {reason}\n"))


class EventFiles:
    """The event files of one run, in a folder of its own.

    A run that goes on writes its earlier epochs again, out of its record, and tells TensorBoard to
    forget what stood there: none is missing and none is there twice, whatever was written before.
    """

    def __init__(self, folder: Path, record: RunRecord, analysis: Analysis) -> None:
        """Open the files; raises OSError when they cannot be written."""
        from torch.utils.tensorboard import SummaryWriter

        self.began = datetime.fromisoformat(record.started).timestamp()
        self.seconds = 0.0
        is_first = not any(folder.glob("events.*"))
        purge_step = None if is_first else 0
        self.writer: SummaryWriter = SummaryWriter(str(folder), purge_step=purge_step)
        if is_first:  # TensorBoard forgets curves, and not texts: again they would be there twice
            self._add_texts(record)
            self._add_hyperparameters(record, analysis)
        for epoch in record.epochs:
            self.add(epoch)
        self.writer.flush()

    def add(self, epoch: EpochRecord) -> None:
        """Write an epoch; raises OSError when the disk takes no more."""
        self.seconds += epoch.seconds
        for name, value in _scalars(epoch):
            self.writer.add_scalar(name, value, epoch.epoch, self.began + self.seconds)
        self.writer.flush()

    def close(self) -> None:
        """Close the files."""
        self.writer.close()

    def _add_texts(self, record: RunRecord) -> None:
        for source in record.spec.sources:
            text = f"```yaml\n{source.text}\n```"
            self.writer.add_text(f"spec/{Path(source.name).name}", text, 0, self.began)

    def _add_hyperparameters(self, record: RunRecord, analysis: Analysis) -> None:
        from torch.utils.tensorboard import summary

        untyped: Any = summary
        writer: Any = self.writer
        shown = {f"accuracy/{record.monitored}": 0.0}  # a name; its values are the scalars'
        # `add_hparams` would make a second run for them.
        for part in untyped.hparams(_hyperparameters(record, analysis), shown):
            writer._get_file_writer().add_summary(part, 0, self.began)


def _scalars(epoch: EpochRecord) -> Iterator[tuple[str, float]]:
    """Give what is known of an epoch by the names that TensorBoard shows; accuracy in percent."""
    for split in SPLITS:
        measure: Measure | None = getattr(epoch, split)
        if measure is not None:
            yield f"loss/{split}", measure.loss
            yield f"accuracy/{split}", 100 * measure.accuracy
    yield "learning_rate", epoch.learning_rate
    yield "images_per_second", epoch.images_per_second
    yield "seconds", epoch.seconds


def _hyperparameters(record: RunRecord, analysis: Analysis) -> dict[str, Any]:
    """Return what distinguishes runs: flat, numbers and words only."""
    data, train = plan_of(analysis.spec)
    found: dict[str, Any] = {
        "spec": record.spec.name,
        "seed": record.seed,
        "params": record.params,
        "dataset": data.dataset,
        "epochs": train.epochs,
        "batch_size": train.batch_size,
    }
    for role, call in (("optimizer", train.optimizer), ("scheduler", train.scheduler)):
        if call is None:
            continue
        found[role] = call.name
        for name, value in call.arguments.items():
            known = isinstance(value, bool | int | float | str)
            found[f"{role}.{name}"] = value if known else str(value)
    return found
