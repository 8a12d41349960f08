"""The command line: a plain call goes to its command at once, all else by way of typer."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archspec.commands import COMMANDS, find_command
from archspec.commands.output import OutputGone, end_with_fault, end_without_output, prepare_streams

NAMESAKE = os.path.join(os.path.dirname(__file__), "cpu")  # noqa: PTH118, PTH120
"""A folder of the other package named archspec, which has the name of ours for its files."""

if TYPE_CHECKING:
    import typer

    app: typer.Typer


def __getattr__(name: str) -> Any:
    """Assemble all commands as `app` where somebody asks for it: a plain call needs one of them."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from archspec.commands.app import app

    return app


def main() -> None:
    """Run the command line; Ctrl-C ends with exit code 130, a reader that goes away with 141."""
    prepare_streams()
    try:
        if os.path.isdir(NAMESAKE):  # noqa: PTH112, pathlib is not needed yet
            _tell_of_namesake()
        if not _ran_plainly(sys.argv[1:]):
            from archspec.commands.app import run

            run()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    except OutputGone as fault:
        end_without_output(fault)
    except OSError as fault:  # of a name that is too long, a folder that cannot be entered
        end_with_fault(fault)


def _ran_plainly(words: Sequence[str]) -> bool:
    """Run the command of a plain call; return whether it was one. Exits as the command does."""
    if not words or words[0] not in COMMANDS or os.name == "nt":  # there, typer expands globs
        return False
    import typer

    from archspec.commands.plain_call import read_plain_call

    command = find_command(words[0])
    read = read_plain_call(command, words[1:])
    if read is None:
        return False
    try:
        command(**read)
    except typer.Exit as end:
        sys.exit(end.exit_code)
    return True


def _tell_of_namesake() -> None:
    from archspec.commands.faults import print_faults
    from archspec.diagnostics import Diagnostic

    fact = "the package archspec, of CPU names, shares its folder with this one"
    help = "each overwrites the other: `archspec explain shared-folder` says how to part them"
    print_faults((Diagnostic("shared-folder", fact, None, help, severity="warning"),))
