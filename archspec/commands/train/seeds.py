"""`archspec train --seeds`: which ones, and what all of them say together."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.commands.telling import tell
from archspec.commands.train.text import data_line, of_interest
from archspec.diagnostics import Diagnostic, UsageError
from archspec.diagnostics.words import numbered
from archspec.judge.forms.text import verdict_line

if TYPE_CHECKING:
    from archspec.judge import Spread, Verdict
    from archspec.runtime.train.seeds import TrainedSeeds

INTERRUPTED = 130
KILLED = 3
LARGEST_SEED = 2**63 - 1
MOST_SEEDS = 10_000

ROWS = {
    "best held-out": "best_validation_accuracy",
    "final held-out": "final_validation_accuracy",
    "best test": "best_test_accuracy",
    "test in the best epoch": "chosen_test_accuracy",
    "final test": "final_test_accuracy",
}
HEADINGS = ("", "seeds", "mean", "sd", "min", "max")


def read_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds of `5` (0 to 4) or `3,7,9`, in this order; UsageError for another text."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > 1 and not parts[-1]:
        parts.pop()  # `7,` is a list of one
    is_list = "," in text
    if all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        numbers = tuple(int(part) for part in parts)
        seeds = numbers if is_list else tuple(range(min(numbers[0], MOST_SEEDS + 1)))
        if len(set(seeds)) < len(seeds):
            fact = f"a seed stands twice in `{text:.60}`"
        elif not 0 < len(seeds) <= MOST_SEEDS:
            fact = f"expected 1 to {MOST_SEEDS:,} seeds, got `{text:.60}`"
        elif max(seeds) > LARGEST_SEED:
            fact = f"a seed is at most {LARGEST_SEED}, got `{text:.60}`"
        else:
            return seeds
    else:
        fact = f"expected how many seeds, or a list of them, got `{text:.60}`"
    help = "write `--seeds 5` for 0 to 4, or `--seeds 3,7,9`"
    raise UsageError([Diagnostic("bad-seeds", fact, None, help)])


def name_many(seeds: tuple[int, ...]) -> str:
    """Return `seed 3`, `seeds 0, 1 and 4`, or of many `seeds 0 to 19`."""
    if len(seeds) > 3 and seeds == tuple(range(seeds[0], seeds[0] + len(seeds))):
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return numbered("seed", seeds)


def conclude_seeds(trained: TrainedSeeds) -> int:
    """Print what came out of all seeds; return the exit code."""
    if trained.is_stopped:
        _tell_interrupted(trained)
        return INTERRUPTED
    # What workers complained of; the same complaint once.
    for text in dict.fromkeys(end.errors for end in trained.ended.values() if end.code > 0):
        tell(text, to_errors=True)
    verdicts: tuple[Verdict, ...] = ()
    if trained.folders:  # else nothing was trained, and why stands above
        verdicts = verdicts_of(trained)
        tell(conclusion_of_seeds(trained, verdicts))
    if trained.missing:  # a killed worker is the environment's fault
        codes = [end.code if end.code >= 0 else KILLED for end in trained.ended.values()]
        return max(codes, default=0) or 1
    return int(any(v.role == "target" and v.verdict == "contradicted" for v in verdicts))


def verdicts_of(trained: TrainedSeeds) -> tuple[Verdict, ...]:
    """Return the verdicts by the share of seeds; those on measured targets say who is missing."""
    from archspec.judge import evidence_for, judge_with_evidence
    from archspec.language.quantities import MEASURED

    task, records = trained.task, [run.record for run in trained.runs if run.record]
    analysis = task.network.analysis
    if task.replaces is not None:  # the records speak of other data than the targets
        analysis = replace(analysis, graph=replace(analysis.graph, spec=task.judged))
    evidence = evidence_for(analysis, records)
    verdicts = of_interest(judge_with_evidence(analysis, evidence))
    if not trained.missing:
        return verdicts
    absent = f"{name_many(tuple(one.seed for one in trained.missing))} missing"
    return tuple(
        replace(verdict, reason=f"{verdict.reason}, {absent}" if verdict.reason else absent)
        if verdict.name in MEASURED
        else verdict
        for verdict in verdicts
    )


def conclusion_of_seeds(trained: TrainedSeeds, verdicts: Sequence[Verdict]) -> str:
    """Return the lines after the last seed: the spread over the seeds, and the verdicts."""
    from archspec.diagnostics.text import wants_colour
    from archspec.judge import summarize

    lines, records = [], [run.record for run in trained.runs if run.record]
    if records:
        spreads = summarize(trained.task.judged, records).spreads
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
    for seed, reason, folder in trained.missing:
        cure = f"; archspec train --resume {folder}" if folder else ""
        lines.append(f"missing: seed {seed}, {reason}{cure}")
    spent = sum(record.seconds for record in records)
    place = trained.folders[0].parent
    lines.append(f"runs: {len(records)} finished in {place}, {spent:.0f} s of training")
    return "\n".join(lines) + "\n"


def _tell_interrupted(trained: TrainedSeeds) -> None:
    for seed, *_ in trained.missing:
        end = trained.ended.get(seed)
        if end is None:
            tell(f"seed {seed}: not started\n", to_errors=True)
        elif end.code != 0:
            name, silent = end.signal_name, "stopped before its run began"
            word = f"killed by {name}" if name else end.first_line(silent)
            tell(f"seed {seed}: {word}\n", to_errors=True)


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
