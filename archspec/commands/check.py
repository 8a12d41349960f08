"""`archspec check`: validate specs, compute their figures, judge targets and claims."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from archspec.commands.inspection import Inspection


class CheckFormat(StrEnum):
    """How `check` writes."""

    text = "text"
    json = "json"
    github = "github"


def check(
    specs: Annotated[
        list[Path], typer.Argument(metavar="SPEC", help="Spec files.", show_default=False)
    ],
    format: Annotated[
        CheckFormat, typer.Option("--format", help="For people, programs or GitHub workflows.")
    ] = CheckFormat.text,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a value; may be repeated."),
    ] = None,
) -> None:
    """Validate specs, compute shapes, receptive field, params and MACs, judge targets and claims.

    Exits with 0 when everything holds, with 1 when a fault stands or a target or claim is
    contradicted.

    Example: archspec check specs/step1.yaml specs/step2.yaml specs/step3.yaml
    """
    from archspec.commands.faults import exit_on_fault
    from archspec.commands.inspection import inspect

    with exit_on_fault():
        inspections = [inspect(path, tuple(overrides or ())) for path in specs]
        _write(inspections, format)
    if not all(inspection.is_ok for inspection in inspections):
        raise typer.Exit(1)


def _write(inspections: list[Inspection], format: CheckFormat) -> None:
    if format is CheckFormat.json:
        import json

        from archspec.commands.check_json import check_as_json

        typer.echo(json.dumps(check_as_json(inspections), indent=2, ensure_ascii=False))
    elif format is CheckFormat.github:
        from archspec.commands.check_text import all_diagnostics
        from archspec.diagnostics.github import render_github

        typer.echo(render_github(all_diagnostics(inspections)), nl=False)
    else:
        from archspec.commands.check_text import check_as_text
        from archspec.diagnostics.text import wants_colour

        typer.echo(check_as_text(inspections, colour=wants_colour(sys.stdout)), nl=False)
