"""Diagnostics as workflow commands, which GitHub shows at the line of a pull request."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from archspec.diagnostics.model import Diagnostic

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def render_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one workflow command a line; "" when there are none.

    Related places and the cure follow in the message: GitHub shows one place for each.
    """
    return "".join(f"{_command(diagnostic)}\n" for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties: dict[str, str | int] = {}
    span = diagnostic.span
    # The source may be an argument such as `--set train.epochs=3`, which is no file to annotate.
    if span and not span.source.name.startswith("--"):
        properties = {"file": _in_workspace(span.source.name)}
        properties |= {"line": span.line, "endLine": span.end_line}
        if span.end_line == span.line:
            properties |= {"col": span.column, "endColumn": span.end_column}
    properties["title"] = diagnostic.code
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    lines = [diagnostic.message]
    lines += [f"{related.span}: {related.message}" for related in diagnostic.related]
    lines += [f"help: {diagnostic.help}"] if diagnostic.help else []
    return f"::{_COMMANDS[diagnostic.severity]} {written}::{_data(chr(10).join(lines))}"


def _in_workspace(name: str) -> str:
    """Return a path as GitHub finds it: from the root of the checkout, wherever we run."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if not workspace:
        return name
    path, root = Path(os.path.realpath(name)), Path(os.path.realpath(workspace))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else name


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
