"""What `archspec eval` tells in words: accuracy, a line a class, a line a batch size."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.diagnostics.cells import visible, width_of_text
from archspec.diagnostics.words import counted
from archspec.judge import clopper_pearson
from archspec.judge.classes import FIGURES, class_figures, means, worst_confusions
from archspec.judge.measured import show_measure
from archspec.record import Measure

if TYPE_CHECKING:
    from archspec.runtime.trained.latency import Latency, NoRoom
    from archspec.runtime.trained.measure import Evaluated, Machine

MOST_CONFUSIONS = 5
CLASS_HEAD = ("class", "images", "right", *FIGURES)
LATENCY_HEAD = ("batch", "median ms", "middle 80 % ms", "images/s", "passes")


def evaluated_as_text(found: Evaluated) -> str:
    """Return everything, ended by a newline."""
    figures = class_figures(found.classes, found.confusion)
    rows = [
        (
            visible(one.name),
            f"{one.images:,}",
            f"{one.correct:,}",
            *(_percent(getattr(one, name)) for name in FIGURES),
        )
        for one in figures
    ]
    rows.append(("mean", "", "", *(_percent(value) for value in means(figures).values())))
    lines = [*_head(found), "", *_accuracy(found), "", *_table([CLASS_HEAD, *rows])]
    worst = worst_confusions(found.classes, found.confusion, MOST_CONFUSIONS)
    if worst:
        pairs = (f"{visible(of)} for {visible(taken)} ({count:,})" for of, taken, count in worst)
        lines += ["", f"most often taken: {', '.join(pairs)}"]
    if found.latency:
        lines += ["", *_latency(found.machine, found.latency)]
    return "\n".join(lines) + "\n"


def _head(found: Evaluated) -> list[str]:
    trained = found.trained
    record = trained.record
    many = f"{found.total:,} {found.split} images"
    source = "generated images" if found.generated else f"from {found.place}"
    foreign = "" if found.is_own_data else f", in place of {record.dataset.name}"
    declared = ", which are the test images" if found.is_test and found.split != "test" else ""
    return [
        f"{record.spec.name}: {trained.checkpoint}, epoch {found.epoch} of run {record.run}",
        f"data: {found.dataset} ({source}{foreign}), {many}{declared}",
        f"on:   {_machine(found.machine)}",
        *(f"note: {note}" for note in found.notes),
    ]


def _machine(machine: Machine) -> str:
    threads = counted(machine.threads, "thread")
    load = "" if machine.load is None else f", load {machine.load:.1f} before"
    return f"{machine.device} ({machine.name}), {threads} of {machine.cores} cores{load}"


def _accuracy(found: Evaluated) -> list[str]:
    measure = Measure(0.0, found.correct, found.total)
    low, high = clopper_pearson(found.correct, found.total)
    interval = f"95 % interval {100 * low:.2f} to {100 * high:.2f} %"
    lines = [f"accuracy: {show_measure(measure)}, {interval}"]
    if found.recorded:
        is_same = (found.recorded.correct, found.recorded.total) == (found.correct, found.total)
        said = "the same" if is_same else show_measure(found.recorded)
        lines.append(f"          the record says {said}")
    return lines


def _latency(machine: Machine, latency: Sequence[Latency | NoRoom]) -> list[str]:
    from archspec.runtime.trained.latency import NoRoom

    lines = ["latency of the network alone, without loading or preparing images:"]
    rows = [LATENCY_HEAD]
    for one in latency:
        if isinstance(one, NoRoom):
            rows.append((str(one.batch_size), "no room in memory", "", "", ""))
            continue
        spread = f"{_digits(1000 * one.low)} to {_digits(1000 * one.high)}"
        speed = f"{one.images_per_second:,.0f}"
        row = (str(one.batch_size), _digits(1000 * one.median), spread, speed, f"{one.passes:,}")
        rows.append(row)
    lines += _table(rows)
    if machine.is_busy:
        lines.append("note: other programs were busy before; an idle machine may be faster")
    return lines


def _digits(value: float) -> str:
    """Return a number with three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def _percent(share: Fraction | None) -> str:
    return "-" if share is None else f"{float(100 * share):.2f} %"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines; the first column begins on the left, the others end on the right."""
    widths = [max(width_of_text(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = []
    for first, *others in rows:
        cells = [first + " " * (widths[0] - width_of_text(first))]
        pairs = zip(others, widths[1:], strict=True)
        cells += [" " * (width - width_of_text(cell)) + cell for cell, width in pairs]
        lines.append("  ".join(cells).rstrip())
    return lines
