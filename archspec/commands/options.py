"""Arguments and options that several commands declare, each once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class TextOrJson(StrEnum):
    """How a command writes that has two forms."""

    text = "text"
    json = "json"


Spec = Annotated[Path, typer.Argument(metavar="SPEC", help="The spec.", show_default=False)]
Specs = Annotated[
    list[Path], typer.Argument(metavar="SPEC", help="Spec files.", show_default=False)
]
Run = Annotated[
    Path,
    typer.Argument(metavar="RUN", help="A run's folder, or its record.json.", show_default=False),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a value; may be repeated."),
]
ForPeopleOrPrograms = Annotated[
    TextOrJson, typer.Option("--format", help="For people or programs.")
]
Records = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Where records are kept; by default what pyproject.toml says, else reports/records.",
        show_default=False,
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Where the data lies; by default ARCHSPEC_DATA, else a cache with download.",
        show_default=False,
    ),
]
Checkpoint = Annotated[
    str,
    typer.Option(
        metavar="best|last|FILE", help="best or last of the run, or the path of a checkpoint."
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1, max=1024, help="CPU threads; by default those of the run.", show_default=False
    ),
]
