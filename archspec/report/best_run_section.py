"""Of each step: what the best run's network confuses, and its worst mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from archspec.diagnostics.words import counted
from archspec.report.block_kinds.kind import pipe_table
from archspec.report.figures.confusion import draw_confusion
from archspec.report.figures.mistakes import Picture, Shown, draw_mistakes
from archspec.report.gallery import Gallery
from archspec.report.steps import Step
from archspec.report.words import is_steered_by_test
from archspec.tables.formats import as_prose

WORST = 21
"""Mistakes that are shown: three full rows."""


def worst_mistakes(step: Step) -> tuple[int, ...]:
    """Return the places of the shown mistakes among the test images; none without evaluation."""
    mistakes = step.evaluation.mistakes[:WORST] if step.evaluation else ()
    return tuple(mistake.index for mistake in mistakes)


def mistakes_file(step: Step, folder: str) -> str:
    """Return the file of the pictures; it names the run, so that another one's are never shown."""
    run = step.best.run if step.best is not None else "none"
    return f"{folder}/{step.name}_mistakes_{run}.png"


def best_run(
    step: Step,
    gallery: Gallery,
    folder: str,
    pictures: Mapping[int, Picture] | None,
) -> Iterator[str]:
    """Yield confusion matrix and worst mistakes of the best run; figures are added to `gallery`.

    pictures: test images by their places, None where the data is not at hand: pictures of an
    earlier report stay then.
    """
    record, evaluation = step.best, step.evaluation
    if record is None:
        return
    yield "### Best run"
    name = f"`{record.run}`, seed {record.seed}, after epoch {record.best_epoch}"
    if evaluation is None:
        yield (
            f"{name}. It is kept without an evaluation, which tells the confusion matrix and the "
            "mistakes; `archspec train` leaves one beside the record, and `archspec keep` takes it."
        )
        return
    wrong = evaluation.total - evaluation.correct
    by = "test images" if is_steered_by_test(step) else f"{record.monitored} images"
    counts = f"{counted(wrong, 'mistake')} in {evaluation.total:,} test images"
    yield f"{name}, chosen by the {by}: {counts}."
    file = f"{folder}/{step.name}_confusion.svg"
    draw = partial(draw_confusion, evaluation.confusion, evaluation.classes)
    caption = (
        "Test images of each true class by predicted class, best run (n = 1). Errors in blue, "
        "right answers in grey."
    )
    yield from gallery.show(file, draw, f"Confusion matrix of {step.name}", caption)
    if not wrong:
        return
    yield from _mistakes(step, gallery, mistakes_file(step, folder), pictures)


def _mistakes(
    step: Step,
    gallery: Gallery,
    file: str,
    pictures: Mapping[int, Picture] | None,
) -> Iterator[str]:
    assert step.evaluation is not None
    classes, worst = step.evaluation.classes, step.evaluation.mistakes[:WORST]
    if (pictures is None or gallery.obstacle) and not gallery.is_there(file):
        rows = [
            (
                str(m.index),
                as_prose(classes[m.label]),
                as_prose(classes[m.predicted]),
                f"{100 * m.probability:.1f} %",
            )
            for m in worst
        ]
        headers = ("Test image", "Class", "Predicted", "Probability")
        yield f"The {_counted(worst)}, the most certain first:"
        yield pipe_table(headers, rows, {"Test image", "Probability"})
        yield (
            "`archspec report` shows the images themselves where it finds the data: give "
            "`--data-dir`, or set ARCHSPEC_DATA."
        )
        return
    draw = None
    if pictures is not None:
        shown = [
            Shown(pictures[m.index], classes[m.label], classes[m.predicted], m.probability)
            for m in worst
        ]
        draw = partial(draw_mistakes, shown)
    caption = (
        f"The {_counted(worst)}, the most certain first: true class, predicted class, and "
        "the probability that the network gave to the latter."
    )
    yield from gallery.show(file, draw, f"Worst mistakes of {step.name}", caption)


def _counted(worst: Sequence[object]) -> str:
    return f"{len(worst)} worst mistakes" if len(worst) > 1 else "only mistake"
