"""`archspec sync`: renews the blocks of markdown files, or tells which are out of date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.diagnostics.words import counted

if TYPE_CHECKING:
    from archspec.report.sync import Renewal


def sync(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Markdown files.", show_default=False)
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 if a block is out of date.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over bodies that were edited by hand.")
    ] = False,
) -> None:
    """Renew the blocks of markdown files; nothing outside of them changes.

    A block stands between `<!-- archspec:table specs/step3.yaml -->` and `<!-- archspec:end -->`;
    the others are ladder, results, diff and value. Paths start from the markdown file's folder. A
    file with a faulty block, or with one that was edited by hand, is left as it is.

    Example: archspec sync README.md --check
    """
    from archspec import api
    from archspec.commands.faults import exit_on_fault, print_faults
    from archspec.commands.telling import tell

    with exit_on_fault():
        renewals = api.sync(files, check=check, force=force)
    code = 0
    for renewal in renewals:
        code = max(code, renewal.exit_code)
        if check:
            print_faults((*renewal.faults, *renewal.outdated))
            code = max(code, 1 if renewal.outdated else 0)
        else:
            print_faults(renewal.faults or (renewal.edited if renewal.new is None else ()))
        if not any(fault.code == "unwritable" for fault in renewal.faults):
            tell(_outcome(renewal, check))
    if code:
        raise typer.Exit(code)


def _outcome(renewal: Renewal, check: bool) -> str:
    """Return one line on a file: `README.md: 2 of 12 blocks renewed`."""
    outdated, total = len(renewal.outdated), renewal.blocks
    blocks = counted(total, "block")
    if renewal.faults:
        outcome = "faulty" if check else "left as it is: it is faulty"
    elif check and outdated:
        outcome = f"{outdated} of {blocks} out of date"
    elif check:
        outcome = f"{blocks}, all up to date" if total else "no blocks"
    elif renewal.new is None:
        edited = len(renewal.edited)
        outcome = f"left as it is: {edited} of {blocks} edited by hand"
    elif outdated:
        outcome = f"{outdated} of {blocks} renewed"
    else:
        outcome = f"{blocks}, nothing to renew" if total else "no blocks"
    return f"{renewal.path}: {outcome}\n"
