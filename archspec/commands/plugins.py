"""The option `--plugins` of every command that reads specs."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

import typer

PLUGINS = Annotated[
    bool,
    typer.Option(
        "--plugins",
        help="Import the layers of installed plug-ins, entry points of `archspec.layers`.",
    ),
]


def with_plugins(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the option, which takes effect before the command begins."""

    @functools.wraps(command)
    def run(*args: Any, plugins: bool = False, **kwargs: Any) -> None:
        if plugins:
            from archspec.commands.faults import exit_on_fault

            with exit_on_fault():
                from archspec.api import use_plugins

                use_plugins()
        command(*args, **kwargs)

    hints = get_type_hints(command, include_extras=True)
    signature = inspect.signature(command)
    option = inspect.Parameter("plugins", inspect.Parameter.KEYWORD_ONLY, default=False)
    own = [p.replace(annotation=hints[p.name]) for p in signature.parameters.values()]
    parameters = [*own, option.replace(annotation=PLUGINS)]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {**hints, "plugins": PLUGINS}
    return run
