"""`archspec diff`: what changed from one network to another."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class DiffFormat(StrEnum):
    """How `diff` writes."""

    text = "text"
    markdown = "markdown"
    json = "json"


def diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="The spec before.", show_default=False)],
    b: Annotated[Path, typer.Argument(metavar="B", help="The spec after.", show_default=False)],
    format: Annotated[
        DiffFormat, typer.Option("--format", help="For people, pages or programs.")
    ] = DiffFormat.text,
) -> None:
    """Print what changed from A to B: layers, data, training, and the figures that follow from it.

    Words, targets and claims are not compared. Exits with 0 whatever changed, with 1 when one of
    the specs has a fault.

    Example: archspec diff specs/step2.yaml specs/step3.yaml
    """
    from archspec import api
    from archspec.commands.faults import exit_on_fault, print_faults
    from archspec.commands.telling import hand_over, print_json, tell
    from archspec.language.faults import without_echoes
    from archspec.network import each_network
    from archspec.report.difference import (
        difference_as_json,
        difference_as_markdown,
        difference_as_text,
    )

    with exit_on_fault():
        before, after = each_network((a, b))
        print_faults(without_echoes((*before.diagnostics, *after.diagnostics)))
        made = api.diff(before, after)
    if format is DiffFormat.json:
        print_json(difference_as_json(made))
    elif format is DiffFormat.markdown:
        hand_over(difference_as_markdown(made))
    else:
        tell(difference_as_text(made, str(a), str(b)))
