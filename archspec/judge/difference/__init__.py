"""What changed from one network to another: layers, data, training, and what follows from it."""

from archspec.judge.difference.compare import difference
from archspec.judge.difference.model import (
    ABSENT,
    Change,
    Difference,
    EntryDifference,
    FigureChange,
)
from archspec.judge.difference.words import (
    changes_in_words,
    entry_in_words,
    show_change,
    show_figure_change,
    show_value,
)

__all__ = [
    "ABSENT",
    "Change",
    "Difference",
    "EntryDifference",
    "FigureChange",
    "changes_in_words",
    "difference",
    "entry_in_words",
    "show_change",
    "show_figure_change",
    "show_value",
]
