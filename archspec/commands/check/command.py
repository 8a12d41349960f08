"""`archspec check`: validate specs, compute their figures, judge targets and claims."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.commands.options import Overrides, Specs
from archspec.diagnostics.words import counted, plural

if TYPE_CHECKING:
    from archspec.judge.judged import JudgedSpecs


class CheckFormat(StrEnum):
    """How `check` writes."""

    text = "text"
    json = "json"
    github = "github"


def check(
    specs: Specs,
    format: Annotated[
        CheckFormat, typer.Option("--format", help="For people, programs or GitHub workflows.")
    ] = CheckFormat.text,
    overrides: Overrides = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Let warnings fail, as faults do.")
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Apply the fixes that are certain to the files.")
    ] = False,
    diff: Annotated[
        bool,
        typer.Option(
            "--diff", help="Show what --fix would change, change nothing; exit with 1 if anything."
        ),
    ] = False,
) -> None:
    """Validate specs, compute shapes, receptive field, params and MACs, judge targets and claims.

    Exits with 0 when everything holds, with 1 when a fault stands or a target or claim is
    contradicted. Warnings, those of `archspec lint` among them, change nothing of that without
    --strict. With --fix what was changed is told first; comments and layout stay.

    Example: archspec check specs/step1.yaml specs/step2.yaml specs/step3.yaml
    """
    from archspec.commands.faults import exit_on_fault
    from archspec.judge.judged import check

    chosen = tuple(overrides or ())
    if diff:
        raise typer.Exit(_show_diff(specs, chosen, strict))
    exit_code = _fix(specs, chosen, format) if fix else 0
    with exit_on_fault():
        judged = check(*specs, overrides=chosen, strict=strict)
    _write(judged, format)
    if exit_code or not judged.is_ok:
        raise typer.Exit(exit_code or 1)


def _fix(specs: list[Path], overrides: tuple[str, ...], format: CheckFormat) -> int:
    """Apply the certain fixes and say so; return the exit code of what could not be written."""
    from archspec.commands.check.fixed_files import write_files
    from archspec.commands.check.fixes import find_fixes
    from archspec.commands.check.fixes_text import fixes_as_text, left_as_text
    from archspec.commands.faults import print_faults
    from archspec.commands.telling import tell
    from archspec.diagnostics import EnvironmentFault
    from archspec.diagnostics.text import wants_colour

    found = find_fixes(specs, overrides)
    written, faults = write_files(found.files)
    # What programs read stays the format's alone.
    stream = sys.stdout if format is CheckFormat.text else sys.stderr
    text = fixes_as_text(written, colour=wants_colour(stream)) + left_as_text(found.elsewhere)
    if text:
        tell(f"{text}\n", to_errors=stream is sys.stderr)
    print_faults(faults)
    return EnvironmentFault.exit_code if faults else 0


def _show_diff(specs: list[Path], overrides: tuple[str, ...], strict: bool) -> int:
    """Print what the certain fixes would change; return 1 when they would, or a fault is left."""
    from archspec.commands.check.fixes import find_fixes
    from archspec.commands.check.fixes_text import coloured_diff, left_as_text
    from archspec.commands.telling import hand_over, tell
    from archspec.diagnostics.text import wants_colour
    from archspec.judge.judged import check

    found = find_fixes(specs, overrides)
    hand_over(coloured_diff(found.diff) if wants_colour(sys.stdout) else found.diff)
    fixes, files = (
        counted(found.count, "fix", "fixes"),
        counted(len(found.files), "file", "files"),
    )
    is_ok = check(*specs, overrides=overrides, strict=strict).is_ok
    outcome = "nothing to fix" if is_ok else "nothing that can be fixed for certain"
    if found.files:
        outcome = f"{fixes} in {files}; `--fix` applies {plural(found.count, 'it', 'them')}"
    tell(f"{left_as_text(found.elsewhere)}{outcome}\n", to_errors=True)
    return 1 if found.files or not is_ok else 0


def _write(judged: JudgedSpecs, format: CheckFormat) -> None:
    from archspec.commands.telling import print_github, print_json, print_text

    if format is CheckFormat.json:
        from archspec.judge.forms.as_json import checked_as_json

        print_json(checked_as_json(judged))
    elif format is CheckFormat.github:
        print_github(judged.diagnostics)
    else:
        from archspec.judge.forms.text import checked_as_text

        fixes = 0
        if any(found.fix for found in judged.diagnostics):
            from archspec.commands.check.fixes import mended

            fixes = mended(judged)
        print_text(partial(checked_as_text, judged, mended=fixes))
