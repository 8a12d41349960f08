"""`archspec eval`: how well a trained network judges, class by class, and how fast it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from archspec.commands.options import (
    Checkpoint,
    DataDir,
    Device,
    ForPeopleOrPrograms,
    Run,
    TextOrJson,
    Threads,
)

BATCH_SIZES = "1,8,32,128,512"
LARGEST_BATCH = 1_000_000


class EvalSplit(StrEnum):
    """The part of a data set whose images are judged."""

    test = "test"
    validation = "validation"
    train = "train"


def eval(
    run: Run,
    checkpoint: Checkpoint = "best",
    split: Annotated[EvalSplit, typer.Option(help="The images that are judged.")] = EvalSplit.test,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Another dataset than the run's own.", show_default=False
        ),
    ] = None,
    data_dir: DataDir = None,
    device: Device = "auto",
    threads: Threads = None,
    batch_sizes: Annotated[
        str, typer.Option(metavar="LIST", help="Images in a pass whose time is measured.")
    ] = BATCH_SIZES,
    no_latency: Annotated[bool, typer.Option("--no-latency", help="Measure no times.")] = False,
    format: ForPeopleOrPrograms = TextOrJson.text,
) -> None:
    """Judge images with a trained network: accuracy, each class, and the time of a pass.

    Accuracy comes with its counts and its exact 95 % interval. Nothing is written. Exits with 1
    when the record or checkpoint does not hold, with 3 when weights, data or device are not there.

    Example: archspec eval runs/step3/20260801T101500Z-s0
    """
    from archspec import api
    from archspec.commands.faults import exit_on_fault
    from archspec.commands.telling import print_json, tell

    with exit_on_fault():
        found = api.evaluate(
            run,
            checkpoint,
            split=split.value,
            data=data,
            data_dir=data_dir,
            device=device,
            threads=threads,
            batch_sizes=() if no_latency else read_batch_sizes(batch_sizes),
        )
    if format is TextOrJson.json:
        from archspec.commands.eval.as_json import evaluated_as_json

        print_json(evaluated_as_json(found))
    else:
        from archspec.commands.eval.text import evaluated_as_text

        tell(evaluated_as_text(found))


def read_batch_sizes(text: str) -> tuple[int, ...]:
    """Return the sizes of `1,8,32`, each once; UsageError (`bad-batch-sizes`) for other texts."""
    from archspec.diagnostics import Diagnostic, UsageError

    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        is_number = part.isascii() and part.isdigit() and len(part) < 10
        if not is_number or not 1 <= int(part) <= LARGEST_BATCH:
            fact = f"`{part[:40]}` is no number of images from 1 to {LARGEST_BATCH:,}"
            help = f"write such as `--batch-sizes {BATCH_SIZES}`"
            raise UsageError([Diagnostic("bad-batch-sizes", fact, None, help)])
    return tuple(dict.fromkeys(map(int, parts)))
