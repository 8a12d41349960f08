"""The end of a report: published figures beside ours, and what the steps are worth."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

from archspec.diagnostics.words import counted, listed
from archspec.report.block_kinds.kind import pipe_table
from archspec.report.figures.comparison import Scores, draw_comparison
from archspec.report.gallery import Gallery
from archspec.report.steps import Step
from archspec.report.words import (
    NOTHING,
    epochs_meeting,
    is_steered_by_test,
    mean_in_words,
    show_epochs,
    signed,
)
from archspec.tables.formats import as_prose

PUBLISHED_EPOCHS = "published_epochs"
"""The note that says in which epochs the author's run met the target."""


def comparison(steps: Sequence[Step], gallery: Gallery, file: str) -> Iterator[str]:
    """Yield the closing comparison; its figure is added to `gallery`."""
    yield "## Published beside ours"
    yield _table(steps)
    steered = [step.name for step in steps if is_steered_by_test(step) and step.evidence.current]
    words = "Accuracies of ours in percent: mean ± sd over n seeds, of each seed's best epoch."
    if steered:
        names = as_prose(listed(steered))
        words += f" In {names} the test images choose that epoch, and steer the training."
    yield words
    scores = [_scores(step) for step in steps]
    if not any(score.percents for score in scores):
        return
    counted = listed([f"{len(s.percents)} ({s.name})" for s in scores])
    caption = f"Best test accuracy of every seed; n = {as_prose(counted)}."
    alt = "Best test accuracy of every seed, step by step"
    yield from gallery.show(file, partial(draw_comparison, scores), alt, caption)
    if len(steps) > 1:
        yield from _worth(steps)


def _table(steps: Sequence[Step]) -> str:
    headers = (
        "Step",
        "Params, published",
        "ours",
        "Best train, published",
        "ours",
        "Best test, published",
        "ours",
        "n",
        "Epochs in the target, published",
        "ours, by seed",
    )
    rows = []
    for step in steps:
        summary = step.evidence.summary
        rows.append(
            (
                as_prose(step.name),
                _claimed(step, "params"),
                f"{step.analysis.totals.params:,}",
                _claimed(step, "best_train_accuracy"),
                mean_in_words(summary.highest_train),
                _claimed(step, "best_test_accuracy"),
                mean_in_words(summary.highest_test),
                str(summary.n),
                as_prose(str(step.spec.notes.get(PUBLISHED_EPOCHS, NOTHING))),
                _epochs(step),
            )
        )
    return pipe_table(headers, rows, set(headers[1:8]))


def _claimed(step: Step, name: str) -> str:
    claim = next((claim for claim in step.spec.claims.figures if claim.name == name), None)
    if claim is None:
        return NOTHING
    return f"{int(claim.value):,}" if name == "params" else f"{float(claim.value):.2f}"


def _epochs(step: Step) -> str:
    """Return the epochs in the target, seed by seed."""
    if step.target is None or not step.evidence.current:
        return NOTHING
    runs = step.evidence.current
    return "; ".join(f"{show_epochs(epochs_meeting(step.target, r))} (s{r.seed})" for r in runs)


def _scores(step: Step) -> Scores:
    best = step.evidence.summary.highest_test
    claim = next((c for c in step.spec.claims.figures if c.name == "best_test_accuracy"), None)
    percents = tuple(map(float, best.percents)) if best is not None else ()
    return Scores(step.name, percents, float(claim.value) if claim is not None else None)


def _worth(steps: Sequence[Step]) -> Iterator[str]:
    """Yield each step's gain beside what chance moves."""
    yield "## What the steps are worth"
    sd, freedom = _pooled_sd(steps)
    rows = []
    for before, step in pairwise(steps):
        a, b = before.evidence.summary.highest_test, step.evidence.summary.highest_test
        params = step.analysis.totals.params - before.analysis.totals.params
        name, size = as_prose(f"{before.name} → {step.name}"), signed(params, 0) if params else "0"
        if a is None or b is None:
            rows.append((name, size, NOTHING, NOTHING, NOTHING, "not measured yet"))
            continue
        gain = b.mean - a.mean
        chance = None if sd is None else 2 * sd * math.sqrt(1 / a.n + 1 / b.n)
        word = "unknown: no step has two seeds"
        if chance is not None:
            word = "more than chance" if abs(gain) > chance else "within chance"
        moved = NOTHING if chance is None else f"± {chance:.2f}"
        rows.append((name, size, signed(gain), moved, f"{a.n} and {b.n}", word))
    headers = ("Step", "Params", "Best test, points", "Chance, points", "n", "The gain is")
    yield pipe_table(headers, rows, set(headers[1:4]))
    if sd is None:
        yield (
            "With one seed a step nothing is known of chance; on MNIST a difference below 0.1 "
            "points between two single runs says nothing."
        )
        return
    yield (
        f"Seed to seed, best test accuracy has an sd of {sd:.3f} points (pooled over the steps "
        f"with two seeds or more, {counted(freedom, 'degree')} of freedom). "
        "*Chance* is twice the standard error of a difference of means with that sd. Two single "
        f"runs of one recipe differ by up to {2 * math.sqrt(2) * sd:.2f} points by chance alone: "
        "a smaller difference between single seeds says nothing."
    )


def _pooled_sd(steps: Sequence[Step]) -> tuple[float | None, int]:
    """Return the sd from seed to seed over all steps, in points, and its degrees of freedom."""
    spreads = [s for step in steps if (s := step.evidence.summary.highest_test) and s.n > 1]
    freedom = sum(spread.n - 1 for spread in spreads)
    if not freedom:
        return None, 0
    squares = sum((spread.n - 1) * (spread.sd or 0.0) ** 2 for spread in spreads)
    return math.sqrt(squares / freedom), freedom
