"""The command line: assembles the commands, one file each under archspec/commands."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from archspec import __version__
from archspec.commands.check.command import check
from archspec.commands.diff import diff
from archspec.commands.eval.command import eval
from archspec.commands.explain import explain
from archspec.commands.graph import graph
from archspec.commands.init import init
from archspec.commands.keep import keep
from archspec.commands.lint import lint
from archspec.commands.plugins import with_plugins
from archspec.commands.predict.command import predict
from archspec.commands.report import report
from archspec.commands.runs.command import runs
from archspec.commands.schema import schema
from archspec.commands.sync import sync
from archspec.commands.table import table
from archspec.commands.train.command import train
from archspec.commands.verify import verify
from archspec.commands.watch.command import watch

COMMANDS: tuple[Callable[..., None], ...] = (
    check,
    lint,
    watch,
    explain,
    table,
    graph,
    diff,
    sync,
    train,
    eval,
    predict,
    keep,
    runs,
    verify,
    report,
    schema,
    init,
)

READ_NO_SPEC = (explain, keep, runs, init)

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


def _add(command: Callable[..., Any]) -> None:
    """Add a command; the `Example:` of its docstring goes to the end of its help."""
    words, _, example = inspect.cleandoc(command.__doc__ or "").partition("\n\nExample: ")
    added = command if command in READ_NO_SPEC else with_plugins(command)
    app.command(help=words, epilog=f"Example: {example}", context_settings=CONTEXT)(added)


for _command in COMMANDS:
    _add(_command)


def main() -> None:
    """Run the command line; Ctrl-C ends with exit code 130."""
    try:
        app()
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone (`archspec table … | head`): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
