"""All commands as one typer application: help, faults, and every call that is not plain."""

from __future__ import annotations

import inspect
import io
import sys
from typing import Annotated, NoReturn

import typer
from typer._click.exceptions import ClickException  # typer names none that holds all

from archspec.commands import COMMANDS, find_command
from archspec.commands.telling import tell
from archspec.version import __version__

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich costs start-up time, and help pages read well without
    context_settings=CONTEXT,
    epilog="Example: archspec check specs/step3.yaml",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"archspec {__version__}")
        raise typer.Exit


@app.callback()
def archspec(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Check, tabulate and train networks that are written once, as a YAML layer list."""


def _add(name: str) -> None:
    """Add a command; the `Example:` of its docstring goes to the end of its help."""
    command = find_command(name)
    words, _, example = inspect.cleandoc(command.__doc__ or "").partition("\n\nExample: ")
    app.command(help=words, epilog=f"Example: {example}", context_settings=CONTEXT)(command)


for _name in COMMANDS:
    _add(_name)


def run() -> NoReturn:
    """Run the application and exit; its words on a faulty call are told as all others are."""
    try:
        sys.exit(app(standalone_mode=False))
    except ClickException as fault:
        words = io.StringIO()
        fault.show(words)
        tell(words.getvalue(), to_errors=True)
        sys.exit(fault.exit_code)
