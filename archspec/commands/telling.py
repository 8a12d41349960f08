"""The one place through which commands print: for people, programs and GitHub.

No character that steers a terminal passes it, wherever a text comes from; our own colours do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, Protocol

import typer

from archspec.diagnostics import Diagnostic
from archspec.diagnostics.cells import visible


class AsText(Protocol):
    """Something that becomes text for people."""

    def __call__(self, *, colour: bool, width: int | None) -> str:
        """Return the text; width: cells of a line, None where they have no end."""


def tell(text: str, *, to_errors: bool = False) -> None:
    """Print a text for people at once, on standard output or standard error."""
    from archspec.diagnostics.paint import on_terminal

    stream = sys.stderr if to_errors else sys.stdout
    typer.echo(on_terminal(text), nl=False, err=to_errors)
    stream.flush()


def hand_over(text: str) -> None:
    """Print a text that others read, such as a patch or CSV: as it is, unless on a terminal."""
    if sys.stdout.isatty():
        tell(text)
    else:
        typer.echo(text, nl=False)


def print_text(as_text: AsText, *, to_errors: bool = False) -> None:
    """Print for people, with colours and line ends as the stream bears them."""
    from archspec.diagnostics.text import terminal_width, wants_colour

    stream = sys.stderr if to_errors else sys.stdout
    tell(as_text(colour=wants_colour(stream), width=terminal_width(stream)), to_errors=to_errors)


def print_json(value: Any) -> None:
    """Print plain values for programs; what would steer a terminal is escaped."""
    import json

    text = json.dumps(value, indent=2, ensure_ascii=False)
    if visible(text) != text:
        text = json.dumps(value, indent=2)
    typer.echo(text)


def print_github(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics as annotations of a GitHub workflow."""
    from archspec.diagnostics.github import render_github

    tell(render_github(diagnostics))
