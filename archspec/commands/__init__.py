"""The commands: one file or folder each, which declares its options and tells what came out."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

COMMANDS = {
    "check": "check.command",
    "lint": "lint",
    "watch": "watch.command",
    "explain": "explain",
    "table": "table",
    "graph": "graph",
    "diff": "diff",
    "sync": "sync",
    "train": "train.command",
    "eval": "eval.command",
    "predict": "predict.command",
    "keep": "keep",
    "runs": "runs.command",
    "verify": "verify",
    "report": "report",
    "schema": "schema",
    "init": "init",
}
"""In the order of the help: each command, and the module here whose function has its name."""

READ_NO_SPEC = ("explain", "keep", "runs", "init")


def find_command(name: str) -> Callable[..., None]:
    """Import a command, and only it; with the option `--plugins` where it reads specs."""
    command: Callable[..., None] = getattr(
        import_module(f"archspec.commands.{COMMANDS[name]}"), name
    )
    if name in READ_NO_SPEC:
        return command
    from archspec.commands.plugins import with_plugins

    return with_plugins(command)
