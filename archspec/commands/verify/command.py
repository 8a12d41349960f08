"""`archspec verify`: every target and claim of the project, or a hand-written table of a page."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from archspec.commands.options import Records

if TYPE_CHECKING:
    from archspec.commands.verify.outcome import Outcome

PAGES = (".md", ".markdown")


class VerifyFormat(StrEnum):
    """How `verify` writes."""

    text = "text"
    json = "json"
    junit = "junit"


def verify(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SPEC",
            help="Specs, by default those that pyproject.toml names; with --against markdown "
            "files, FILE#heading for the tables below one heading.",
            show_default=False,
        ),
    ] = None,
    records: Records = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail on what is unproven or stale, too.")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="SPEC",
            help="Compare the architecture tables of markdown files with this spec, cell by cell.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[
        VerifyFormat, typer.Option("--format", help="For people, programs or CI.")
    ] = VerifyFormat.text,
) -> None:
    """Judge every target and claim by what is computed and by the records that are kept.

    Proven, unproven (no or too few records), stale (the recipe has changed since) or contradicted;
    published accuracies are reproduced or not, which informs. Exits with 1 when something is
    contradicted, or a spec or record cannot be read.

    Example: archspec verify README.md --against specs/step3.yaml
    """
    import sys

    from archspec.commands.faults import exit_on_fault
    from archspec.diagnostics.text import terminal_width, wants_colour

    with exit_on_fault():
        outcome = _outcome(specs or [], records, strict, against)
    if format is VerifyFormat.json:
        import json

        typer.echo(json.dumps(outcome.as_json(), indent=2, ensure_ascii=False))
    elif format is VerifyFormat.junit:
        from archspec.commands.verify.junit import as_junit

        typer.echo(as_junit(outcome.suites()), nl=False)
    else:
        colour, width = wants_colour(sys.stdout), terminal_width(sys.stdout)
        typer.echo(outcome.as_text(colour=colour, width=width), nl=False)
    if not outcome.is_ok:
        raise typer.Exit(1)


def _outcome(specs: list[str], records: Path | None, strict: bool, against: Path | None) -> Outcome:
    if against is not None:
        from archspec.commands.verify.pages import verify_pages

        if not specs:
            _refuse(
                "--against needs a markdown file", f"archspec verify README.md --against {against}"
            )
        return verify_pages(specs, against)
    from archspec.commands.verify.specs import verify_specs
    from archspec.project import Project, find_project, specs_or_refuse

    for name in specs:
        if name.partition("#")[0].lower().endswith(PAGES):
            _refuse(f"{name} is a page and no spec", f"archspec verify {name} --against SPEC")
    paths = tuple(map(Path, specs))
    project = Project((), records) if paths and records is not None else find_project()
    return verify_specs(paths or specs_or_refuse(project), records, project.records, strict=strict)


def _refuse(fact: str, call: str) -> NoReturn:
    from archspec.diagnostics import Diagnostic, UsageError

    raise UsageError([Diagnostic("wrong-call", fact, None, f"write `{call}`")])
