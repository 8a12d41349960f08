"""`archspec lint`: what an expert would say about specs that hold."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from archspec.commands.check.command import CheckFormat
from archspec.commands.options import Overrides, Specs


def lint(
    specs: Specs,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 for a warning, too.")
    ] = False,
    format: Annotated[
        CheckFormat, typer.Option("--format", help="For people, programs or GitHub workflows.")
    ] = CheckFormat.text,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE,...", help="Only these rules.", show_default=False),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE,...", help="All but these rules.", show_default=False),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Say what an expert would about networks that are correct: their design, data and targets.

    A warning is no fault, and `archspec explain CODE` gives its reason and source. A spec allows
    one with `lint: {CODE: the reason}`, a line with `# allow CODE: the reason`. A spec with a
    fault is told of that alone, and the exit code is 1; it is 0 otherwise.

    Example: archspec lint specs/step3.yaml --strict
    """
    from archspec.commands.faults import exit_on_fault
    from archspec.commands.telling import print_github, print_json, print_text
    from archspec.judge.forms.as_json import linted_as_json
    from archspec.judge.forms.text import linted_as_text
    from archspec.judge.judged import lint_specs
    from archspec.judge.lint import codes_of

    with exit_on_fault():
        codes = codes_of(select) - (codes_of(ignore) if ignore else frozenset())
        linted = lint_specs(*specs, overrides=overrides or (), select=codes, strict=strict)
    if format is CheckFormat.json:
        print_json(linted_as_json(linted))
    elif format is CheckFormat.github:
        print_github(linted.diagnostics)
    else:
        print_text(partial(linted_as_text, linted))
    if not linted.is_ok:
        raise typer.Exit(1)
