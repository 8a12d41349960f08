"""What `archspec train --seeds` tells in the end: the spread over the seeds, and the verdicts."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.commands.train.text import data_line
from archspec.judge.forms.text import verdict_line

if TYPE_CHECKING:
    from archspec.commands.train.run import Task
    from archspec.judge import Spread, Verdict
    from archspec.record import RunRecord

ROWS = {
    "best held-out": "best_validation_accuracy",
    "final held-out": "final_validation_accuracy",
    "best test": "best_test_accuracy",
    "test in the best epoch": "chosen_test_accuracy",
    "final test": "final_test_accuracy",
}
HEADINGS = ("", "seeds", "mean", "sd", "min", "max")


@dataclass(frozen=True, slots=True)
class Missing:
    """A seed without a finished run, and why. folder: of a run that can be resumed."""

    seed: int
    reason: str
    folder: Path | None


def conclusion_of_seeds(
    task: Task,
    folders: Mapping[int, Path],
    records: Sequence[RunRecord],
    missing: Sequence[Missing],
    verdicts: Sequence[Verdict],
) -> str:
    """Return the lines after the last seed."""
    from archspec.diagnostics.text import wants_colour
    from archspec.judge import summarize

    lines = []
    if records:
        spreads = summarize(task.judged, records).spreads
        # Where the test images choose, the best epoch is the chosen one.
        is_declared = records[0].monitored == "test"
        rows = [
            (title, spreads[name])
            for title, name in ROWS.items()
            if name in spreads and not (is_declared and name == "chosen_test_accuracy")
        ]
        lines += _table(rows)
        data = records[0].dataset
        if data.replaces:
            name = data_line(data)
            lines.append(f"data: {name} in place of {data.replaces}, which targets speak of")
        elif data.generated:
            lines.append(f"data: {data_line(data)}")
    colour = wants_colour(sys.stdout)
    lines += [verdict_line(verdict, colour=colour) for verdict in verdicts]
    for one in missing:
        cure = f"; archspec train --resume {one.folder}" if one.folder else ""
        lines.append(f"missing: seed {one.seed}, {one.reason}{cure}")
    spent = sum(record.seconds for record in records)
    place = next(iter(folders.values())).parent
    lines.append(f"runs: {len(records)} finished in {place}, {spent:.0f} s of training")
    return "\n".join(lines) + "\n"


def _table(rows: Sequence[tuple[str, Spread]]) -> list[str]:
    cells = [HEADINGS, *((title, *_cells(spread)) for title, spread in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
    return [
        "  ".join(
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]


def _cells(spread: Spread) -> tuple[str, ...]:
    deviation = "-" if spread.sd is None else f"{spread.sd:.2f}"
    low, high = float(spread.min), float(spread.max)
    mean = f"{float(spread.mean):.2f} %"
    return str(spread.n), mean, deviation, f"{low:.2f} %", f"{high:.2f} %"
