"""How a command ends when it cannot go on: diagnostics on standard error, and the exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

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
    from archspec.commands.telling import print_text
    from archspec.diagnostics.text import render_text

    print_text(partial(render_text, diagnostics), to_errors=True)
