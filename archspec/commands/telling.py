"""How commands print what they have to tell: for people, programs and GitHub."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, Protocol

import typer

from archspec.diagnostics import Diagnostic


class AsText(Protocol):
    """Something that becomes text for people."""

    def __call__(self, *, colour: bool, width: int | None) -> str:
        """Return the text; width: cells of a line, None where they have no end."""


def print_text(as_text: AsText) -> None:
    """Print for people, with colours and line ends as standard output bears them."""
    from archspec.diagnostics.text import terminal_width, wants_colour

    colour, width = wants_colour(sys.stdout), terminal_width(sys.stdout)
    typer.echo(as_text(colour=colour, width=width), nl=False)


def print_json(value: Any) -> None:
    """Print plain values for programs."""
    import json

    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_github(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics as annotations of a GitHub workflow."""
    from archspec.diagnostics.github import render_github

    typer.echo(render_github(diagnostics), nl=False)
