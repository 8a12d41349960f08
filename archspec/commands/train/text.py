"""What `archspec train` tells in words: what is trained on what, each epoch, and the verdict."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.commands.telling import tell
from archspec.diagnostics.words import counted
from archspec.judge import Verdict
from archspec.judge.forms.text import verdict_line
from archspec.judge.measured import show_measure, show_percent
from archspec.record import DatasetRecord, EpochRecord, Measure, RunRecord

if TYPE_CHECKING:
    from archspec.record.run import Run

CHOSEN_BY = {
    "test": "the test images choose the best epoch and may steer the schedule (validation: test)",
    "validation": "the held-out images choose the best epoch",
    "train": "nothing is held out: the lowest training loss chooses the best epoch",
}


def head(record: RunRecord, found: str, folder: Path, seeds: str | None = None) -> str:
    """Return the lines before the first epoch.

    found: where the data was, in words. folder: the run's, or that of several. seeds: which, in
    words; the record's own when None.
    """
    proven = ""
    if record.proven:
        proven = f", the module proven equal to the analysis in {record.proven.tensors} tensors"
    threads = counted(record.threads, "thread")
    place = f"{record.device.type} ({record.device.name}), {threads}"
    if record.settings.ranks > 1:
        place += f" in each of {record.settings.ranks} ranks"
    source = "" if record.dataset.generated else f", from {found}"
    lines = [
        f"{record.spec.name}: {record.params:,} params{proven}",
        f"data: {data_line(record.dataset)}{source}",
        f"      {CHOSEN_BY[record.monitored]}",
        f"run:  {folder} on {place}, {seeds or f'seed {record.seed}'}",
        *(f"note: {notice}" for notice in record.notices),
    ]
    return "\n".join(lines) + "\n"


def epoch_line(record: EpochRecord, epochs: int, is_best: bool) -> str:
    """Return one epoch in one line."""
    parts = [
        f"epoch {record.epoch:>{len(str(epochs))}}/{epochs}",
        f"lr {record.learning_rate:<8.3g}",
    ]
    for name in ("train", "validation", "test"):
        measure: Measure | None = getattr(record, name)
        if measure:
            parts.append(f"{name} {measure.loss:.4f} {show_percent(measure)}")
    parts.append(f"{record.seconds:.1f} s")
    parts.append(f"{record.images_per_second:,.0f} images/s")
    return "  ".join(parts) + ("  best" if is_best else "")


def conclusion(
    record: RunRecord, folder: Path, verdicts: Sequence[Verdict], colour: bool = False
) -> str:
    """Return the lines after the last epoch: the best and the last, and the verdicts."""
    lines = []
    for name, epoch in (("best", record.best), ("last", record.epochs[-1])):
        if epoch:
            measures = [
                f"{split} {show_measure(measure)}"
                for split in ("train", "validation", "test")
                if (measure := getattr(epoch, split))
            ]
            lines.append(f"{name}: epoch {epoch.epoch}, {', '.join(measures)}")
    if record.dataset.replaces:
        name = data_line(record.dataset)
        lines.append(f"data: {name} in place of {record.dataset.replaces}, which targets speak of")
    elif record.dataset.generated:
        lines.append(f"data: {data_line(record.dataset)}")
    lines += [verdict_line(verdict, colour=colour) for verdict in verdicts]
    lines.append(f"run:  {folder}, {record.seconds:.0f} s")
    return "\n".join(lines) + "\n"


def conclude(run: Run) -> bool:
    """Print what came out and the verdicts; return whether no target is contradicted."""
    from archspec.diagnostics.text import wants_colour
    from archspec.judge.measured import judge_by_run
    from archspec.judge.targets import judge_items
    from archspec.runtime.train.task import recorded_task

    assert run.record is not None
    task = recorded_task(run.record, run.folder)
    judge = partial(judge_by_run, spec=task.judged, record=run.record)
    verdicts = of_interest(judge_items(task.judged, task.network.analysis, judge))
    tell(conclusion(run.record, run.folder, verdicts, wants_colour(sys.stdout)))
    return not any(v.role == "target" and v.verdict == "contradicted" for v in verdicts)


def of_interest(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Return the verdicts that a training has a part in; of the other claims `check` tells."""
    from archspec.language.quantities import STATIC

    foreign = (*STATIC, "table")
    return tuple(v for v in verdicts if v.role == "target" or v.name not in foreign)


def data_line(dataset: DatasetRecord) -> str:
    """Return a dataset with the images in its parts."""
    counts = dataset.counts
    parts = [f"{counts.train:,} to train"]
    if counts.validation:
        parts.append(f"{counts.validation:,} held out")
    parts.append(f"{counts.test:,} to test")
    made = "generated images; " if dataset.generated else ""
    return f"{dataset.name} ({made}{', '.join(parts)})"
