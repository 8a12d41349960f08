"""What `archspec predict` tells in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.diagnostics.cells import visible, width_of_text

if TYPE_CHECKING:
    from archspec.runtime.trained.predict import Predicted, Predictor


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
