"""Small things that the sections of a report say in the same way."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.judge import Spread
from archspec.judge.bounds import holds
from archspec.judge.measured import measures_of, percent
from archspec.language.quantities import split_of
from archspec.language.sections import Target
from archspec.report.steps import Step

if TYPE_CHECKING:
    from archspec.record import RunRecord

NOTHING = "–"
NOT_MEASURED = "not measured yet"


def mean_in_words(spread: Spread | None) -> str:
    """Return `99.46 ± 0.02`, `99.46` of one seed, or a dash."""
    if spread is None:
        return NOTHING
    deviation = "" if spread.sd is None else f" ± {spread.sd:.2f}"
    return f"{float(spread.mean):.2f}{deviation}"


def range_in_words(spread: Spread | None) -> str:
    """Return `99.43 to 99.51`, or a dash."""
    return NOTHING if spread is None else f"{float(spread.min):.2f} to {float(spread.max):.2f}"


def signed(value: Fraction | float, decimals: int = 2) -> str:
    """Return a number with its sign: `+0.38`, `−0.07`."""
    text = f"{float(value):+.{decimals}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def epochs_meeting(target: Target, record: RunRecord) -> tuple[int, ...]:
    """Return the epochs of a run in which a measured target's bounds hold, within its limit."""
    measures = measures_of(record, split_of(target.name))
    return tuple(
        epoch
        for epoch, measure in measures
        if (target.within is None or epoch <= target.within)
        and holds(target.bounds, percent(measure))
    )


def show_epochs(epochs: Iterable[int]) -> str:
    """Return `8, 10–15`, or `none`."""
    rows: list[list[int]] = []
    for epoch in epochs:
        if rows and epoch == rows[-1][-1] + 1:
            rows[-1].append(epoch)
        else:
            rows.append([epoch])
    spans = (f"{row[0]}–{row[-1]}" if len(row) > 1 else f"{row[0]}" for row in rows)
    return ", ".join(spans) or "none"


def link_to(path: Path, folder: Path) -> str:
    """Return the link from a page in `folder` to a file."""
    import os
    from urllib.parse import quote

    try:
        target = os.path.relpath(str(path), str(folder))
    except ValueError:  # on another drive
        target = str(path)
    return quote(os.fsencode(target.replace(os.sep, "/")))


def is_steered_by_test(step: Step) -> bool:
    """Return whether the test images choose the best epoch and steer the schedule."""
    return step.spec.data is not None and step.spec.data.validation == "test"
