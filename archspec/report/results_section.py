"""Of each step: what its seeds measured, run by run, and the curves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from archspec.diagnostics.words import counted, listed
from archspec.judge import Evidence, show_changes, what_changed
from archspec.judge.measured import percent
from archspec.judge.quoted import GAP, measured_number
from archspec.network import recorded_analysis
from archspec.report.block_kinds.kind import pipe_table
from archspec.report.figures.training import Curve, draw_training, is_logarithmic
from archspec.report.gallery import Gallery
from archspec.report.steps import Step
from archspec.report.words import (
    NOT_MEASURED,
    NOTHING,
    epochs_meeting,
    is_steered_by_test,
    mean_in_words,
    range_in_words,
    show_epochs,
)

if TYPE_CHECKING:
    from archspec.record import RunRecord

ROWS = {
    "best_test_accuracy": "Test accuracy, best epoch",
    "chosen_test_accuracy": "Test accuracy, epoch that the held-out images chose",
    "final_test_accuracy": "Test accuracy, last epoch",
    "best_validation_accuracy": "Accuracy on held-out images, best epoch",
    "final_validation_accuracy": "Accuracy on held-out images, last epoch",
    "best_train_accuracy": "Training accuracy, best epoch",
    "final_train_accuracy": "Training accuracy, last epoch",
}


def results(step: Step, gallery: Gallery, file: str) -> Iterator[str]:
    """Yield the measured figures over the seeds; the curves are added to `gallery`."""
    evidence = step.evidence
    yield "### Results"
    if not evidence.current:
        yield f"{NOT_MEASURED.capitalize()}: no finished run of this recipe is kept."
        yield from _left_out(step, evidence)
        return
    yield _conditions(evidence)
    yield _spreads(step)
    yield from _shares(step)
    yield _run_by_run(step)
    if is_steered_by_test(step):
        yield (
            "The test images are declared as validation images: they choose the best epoch and "
            "steer any schedule that watches a loss, so these figures flatter."
        )
    yield from _curves(step, gallery, file)
    yield from _left_out(step, evidence)


def _conditions(evidence: Evidence) -> str:
    runs = evidence.current
    counts = runs[0].dataset.counts
    devices = listed(sorted({f"{r.device.type} ({r.device.name})" for r in runs}))
    threads = listed(sorted({r.threads for r in runs}))
    torch = listed(sorted({r.versions.torch for r in runs}))
    minutes = sum(r.seconds for r in runs) / len(runs) / 60
    took = f"{minutes:.0f} minutes" if minutes >= 2 else f"{60 * minutes:.0f} seconds"
    held_out = f", {counts.validation:,} held-out" if counts.validation else ""
    return (
        f"{counted(len(runs), 'run').capitalize()} on {counts.train:,} training{held_out} and "
        f"{counts.test:,} test images of {runs[0].dataset.name}; {devices}, "
        f"{threads} thread{'s' if threads != '1' else ''}, torch {torch}; {took} a run."
    )


def _spreads(step: Step) -> str:
    """Return the table of accuracies over seeds; sd only where there are several."""
    summary = step.evidence.summary
    rows = []
    for name, words in ROWS.items():
        spread = summary.spreads.get(name)
        # With the test images as validation the chosen epoch is the best one.
        if spread is None or (name.startswith("chosen") and is_steered_by_test(step)):
            continue
        if name.startswith("chosen") and step.evidence.current[0].monitored == "train":
            words = "Test accuracy, epoch with the lowest training loss"
        cells = (f"{mean_in_words(spread)} %", f"{range_in_words(spread)} %", str(spread.n))
        rows.append((words, *cells))
    parts = {part: measured_number(f"{GAP}.{part}", summary) for part in ("mean", "sd", "min")}
    high = measured_number(f"{GAP}.max", summary)
    if parts["mean"] is not None:
        shown = {name: _number(value) for name, value in (parts | {"max": high}).items()}
        mean = shown["mean"] + (f" ± {shown['sd']}" if parts["sd"] is not None else "")
        words = "Gap, training less test, last epoch"
        cells = (f"{mean} points", f"{shown['min']} to {shown['max']} points", str(summary.n))
        rows.append((words, *cells))
    head = "Mean ± sd over seeds" if summary.n > 1 else "One seed"
    return pipe_table(("Measured", head, "Lowest to highest", "n"), rows, {"n"})


def _number(value: object) -> str:
    return "" if value is None else f"{float(value):.2f}".replace("-", "\N{MINUS SIGN}")  # type: ignore[arg-type]


def _shares(step: Step) -> Iterator[str]:
    for share in step.evidence.summary.shares:
        target = share.target
        if share.n:
            yield f"Target {target.name}, {target.expected_of_run}: met by **{share}**."


def _run_by_run(step: Step) -> str:
    """Return a row for each run, with the epochs in which it keeps the target's bounds."""
    target = step.target
    rows = []
    for record in step.evidence.current:
        tested = [(percent(e.test), e.epoch) for e in record.epochs if e.test]
        best = max(tested, key=lambda pair: (pair[0], -pair[1]), default=None)
        trained = max(percent(e.train) for e in record.epochs)
        met = show_epochs(epochs_meeting(target, record)) if target else NOTHING
        rows.append(
            (
                str(record.seed),
                f"{float(best[0]):.2f} % in epoch {best[1]}" if best else NOTHING,
                f"{float(tested[-1][0]):.2f} %" if tested else NOTHING,
                f"{float(trained):.2f} %",
                met,
                f"`{record.run}`",
            )
        )
    headers = ("Seed", "Best test", "Last test", "Best train", "Epochs in the target", "Run")
    return pipe_table(headers, rows, {"Seed"})


def _curves(step: Step, gallery: Gallery, file: str) -> Iterator[str]:
    runs = [record for record in step.evidence.current if all(e.test for e in record.epochs)]
    if not runs:
        return
    curves = [curve_of(record) for record in runs]
    target = step.target
    bound = target.bounds.get("at_least") if target is not None else None
    demanded = float(bound[0]) if bound else None
    counts = runs[0].dataset.counts
    images = min(counts.train, counts.test)
    draw = partial(draw_training, curves, demanded, images)
    over = f"Mean over n = {len(runs)} seeds, band from the lowest to the highest"
    over = over if len(runs) > 1 else "One seed (n = 1)"
    scale = "; the axis is logarithmic in the error" if is_logarithmic(curves) else ""
    caption = (
        f"{over}. Left: accuracy by epoch{scale}. Right: training less test accuracy. Training "
        "accuracy is measured while training, on augmented images and with dropout on."
    )
    yield from gallery.show(file, draw, f"Accuracy of {step.name} by epoch, and its gap", caption)


def curve_of(record: RunRecord) -> Curve:
    """Return the accuracies of a run that was tested in every epoch, in percent."""
    train = tuple(float(percent(epoch.train)) for epoch in record.epochs)
    test = tuple(float(percent(epoch.test)) for epoch in record.epochs if epoch.test)
    return Curve(train, test)


def _left_out(step: Step, evidence: Evidence) -> Iterator[str]:
    """Yield a sentence on the runs that do not count, and why."""
    if evidence.stale:
        changes = show_changes(what_changed(recorded_analysis(evidence.stale[0]), step.analysis))
        count = counted(len(evidence.stale), "run")
        yield f"Left out: {count} of an earlier recipe ({changes})."
    for item in evidence.set_aside:
        yield f"Left out: `{item.record.run}`, seed {item.record.seed}: {item.reason}."
