"""What `archspec eval` finds out of a run: its images judged by class, and the time they take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.diagnostics import Diagnostic, UsageError
from archspec.record import Measure, SplitName
from archspec.record.evaluation import ROUNDED
from archspec.runtime.trained.find import Trained, load_network, no_numbers

if TYPE_CHECKING:
    from archspec.runtime.data import Dataset, LabelledImages
    from archspec.runtime.trained.latency import Latency, NoRoom

BUSY = 0.5
"""Load of each core at which a figure in milliseconds says as much of other programs."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What computed. load: how many programs wanted a core before, None where nobody knows."""

    device: str
    name: str
    threads: int
    cores: int
    load: float | None

    @property
    def is_busy(self) -> bool:
        """True when other programs take a good part of the cores."""
        return self.load is not None and self.load > BUSY * self.cores


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A network of a run on one part of a data set.

    is_test: the images of the part are the test set. is_own_data: the data of the run itself.
    recorded: what the record says of the same images and epoch. latency: empty when not asked for.
    """

    trained: Trained
    epoch: int
    split: SplitName
    is_test: bool
    dataset: str
    place: str
    generated: bool
    is_own_data: bool
    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    recorded: Measure | None
    machine: Machine
    latency: tuple[Latency | NoRoom, ...]
    notes: tuple[str, ...]

    @property
    def correct(self) -> int:
        """Images that were classified correctly."""
        return sum(row[number] for number, row in enumerate(self.confusion))

    @property
    def total(self) -> int:
        """Images that were looked at."""
        return sum(map(sum, self.confusion))


def evaluate_run(
    trained: Trained,
    *,
    split: SplitName,
    data: str | None,
    data_dir: Path | None,
    device: str,
    threads: int | None,
    batch_sizes: Sequence[int],
) -> Evaluated:
    """Judge the images of a split, and time passes of each batch size.

    data: a dataset in place of the run's. threads: None for as many as the run had. Raises
    UsageError for a device or split that is not there, SpecError (`bad-checkpoint`) for weights
    that give no numbers; as `load_data`, `read_checkpoint`, `ensure_fits_data` and
    `ensure_same_data` do.
    """
    from archspec.runtime.machine.threads import import_torch, usable_cores

    import_torch()
    from archspec.runtime.machine.device import choose_device, device_name
    from archspec.runtime.trained.evaluate import confuse
    from archspec.runtime.trained.latency import machine_load, measure_latency, use_threads

    load = machine_load()  # before this program adds its own
    chosen = choose_device(device)
    used = use_threads(threads or min(trained.record.threads, usable_cores()))
    module, epoch, notes = load_network(trained)
    dataset, images, is_test = _images(trained, split, data, data_dir)
    module = module.to(chosen)
    confusion, mistakes = confuse(trained.analysis, images, len(dataset.classes), module)
    if any(math.isnan(mistake.probability) for mistake in mistakes):
        raise no_numbers(trained)
    recorded = _recorded(trained, epoch, split) if data is None and trained.is_own else None
    correct = sum(row[number] for number, row in enumerate(confusion))
    if recorded and abs(recorded.correct - correct) * ROUNDED > recorded.total:
        notes += ("the record counted otherwise: the checkpoint or the data is not what it was",)
    machine = Machine(chosen.type, device_name(chosen), used, usable_cores(), load)
    return Evaluated(
        trained=trained,
        epoch=epoch,
        split=split,
        is_test=is_test,
        dataset=dataset.name,
        place=dataset.place,
        generated=dataset.generated,
        is_own_data=data is None,
        classes=dataset.classes,
        confusion=confusion,
        recorded=recorded,
        machine=machine,
        latency=tuple(measure_latency(trained.analysis, module, batch_sizes)),
        notes=(*notes, *dataset.notes),
    )


def _images(
    trained: Trained, split_name: SplitName, data: str | None, data_dir: Path | None
) -> tuple[Dataset, LabelledImages, bool]:
    """Return the data, the images of the part, and whether they are the test set."""
    from archspec.runtime.data import load_data, split
    from archspec.runtime.train.plan import plan_of
    from archspec.runtime.train.proof import ensure_fits_data
    from archspec.runtime.train.resume import ensure_same_data

    analysis = trained.analysis
    section, _ = plan_of(analysis.spec)
    if split_name == "validation" and section.validation == 0:
        fact = f"the run {trained.record.run} held no images out for validation"
        help = "use --split test, or --split train"
        raise UsageError([Diagnostic("nothing-held-out", fact, None, help)])
    if data is not None:
        section = replace(section, dataset=data)
    # A fault of data that an option names has no place in the spec.
    place = analysis.spec.place if data is None else lambda *_: None
    dataset = load_data(section, data_dir=data_dir, place=place, wanted=analysis.spec.input)
    if data is None:
        ensure_same_data(dataset, trained.record)
    spec = replace(analysis.spec, data=section)  # so that faults name the data that was asked for
    named = replace(analysis, graph=replace(analysis.graph, spec=spec))
    ensure_fits_data(named, dataset.test.shape, len(dataset.classes))
    parts = split(dataset, section.validation, analysis.spec.place)
    images = {"train": parts.train, "validation": parts.validation, "test": parts.test}[split_name]
    assert images is not None
    is_test = split_name == "test" or (split_name == "validation" and parts.validation_is_test)
    return dataset, images, is_test


def _recorded(trained: Trained, epoch: int, split: SplitName) -> Measure | None:
    """Return what the record says of a split after an epoch.

    Training images are measured while the network learns, with augmentation: another thing.
    """
    epochs = trained.record.epochs
    if split == "train" or not 0 < epoch <= len(epochs):
        return None
    found = epochs[epoch - 1]
    if split == "validation" and trained.record.monitored == "test":
        return found.test
    return found.validation if split == "validation" else found.test
