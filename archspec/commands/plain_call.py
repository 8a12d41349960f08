"""Plain calls, read straight from what a command declares: typer itself is slow to begin.

Nearly every call is plain. Whatever is not — help, abbreviations, short options, each fault — is
left to typer, whose words alone the user sees. So nothing here refuses anything, and a test holds
what is read to what typer reads.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from typer.models import ArgumentInfo, ParameterInfo


@dataclass(frozen=True, slots=True)
class DeclaredParameter:
    """One parameter of a command. option: its word, None for an argument."""

    name: str
    option: str | None
    kind: Any
    is_list: bool
    is_required: bool
    declared: ParameterInfo

    def read(self, word: str) -> Any:
        """Return the value of a word. Raises ValueError for one that is not plain."""
        if not word or word.startswith("-"):
            raise ValueError(word)
        if self.kind is int:
            low, high = self.declared.min, self.declared.max
            number = int(word) if word.isascii() and word.isdigit() else None
            if number is None or (low or 0) > number or (high is not None and number > high):
                raise ValueError(word)
            return number
        if self.kind in (str, Path) or issubclass(self.kind, Enum):
            return self.kind(word)
        raise ValueError(word)


def read_plain_call(command: Callable[..., Any], words: Sequence[str]) -> dict[str, Any] | None:
    """Return what a command is called with by these words; None where typer is to read them."""
    parameters = tuple(declared_parameters(command))
    options = {p.option: p for p in parameters if p.option is not None}
    free: list[str] = []
    read: dict[str, Any] = {}
    rest = iter(words)
    try:
        for word in rest:
            if not word.startswith("-"):
                free.append(word)
                continue
            name, has_value, value = word.partition("=")
            option = options[name]
            if (option.name in read and not option.is_list) or (option.kind is bool and has_value):
                return None
            if option.kind is bool:
                read[option.name] = True
                continue
            new = option.read(value if has_value else next(rest))
            if option.is_list:
                read.setdefault(option.name, []).append(new)
            else:
                read[option.name] = new
        return read | _arguments([p for p in parameters if p.option is None], free)
    except (KeyError, StopIteration, ValueError):
        return None


def _arguments(parameters: Sequence[DeclaredParameter], words: list[str]) -> dict[str, Any]:
    """Return the values of arguments, in their order; the last may be a list.

    Raises ValueError where there are too few words or too many.
    """
    read: dict[str, Any] = {}
    for parameter in parameters:
        taken = words[:] if parameter.is_list else words[:1]
        del words[: len(taken)]
        values = [parameter.read(word) for word in taken]
        if values:
            read[parameter.name] = values if parameter.is_list else values[0]
        elif parameter.is_required:
            raise ValueError(parameter.name)
    if words:
        raise ValueError(words)
    return read


def declared_parameters(command: Callable[..., Any]) -> Iterator[DeclaredParameter]:
    """Yield what a command takes, in the order of its signature."""
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        kind, declared = get_args(hints[name])[:2]
        if type(None) in get_args(kind):
            kind = get_args(kind)[0]  # `Path | None`
        is_list = get_origin(kind) is list
        # typer's first argument is a default, and a name where it stands in Annotated.
        names = (declared.default, *(declared.param_decls or ()))
        words = [word for word in names if isinstance(word, str)]
        option = next(iter(words), f"--{name.replace('_', '-')}")
        yield DeclaredParameter(
            name,
            None if isinstance(declared, ArgumentInfo) else option,
            get_args(kind)[0] if is_list else kind,
            is_list,
            parameter.default is inspect.Parameter.empty,
            declared,
        )
