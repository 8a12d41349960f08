"""How a command ends when it cannot go on: diagnostics on standard error, and the exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.diagnostics.packages import packages_told


@contextmanager
def exit_on_fault() -> Iterator[None]:
    """Turn an ArchspecError into its diagnostics on standard error and its exit code.

    A package that is not there, or cannot be imported, is one.
    """
    try:
        with packages_told():
            yield
    except ArchspecError as error:
        print_faults(error.diagnostics)
        raise typer.Exit(error.exit_code) from None


def print_faults(diagnostics: tuple[Diagnostic, ...]) -> None:
    """Print diagnostics to standard error."""
    from archspec.diagnostics.text import render_text, terminal_width, wants_colour

    text = render_text(
        diagnostics, colour=wants_colour(sys.stderr), width=terminal_width(sys.stderr)
    )
    typer.echo(text, nl=False, err=True)
