"""Calls written in a spec, `SGD: {lr: 0.05}`, checked against the class before it is made."""

from __future__ import annotations

import inspect
import json
import math
import re
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin
from typing import get_type_hints as type_hints

import torch

from archspec.diagnostics import Diagnostic, Span, SpecError, did_you_mean
from archspec.language.catalogue import wanted_version
from archspec.language.sections import Call
from archspec.layers.fields import describe_value, shorten
from archspec.runtime.place import Place

T = TypeVar("T")

# Names that torch imports for type checkers only, in the modules whose hints are read here.
HINT_NAMES = {"Callable": Callable, "Iterable": Iterable, "Sequence": Sequence}

COMMON = ("SGD", "StepLR", "CrossEntropyLoss")
"""One of each role, for whoever names none that there is."""

REFUSED = {
    "LBFGS": "evaluates the loss several times a step, and the trainer takes one step a batch",
    "SparseAdam": "needs sparse gradients, and no layer makes them",
    "LambdaLR": "needs a function, and a spec holds none",
    "MultiplicativeLR": "needs a function, and a spec holds none",
    "SequentialLR": "is made of other schedules, and a spec names one",
    "ChainedScheduler": "is made of other schedules, and a spec names one",
}
WITHHELD = {
    "optimizer": ("params",),
    "scheduler": ("optimizer", "last_epoch", "scale_fn"),
    "loss": ("size_average", "reduce", "reduction"),  # the trainer counts on the mean
}
"""Arguments that the trainer gives itself, or that no spec can hold."""

IN_WORDS: Mapping[Any, str] = {
    float: "a number",
    int: "a whole number",
    bool: "true or false",
    str: "a word",
    types.NoneType: "null",
}


def find_class(role: str, call: Call, known: Mapping[str, type[T]], place: Place) -> type[T]:
    """Return the class that a call names; SpecError `unknown-<role>` when torch has no such one."""
    if call.name not in known:
        help = wanted_version(role, call.name) or did_you_mean(call.name, known)
        refuse(
            f"unknown-{role}",
            f"torch {torch.__version__} has no {role} called {call.name}",
            place("train", role, call.name),
            help or f"use the name of a class, such as {_common(known)}",
        )
    return known[call.name]


def check_arguments(
    role: str, call: Call, made: type[Any], withheld: Collection[str], place: Place
) -> dict[str, Any]:
    """Return the arguments in the types that the class takes.

    withheld: arguments that the trainer gives itself. Raises SpecError `bad-argument` with one
    diagnostic for each name that the class does not take and each value of a wrong type.
    """
    taken = [n for n in inspect.signature(made).parameters if n not in withheld]
    hints = _hints(made)
    faults: list[Diagnostic] = []
    arguments: dict[str, Any] = {}
    for name, value in call.arguments.items():
        where = place("train", role, call.name, name)
        if name not in taken:
            help = wanted_version(role, call.name, name)
            help = help or did_you_mean(name, taken) or f"it takes {', '.join(taken)}"
            message = f"{call.name} takes no `{name}` here"
            faults.append(Diagnostic("bad-argument", message, where, help))
            continue
        hint = hints.get(name, Any)
        if not _accepts(hint, value):
            message = f"`{name}` of {call.name} is {_shown(value)}, not {_in_words(hint)}"
            if _is_number(value) and 1e300 < abs(value) < math.inf and _accepts(hint, 1.0):
                message = f"`{name}` of {call.name} is too large a number"
            help = "see the class in torch's documentation for what it takes"
            faults.append(Diagnostic("bad-argument", message, where, help))
            continue
        arguments[name] = _converted(hint, value)
    if faults:
        raise SpecError(faults)
    return arguments


def attempt(role: str, call: Call, place: Place, make: Callable[[], T]) -> T:
    """Return what `make` returns; whatever torch says against the arguments becomes a SpecError.

    The place is the argument that torch's message names, else the call.
    """
    try:
        return make()
    except Exception as fault:  # torch refuses arguments with errors of many types
        reason = (str(fault).strip() or type(fault).__name__).split("\n")[0]
        words = re.findall(r"\w+", reason.replace("learning rate", "lr"))
        named = [name for name in call.arguments if name in words]
        refuse(
            "bad-argument",
            f"{call.name} refuses its arguments: {reason[:1].lower()}{reason[1:200].rstrip('.')}",
            place("train", role, call.name, *named[:1]),
            "see the class in torch's documentation for what it takes",
        )


def refuse(code: str, message: str, span: Span | None, help: str) -> NoReturn:
    """Raise a SpecError of one diagnostic."""
    raise SpecError([Diagnostic(code, message, span, help)]) from None


def refuse_unfit(role: str, call: Call, help: str, place: Place) -> None:
    """Refuse a class of torch that the trainer cannot use; SpecError `unsuitable-<role>`."""
    if call.name in REFUSED:
        message = f"{call.name} {REFUSED[call.name]}"
        refuse(f"unsuitable-{role}", message, place("train", role, call.name), help)


def _hints(made: type[Any]) -> dict[str, Any]:
    try:
        return type_hints(made.__init__, localns=HINT_NAMES)
    except NameError:  # a hint that only type checkers can read: torch itself must judge the value
        return {}


def _accepts(hint: Any, value: Any) -> bool:
    arguments = get_args(hint)
    if hint is Any:
        return True
    if _is_union(hint):
        return any(_accepts(member, value) for member in arguments)
    if get_origin(hint) is Literal:
        return value in arguments
    if hint is float:
        return _is_number(value) and abs(value) <= 1e300 and math.isfinite(value)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint is torch.Tensor:  # written as a list: the weights of the classes
        return isinstance(value, list) and all(_accepts(float, v) for v in value)
    if get_origin(hint) is tuple:
        fits = isinstance(value, list | tuple) and len(value) == len(arguments)
        return fits and all(map(_accepts, arguments, value))
    if get_origin(hint) in (list, Iterable, Sequence):
        return isinstance(value, list | tuple) and all(_accepts(arguments[0], v) for v in value)
    return isinstance(hint, type) and isinstance(value, hint)


def _converted(hint: Any, value: Any) -> Any:
    """Return a list as the tuple or tensor that the class wants, anything else as it is."""
    members = get_args(hint) if _is_union(hint) else (hint,)
    if isinstance(value, list):
        if any(get_origin(member) is tuple for member in members):
            return tuple(value)
        if torch.Tensor in members:
            return torch.tensor(value, dtype=torch.float32)
    return value


def _in_words(hint: Any) -> str:
    arguments = get_args(hint)
    if _is_union(hint):
        # A tensor for a number is nothing that a file could hold.
        members = [m for m in arguments if m is not torch.Tensor or float not in arguments]
        return " or ".join(_in_words(member) for member in members)
    if get_origin(hint) is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if get_origin(hint) is tuple:
        return f"a list of {len(arguments)} {_of(arguments[0])}"
    if get_origin(hint) in (list, Iterable, Sequence):
        return f"a list of {_of(arguments[0])}"
    if hint is torch.Tensor:
        return "a list of numbers"
    return IN_WORDS.get(hint, "something that a spec can say")


def _of(hint: Any) -> str:
    """Return what a list holds, in words."""
    if _is_union(hint):
        (hint, *_) = [member for member in get_args(hint) if member is not torch.Tensor]
    return {float: "numbers", int: "whole numbers", str: "words"}.get(hint, "values")


def _shown(value: Any) -> str:
    """Return a value in words, and a list with what is in it."""
    if not isinstance(value, list | tuple):
        return describe_value(value)
    return shorten(json.dumps(value, ensure_ascii=False, default=str))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _common(known: Collection[str]) -> str:
    """Return a name that many use."""
    return next((name for name in COMMON if name in known), next(iter(known)))


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)
