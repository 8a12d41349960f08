"""What `archspec predict` does with each picture: read, prepare, and ask the network."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.diagnostics import ArchspecError
from archspec.record.evaluation import evaluation_path, read_evaluation
from archspec.runtime.trained.find import Trained, load_network, no_numbers

if TYPE_CHECKING:
    import torch

    from archspec.runtime.trained.pictures import Preparation


@dataclass(frozen=True, slots=True)
class Guess:
    """A class and what the network gives it, 0 to 1."""

    number: int
    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Predicted:
    """A picture's classes, the likeliest first.

    was: how it came. steps: what was done to it.
    """

    image: str
    was: str
    steps: tuple[str, ...]
    guesses: tuple[Guess, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A picture that could not be predicted, or the name of what is none."""

    image: str
    fault: ArchspecError


@dataclass(frozen=True, slots=True)
class Predictor:
    """A trained network that is ready for pictures. names: of its classes, by number."""

    trained: Trained
    network: torch.nn.Module
    preparation: Preparation
    epoch: int
    names: tuple[str, ...]
    notes: tuple[str, ...]

    def predict(
        self, images: Sequence[str], *, top: int, invert: bool
    ) -> Iterator[Predicted | Refused]:
        """Give what becomes of each picture, in order; a fault stops none of the others."""
        from archspec.runtime.trained.picture_files import find_pictures

        for named in images:
            for found in find_pictures([named]):
                if isinstance(found, ArchspecError):
                    yield Refused(named, found)
                    continue
                try:
                    yield self._predicted(found, top, invert)
                except ArchspecError as fault:
                    yield Refused(found, fault)

    def _predicted(self, image: str, top: int, invert: bool) -> Predicted:
        from archspec.runtime.trained.evaluate import scores_of
        from archspec.runtime.trained.picture_files import picture_of

        picture = picture_of(image)
        prepared = self.preparation(picture, invert=invert)
        scores = scores_of(self.trained.analysis, [prepared.images], self.network)
        shares: list[float] = scores.softmax(dim=1)[0].tolist()
        if not all(map(math.isfinite, shares)):
            raise no_numbers(self.trained)
        order = sorted(range(len(shares)), key=lambda number: -shares[number])
        guesses = tuple(Guess(n, self.names[n], shares[n]) for n in order[:top])
        note = None
        if prepared.seems_inverted:
            data = self.preparation.data.dataset
            cure = "leave --invert out" if invert else "try --invert"
            note = f"light and dark seem to be the other way round in {data}: {cure}"
        return Predicted(image, picture.was, prepared.steps, guesses, note)


@dataclass(frozen=True, slots=True)
class Predictions:
    """Pictures that a network is asked about; going through them gives what becomes of each."""

    predictor: Predictor
    images: tuple[str, ...]
    top: int
    invert: bool

    def __iter__(self) -> Iterator[Predicted | Refused]:
        return self.predictor.predict(self.images, top=self.top, invert=self.invert)


def make_predictor(trained: Trained, device: str, threads: int | None) -> Predictor:
    """Load the network of a run; raises as `load_network`, `choose_device` and Preparation do."""
    from archspec.runtime.machine.threads import import_torch, usable_cores

    import_torch()
    from archspec.runtime.machine.device import choose_device
    from archspec.runtime.trained.latency import use_threads
    from archspec.runtime.trained.pictures import Preparation

    chosen = choose_device(device)
    use_threads(threads or min(trained.record.threads, usable_cores()))
    preparation = Preparation(trained.analysis)
    module, epoch, notes = load_network(trained)
    names = _class_names(trained)
    if names is None:
        count = trained.analysis.output[0]
        names = tuple(map(str, range(count)))
        fact = "classes are given by number: no sound evaluation.json beside the record names them"
        notes = (*notes, fact)
    return Predictor(trained, module.to(chosen), preparation, epoch, names, notes)


def _class_names(trained: Trained) -> tuple[str, ...] | None:
    """Return the names that the run's evaluation keeps; None without a sound one."""
    try:
        evaluation = read_evaluation(evaluation_path(trained.path))
    except ArchspecError:
        return None
    is_of_run = evaluation.run == trained.record.run
    fits = len(evaluation.classes) == trained.analysis.output[0]
    return evaluation.classes if is_of_run and fits else None
