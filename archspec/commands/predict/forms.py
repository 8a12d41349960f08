"""What `archspec predict` tells people, and programs, as docs/predict.md describes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archspec.diagnostics.as_json import diagnostic_as_json
from archspec.diagnostics.cells import visible, width_of_text

if TYPE_CHECKING:
    from archspec.runtime.trained.predict import Predicted, Predictor, Refused

FORMAT_VERSION = 1
"""Raised when a program that reads today's JSON could misread tomorrow's."""


def predictions_as_json(
    predictor: Predictor, outcomes: Sequence[Predicted | Refused]
) -> dict[str, Any]:
    """Return everything as plain values; probabilities are 0 to 1."""
    from archspec.runtime.trained.predict import Refused

    trained = predictor.trained
    return {
        "format": FORMAT_VERSION,
        "ok": not any(isinstance(outcome, Refused) for outcome in outcomes),
        "spec": trained.record.spec.name,
        "run": trained.record.run,
        "checkpoint": trained.checkpoint.as_posix(),
        "epoch": predictor.epoch,
        "classes": list(predictor.names),
        "images": [_plain(outcome) for outcome in outcomes],
        "notes": list(predictor.notes),
    }


def _plain(outcome: Predicted | Refused) -> dict[str, Any]:
    from archspec.runtime.trained.predict import Refused

    if isinstance(outcome, Refused):
        return {
            "image": outcome.image,
            "was": None,
            "steps": [],
            "predictions": [],
            "note": None,
            "diagnostics": [diagnostic_as_json(found) for found in outcome.fault.diagnostics],
        }
    return {
        "image": outcome.image,
        "was": outcome.was,
        "steps": list(outcome.steps),
        "predictions": [
            {"number": guess.number, "class": guess.name, "probability": guess.probability}
            for guess in outcome.guesses
        ],
        "note": outcome.note,
        "diagnostics": [],
    }


def head(predictor: Predictor) -> str:
    """Return the lines before the first picture."""
    trained = predictor.trained
    name, run = trained.record.spec.name, trained.record.run
    lines = [f"{name}: {trained.checkpoint}, epoch {predictor.epoch} of run {run}"]
    return "\n".join([*lines, *(f"note: {note}" for note in predictor.notes)]) + "\n"


def predicted_as_text(predicted: Predicted) -> str:
    """Return a picture with its classes, below an empty line."""
    done = f" → {', '.join(predicted.steps)}" if predicted.steps else ""
    lines = ["", f"{visible(predicted.image)}: {predicted.was}{done}"]
    names = [visible(guess.name) for guess in predicted.guesses]
    width = max(map(width_of_text, names))
    for guess, name in zip(predicted.guesses, names, strict=True):
        gap = " " * (width - width_of_text(name))
        lines.append(f"  {name}{gap}  {100 * guess.probability:6.2f} %")
    if predicted.note:
        lines.append(f"  note: {predicted.note}")
    return "\n".join(lines) + "\n"
