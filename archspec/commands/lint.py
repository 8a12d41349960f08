"""`archspec lint`: what an expert would say about specs that hold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.commands.check.command import CheckFormat
from archspec.commands.options import Overrides, Specs
from archspec.diagnostics.words import counted

if TYPE_CHECKING:
    from archspec.judge.inspection import Inspection


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

    with exit_on_fault():
        codes = _codes(select) - (_codes(ignore) if ignore else frozenset())
        linted = [_lint(path, tuple(overrides or ()), codes, strict) for path in specs]
    _write(linted, format)
    if not all(inspection.is_ok for inspection in linted):
        raise typer.Exit(1)


def _lint(
    path: Path, overrides: tuple[str, ...], codes: frozenset[str], is_strict: bool
) -> Inspection:
    from archspec.judge.inspection import Inspection, is_sound, name_faults
    from archspec.judge.lint import lint
    from archspec.network import study

    reading, analysis, found = study(path, overrides)
    if reading.spec is not None and analysis is not None and is_sound(found):
        found = lint(analysis, (*found, *name_faults(reading.spec)), select=codes)
    return Inspection(path, reading, analysis, (), (), found, is_strict)


def _codes(named: list[str] | None) -> frozenset[str]:
    """Return the codes of an option, all without it; UsageError for one that is not known."""
    from archspec.diagnostics import Diagnostic, UsageError, did_you_mean
    from archspec.judge.lint import CODES

    if not named:
        return CODES
    asked = [code.strip() for option in named for code in option.split(",") if code.strip()]
    faults = [
        Diagnostic(
            "unknown-rule",
            f"no rule is called `{code[:60]}`",
            None,
            did_you_mean(code, CODES) or "`archspec explain` lists the rules",
        )
        for code in asked
        if code not in CODES
    ]
    if faults:
        raise UsageError(faults)
    return frozenset(asked)


def _write(linted: list[Inspection], format: CheckFormat) -> None:
    from archspec.commands.check.text import all_diagnostics

    found = all_diagnostics(linted)
    if format is CheckFormat.json:
        import json

        typer.echo(json.dumps(_as_json(linted), indent=2, ensure_ascii=False))
    elif format is CheckFormat.github:
        from archspec.diagnostics.github import render_github

        typer.echo(render_github(found), nl=False)
    else:
        from archspec.diagnostics.text import render_text, summary, terminal_width, wants_colour

        colour, width = wants_colour(sys.stdout), terminal_width(sys.stdout)
        text = render_text(found, colour=colour, width=width)
        specs = counted(len(linted), "spec")
        typer.echo(f"{text}\n" if text else "", nl=False)
        typer.echo(f"{specs} linted: {summary(found) or 'nothing to say'}")


def _as_json(linted: list[Inspection]) -> dict[str, object]:
    from archspec.diagnostics.as_json import diagnostic_as_json

    specs = [
        {
            "spec": str(inspection.path),
            "ok": inspection.is_ok,
            "diagnostics": [diagnostic_as_json(d) for d in inspection.diagnostics],
        }
        for inspection in linted
    ]
    return {"format": 1, "ok": all(i.is_ok for i in linted), "specs": specs}
