"""What a confusion matrix says of each class: accuracy, precision, recall and F1, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from archspec.values import dataclass

Matrix = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class, from whole counts; shares are 0 to 1, and None where there is nothing to divide.

    images: of the class. named: images that the network took for it. correct: of both. total: all
    images.
    """

    name: str
    images: int
    named: int
    correct: int
    total: int

    @property
    def accuracy(self) -> Fraction | None:
        """Share of all images that were rightly taken for this class, or for another one."""
        wrong = self.images + self.named - 2 * self.correct
        return _share(self.total - wrong, self.total)

    @property
    def precision(self) -> Fraction | None:
        """Share of the images taken for the class that are of it."""
        return _share(self.correct, self.named)

    @property
    def recall(self) -> Fraction | None:
        """Share of the images of the class that were taken for it."""
        return _share(self.correct, self.images)

    @property
    def f1(self) -> Fraction | None:
        """Harmonic mean of precision and recall (van Rijsbergen, Information Retrieval, 1979)."""
        return _share(2 * self.correct, self.images + self.named)


FIGURES = ("accuracy", "precision", "recall", "f1")


def class_figures(classes: Sequence[str], confusion: Matrix) -> tuple[ClassFigures, ...]:
    """Return the figures of each class. confusion: a row for each true class."""
    total = sum(map(sum, confusion))
    return tuple(
        ClassFigures(
            name=name,
            images=sum(confusion[number]),
            named=sum(row[number] for row in confusion),
            correct=confusion[number][number],
            total=total,
        )
        for number, name in enumerate(classes)
    )


def means(figures: Iterable[ClassFigures]) -> dict[str, Fraction | None]:
    """Return the mean of each figure over the classes that have it; each counts the same."""
    listed = tuple(figures)
    found: dict[str, Fraction | None] = {}
    for name in FIGURES:
        values = [value for one in listed if (value := getattr(one, name)) is not None]
        found[name] = sum(values, Fraction()) / len(values) if values else None
    return found


def worst_confusions(
    classes: Sequence[str], confusion: Matrix, most: int
) -> list[tuple[str, str, int]]:
    """Return (class, what it was taken for, images), the most frequent first."""
    pairs = [
        (classes[row], classes[column], count)
        for row, counts in enumerate(confusion)
        for column, count in enumerate(counts)
        if row != column and count
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:most]


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None
