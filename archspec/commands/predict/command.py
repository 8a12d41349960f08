"""`archspec predict`: what a trained network sees in pictures of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from archspec.commands.options import (
    Checkpoint,
    Device,
    ForPeopleOrPrograms,
    Run,
    TextOrJson,
    Threads,
)

if TYPE_CHECKING:
    from archspec.runtime.trained.predict import Predicted, Predictions, Refused


def predict(
    run: Run,
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE",
            help="Pictures such as PNG, JPEG and TIFF; a folder for those in it, - for "
            "standard input.",
            show_default=False,
        ),
    ],
    top: Annotated[int, typer.Option(min=1, help="Classes to show, the likeliest first.")] = 3,
    invert: Annotated[
        bool,
        typer.Option("--invert", help="Swap light and dark, as for ink on paper and MNIST."),
    ] = False,
    checkpoint: Checkpoint = "best",
    device: Device = "auto",
    threads: Threads = None,
    format: ForPeopleOrPrograms = TextOrJson.text,
) -> None:
    """Name the likeliest classes of pictures, with their probabilities.

    A picture goes the way of the data set's own: turned upright, made grey or RGB, brought to its
    size, prepared and normalized as the spec says; the output tells what was done. What cannot be
    read is told, and the others are predicted; exits with 3 then.

    Example: archspec predict runs/step3/20260801T101500Z-s0 seven.png --top 5
    """
    from archspec import api
    from archspec.commands.faults import exit_on_fault
    from archspec.runtime.trained.predict import Refused

    with exit_on_fault():
        predictions = api.predict(
            run, images, checkpoint, top=top, invert=invert, device=device, threads=threads
        )
    show = _show_json if format is TextOrJson.json else _show_text
    outcomes = show(predictions)
    exit_code = max((o.fault.exit_code for o in outcomes if isinstance(o, Refused)), default=0)
    if exit_code:
        raise typer.Exit(exit_code)


def _show_text(predictions: Predictions) -> list[Predicted | Refused]:
    """Print each picture as soon as it is predicted; faults to standard error."""
    from archspec.commands.faults import print_faults
    from archspec.commands.predict.forms import head, predicted_as_text
    from archspec.commands.telling import tell
    from archspec.runtime.trained.predict import Refused

    tell(head(predictions.predictor))
    outcomes = []
    for outcome in predictions:
        outcomes.append(outcome)
        if isinstance(outcome, Refused):
            print_faults(outcome.fault.diagnostics)
        else:
            tell(predicted_as_text(outcome))
    return outcomes


def _show_json(predictions: Predictions) -> list[Predicted | Refused]:
    from archspec.commands.predict.forms import predictions_as_json
    from archspec.commands.telling import print_json

    outcomes = list(predictions)
    print_json(predictions_as_json(predictions.predictor, outcomes))
    return outcomes
