"""`archspec verify`: every target and claim of the project, or a hand-written table of a page."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from archspec.commands.options import Records

if TYPE_CHECKING:
    from archspec.judge import ComparedPages, JudgedSpecs

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
    from functools import partial

    from archspec.commands.faults import exit_on_fault
    from archspec.commands.telling import hand_over, print_json, print_text
    from archspec.judge.forms.as_json import compared_as_json, verified_as_json
    from archspec.judge.forms.junit import compared_as_junit, verified_as_junit
    from archspec.judge.forms.text import compared_as_text, verified_as_text
    from archspec.judge.pages import ComparedPages

    with exit_on_fault():
        found = _found(specs or [], records, strict, against)
    if isinstance(found, ComparedPages):
        as_text = partial(compared_as_text, found)
        as_json, as_junit = partial(compared_as_json, found), partial(compared_as_junit, found)
    else:
        as_text = partial(verified_as_text, found)
        as_json, as_junit = partial(verified_as_json, found), partial(verified_as_junit, found)
    if format is VerifyFormat.json:
        print_json(as_json())
    elif format is VerifyFormat.junit:
        hand_over(as_junit())
    else:
        print_text(as_text)
    if not found.is_ok:
        raise typer.Exit(1)


def _found(
    named: list[str], records: Path | None, strict: bool, against: Path | None
) -> JudgedSpecs | ComparedPages:
    from archspec.judge import verify, verify_pages

    if against is not None:
        if not named:
            call = f"archspec verify README.md --against {against}"
            _refuse("--against needs a markdown file", call)
        return verify_pages(*named, against=against)
    for name in named:
        if name.partition("#")[0].lower().endswith(PAGES):
            _refuse(f"{name} is a page and no spec", f"archspec verify {name} --against SPEC")
    return verify(*dict.fromkeys(named), records=records, strict=strict)


def _refuse(fact: str, call: str) -> NoReturn:
    from archspec.diagnostics import Diagnostic, UsageError

    raise UsageError([Diagnostic("wrong-call", fact, None, f"write `{call}`")])
