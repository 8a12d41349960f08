"""`archspec runs`: the runs and the kept records, in one table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archspec.commands.options import ForPeopleOrPrograms, Records, TextOrJson


def runs(
    runs_dir: Annotated[Path, typer.Option(metavar="FOLDER", help="Where runs were made.")] = Path(
        "runs"
    ),
    records: Records = None,
    format: ForPeopleOrPrograms = TextOrJson.text,
) -> None:
    """List runs and kept records: what came out, and whether the recipe is still the spec's.

    The recipe is current, stale (the spec has changed since), or unknown (no such spec is here). A
    record that cannot be read is listed with the reason.

    Example: archspec runs --runs-dir runs
    """
    from archspec import api
    from archspec.commands.faults import exit_on_fault
    from archspec.commands.runs.forms import runs_as_json, runs_as_text
    from archspec.commands.telling import print_json, tell

    with exit_on_fault():
        listed = api.runs(runs_dir, records)
    if format is TextOrJson.json:
        print_json(runs_as_json(listed))
    else:
        tell(runs_as_text(listed))
