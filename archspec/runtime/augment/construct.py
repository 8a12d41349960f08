"""From a transform's name and arguments to the object of torchvision.transforms.v2."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from torchvision import __version__
from torchvision.transforms import v2

from archspec.diagnostics import Diagnostic, SpecError, did_you_mean
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


def build_transform(
    call: Call, arguments: Mapping[str, Any], place: Place, path: tuple[str | int, ...]
) -> v2.Transform:
    """Return the v2 object of a call, with arguments as the table reads them.

    `path` leads to the call in the spec. Raises SpecError: `unknown-transform` or `bad-argument`.
    """
    classes = known_transforms()
    if call.name not in classes:
        fact = f"torchvision {__version__} has no transform `{call.name}`"
        help = did_you_mean(call.name, classes)
        where = place(*path, call.name)
        raise SpecError([Diagnostic("unknown-transform", fact, where, help)])
    with faults_placed(call, place, path):
        return _instantiate(classes[call.name], call, arguments)


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


def _instantiate(
    kind: type[v2.Transform], call: Call, arguments: Mapping[str, Any]
) -> v2.Transform:
    given = {
        name: ENUMS[name](value) if name in ENUMS else value for name, value in arguments.items()
    }
    try:
        return _quietly(kind, given)
    except MISUSE as error:
        reason = reason_of(error)
        culprit = _culprit(kind, given, reason)
        got = "" if culprit is None else f", got {describe_value(call.arguments.get(culprit))}"
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
