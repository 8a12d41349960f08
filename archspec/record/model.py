"""What one training run leaves behind, as frozen values; the JSON format follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

FORMAT = 1
"""Version of the record's JSON; raised when a reader of today could not read it."""

Status = Literal["running", "finished", "interrupted", "failed"]
SplitName = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file that the spec was read from."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class SpecRecord:
    """The spec as it was: its own text, every file it was read from, and the `--set` overrides."""

    name: str
    text: str
    sources: tuple[SourceText, ...]
    overrides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hashes:
    """Hashes of the network alone, and of the network with its data and training."""

    architecture: str
    recipe: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Images in each split."""

    train: int
    validation: int
    test: int


@dataclass(frozen=True, slots=True)
class DatasetRecord:
    """The data of a run.

    validation: as the spec says it: `test`, a count, a share, or 0 for nothing held out.
    generated: the images were made and not photographed or scanned.
    replaces: the dataset that the spec names, where this run used another in its place; such a
    run proves nothing about targets, which speak of the spec's own data.
    """

    name: str
    digest: str
    counts: Counts
    validation: Literal["test"] | int | float
    generated: bool
    replaces: str | None


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """Where the run was computed: `cpu`, `cuda` or `mps`, and the maker's name for it."""

    type: str
    name: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is computed, beside what its spec says; the defaults are the exact, slow path.

    fast: steps are rewritten by rules that keep their result to rounding, and dropout is drawn by a
    faster generator. precision: of the multiplications; weights and sums are float32. compiled: by
    torch.compile. ranks: processes that shared each batch.
    """

    fast: bool = False
    precision: Literal["float32", "bfloat16"] = "float32"
    compiled: bool = False
    ranks: int = 1


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions of what computed the run."""

    archspec: str
    python: str
    torch: str
    torchvision: str
    platform: str


@dataclass(frozen=True, slots=True)
class GitRecord:
    """The commit that was checked out, and whether files differed from it."""

    commit: str
    dirty: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """The module agreed with the analysis before the first step, in so many params and tensors.

    tensors: parameters and buffers whose names and shapes were compared.
    """

    params: int
    tensors: int


@dataclass(frozen=True, slots=True)
class Measure:
    """One pass over a split: mean loss of an image, and right answers as whole counts."""

    loss: float
    correct: int
    total: int

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0 to 1; judge from the counts, show this."""
        return self.correct / self.total


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One epoch, numbered from 1.

    learning_rate: of the epoch's last step, in the first parameter group.
    train: measured while training (augmented images, dropout on, weights moving).
    seconds: of the whole epoch; images_per_second: of its training part.
    """

    epoch: int
    learning_rate: float
    train: Measure
    validation: Measure | None
    test: Measure | None
    seconds: float
    images_per_second: float


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run: what was trained, on what, where, and what came out of every epoch.

    started: UTC, ISO 8601. seconds: from the start of the run to the writing of the record.
    failure: why a failed run failed. proven: None until the module was compared. settings: absent
    in records from before there were any.
    """

    format: int
    run: str
    status: Status
    failure: str | None
    spec: SpecRecord
    hashes: Hashes
    dataset: DatasetRecord
    seed: int
    threads: int
    device: DeviceRecord
    versions: Versions
    git: GitRecord | None
    started: str
    seconds: float
    params: int
    proven: Proof | None
    epochs: tuple[EpochRecord, ...]
    best_epoch: int | None
    notices: tuple[str, ...]
    settings: Settings = Settings()

    @property
    def monitored(self) -> SplitName:
        """The split that chose the best epoch."""
        return monitored_split(self.dataset.validation)

    @property
    def best(self) -> EpochRecord | None:
        """The best epoch, None before the first one ended."""
        return None if self.best_epoch is None else self.epochs[self.best_epoch - 1]


def monitored_split(validation: str | int | float) -> SplitName:
    """Return the split that the schedule and the choice of the best epoch may look at.

    validation: as the spec says it. The test set only when it is declared; training itself when
    nothing is held out.
    """
    if validation == "test":
        return "test"
    return "validation" if validation else "train"


def best_of(epochs: Sequence[EpochRecord], monitored: SplitName) -> int | None:
    """Return the number of the best epoch, the earliest among equals; None when there is none.

    Most right answers on the monitored split win, then the lower loss. Without a held-out split
    the lowest training loss wins: running accuracy there says little.
    """

    def rank(record: EpochRecord) -> tuple[int, float]:
        measure = getattr(record, monitored)
        assert isinstance(measure, Measure), f"epoch {record.epoch} lacks {monitored}"
        return (0 if monitored == "train" else -measure.correct, measure.loss)

    return min(epochs, key=rank).epoch if epochs else None
