"""From a transform's name and arguments to the object of torchvision.transforms.v2."""

from __future__ import annotations

import contextlib
import inspect
import math
import warnings
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from torchvision import __version__
from torchvision.transforms import v2

from archspec.diagnostics import Diagnostic, SpecError, did_you_mean
from archspec.language.catalogue import wanted_version
from archspec.language.sections import Call
from archspec.layers.fields import describe_value
from archspec.runtime.place import Place

MISUSE = (
    TypeError,
    ValueError,
    RuntimeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    UserWarning,
)
"""What torchvision raises for arguments that it cannot use."""

ENUMS: Mapping[str, type[Enum]] = {
    "interpolation": v2.InterpolationMode,
    "policy": v2.AutoAugmentPolicy,
}
WORDS = {"padding_mode", "value", *ENUMS}
"""Arguments that take a word. torchvision reads `degrees: "15"` as a range from 1 to 5."""


class ArgumentFault(Exception):
    """A short fact about one argument of a transform; it knows nothing of files."""

    def __init__(self, argument: str | None, message: str, *, help: str | None = None) -> None:
        super().__init__(message)
        self.argument, self.message, self.help = argument, message, help


def known_transforms() -> dict[str, type[v2.Transform]]:
    """Return every transform of torchvision.transforms.v2 by its name."""
    found = {name: value for name, value in vars(v2).items() if not name.startswith("_")}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, type) and issubclass(value, v2.Transform) and value is not v2.Transform
    }


def build_transform(call: Call, place: Place, path: tuple[str | int, ...]) -> v2.Transform:
    """Return the v2 object that `call` describes.

    `path` leads to the call in the spec. Raises SpecError: `unknown-transform` or `bad-argument`.
    """
    classes = known_transforms()
    if call.name not in classes:
        raise SpecError(
            [
                Diagnostic(
                    "unknown-transform",
                    f"torchvision {__version__} has no transform `{call.name}`",
                    place(*path, call.name),
                    wanted_version("transform", call.name) or did_you_mean(call.name, classes),
                )
            ]
        )
    with faults_placed(call, place, path):
        return _instantiate(classes[call.name], call)


@contextlib.contextmanager
def faults_placed(call: Call, place: Place, path: tuple[str | int, ...]) -> Iterator[None]:
    """Turn an ArgumentFault into a SpecError with the place of the argument."""
    try:
        yield
    except ArgumentFault as fault:
        steps = (call.name,) if fault.argument is None else (call.name, fault.argument)
        span = place(*path, *steps)
        raise SpecError([Diagnostic("bad-argument", fault.message, span, fault.help)]) from None


def reason_of(error: BaseException) -> str:
    """Return the first line of an error as it stands in messages: lower case, no full stop."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    text = lines[0].strip().rstrip(".")
    return text[:1].lower() + text[1:200]


def _instantiate(kind: type[v2.Transform], call: Call) -> v2.Transform:
    parameters = {
        name: parameter
        for name, parameter in inspect.signature(kind).parameters.items()
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    }
    for argument in call.arguments:
        if argument not in parameters:
            raise ArgumentFault(
                argument,
                f"{call.name} has no argument `{argument}`",
                help=wanted_version("transform", call.name, str(argument))
                or did_you_mean(str(argument), parameters)
                or (f"it takes {_listed(parameters)}" if parameters else "it takes no arguments"),
            )
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and name not in call.arguments:
            raise ArgumentFault(
                None, f"{call.name} needs `{name}`", help=f"write `{call.name}: {{{name}: …}}`"
            )
    arguments = {
        name: _read(call.name, name, value, parameters[name])
        for name, value in call.arguments.items()
    }
    try:
        return _quietly(kind, arguments)
    except MISUSE as error:
        reason = reason_of(error)
        culprit = _culprit(kind, arguments, reason)
        got = "" if culprit is None else f", got {describe_value(call.arguments[culprit])}"
        raise ArgumentFault(culprit, f"{call.name}: {reason}{got}") from None


def _quietly(kind: type[v2.Transform], arguments: Mapping[str, Any]) -> v2.Transform:
    # torchvision only warns where a range runs backwards; the drawn values would make no sense.
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        return kind(**arguments)


def _culprit(kind: type[v2.Transform], arguments: Mapping[str, Any], reason: str) -> str | None:
    """Return the argument that the class complains of, where that can be told."""
    if len(arguments) == 1:
        return next(iter(arguments))
    for name in arguments:
        others = {key: value for key, value in arguments.items() if key != name}
        with contextlib.suppress(*MISUSE):
            _quietly(kind, others)
            return name
    named = [name for name in arguments if name in reason]
    return named[0] if named else None


def _read(owner: str, name: str, value: Any, parameter: inspect.Parameter) -> Any:
    """Return an argument in torchvision's form: tuples for lists, enums for words."""
    takes_truth = isinstance(parameter.default, bool)
    if isinstance(value, bool) and not takes_truth:
        raise ArgumentFault(name, f"{owner}: `{name}` is no switch, got {describe_value(value)}")
    if takes_truth and not isinstance(value, bool):
        raise ArgumentFault(
            name, f"{owner}: `{name}` is true or false, got {describe_value(value)}"
        )
    if isinstance(value, Mapping):
        raise ArgumentFault(name, f"{owner}: `{name}` takes no mapping")
    if isinstance(value, str) and name not in WORDS:
        raise ArgumentFault(name, f"{owner}: `{name}` expects numbers, got {describe_value(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ArgumentFault(name, f"{owner}: `{name}` must be finite, got {value}")
    if isinstance(value, list | tuple):
        return tuple(_read_item(owner, name, item) for item in value)
    return _word(owner, name, value, ENUMS[name]) if name in ENUMS else value


def _read_item(owner: str, name: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ArgumentFault(
            name, f"{owner}: `{name}` expects finite numbers, got {describe_value(value)} in a list"
        )
    return value


def _word(owner: str, name: str, value: Any, words: type[Enum]) -> Enum:
    try:
        return words(value)
    except ValueError:
        known = [str(member.value) for member in words]
        raise ArgumentFault(
            name,
            f"{owner}: `{name}` is {_listed(known)}, got {describe_value(value)}",
            help=did_you_mean(str(value), known),
        ) from None


def _listed(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)
