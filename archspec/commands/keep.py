"""`archspec keep`: a run's record becomes evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archspec.commands.options import Records


def keep(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN", help="Run folders, or their records.", show_default=False),
    ],
    records: Records = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Take interrupted runs too, as they are.")
    ] = False,
) -> None:
    """Keep the records of runs as evidence: metrics, hashes and environment, no weights.

    Copies record.json to <records>/<spec>/<run>.json, byte for byte, and evaluation.json beside it
    where the run has one. A record is never overwritten by another. What can be kept is kept, and
    the rest is told; exits with 1 then.

    Example: archspec keep runs/step3/20260801T101500Z-s0
    """
    from archspec.commands.faults import exit_on_fault, print_faults
    from archspec.commands.telling import tell
    from archspec.diagnostics import ArchspecError
    from archspec.project import find_project
    from archspec.record import keep as keep_run

    with exit_on_fault():
        folder = find_project().records if records is None else records
    exit_code = 0
    for run in runs:
        try:
            kept = keep_run(run, folder, unfinished=unfinished)
        except ArchspecError as error:
            print_faults(error.diagnostics)
            exit_code = max(exit_code, error.exit_code)
            continue
        word = "kept" if kept.is_new else "kept already"
        beside = f", {kept.evaluation.name} beside it" if kept.evaluation else ""
        tell(f"{word}: {kept.path}{beside}\n")
    if exit_code:
        raise typer.Exit(exit_code)
