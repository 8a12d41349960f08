"""Calls written in a spec, `SGD: {lr: 0.05}`, held against the table before they are made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import torch

from archspec.diagnostics import Diagnostic, SpecError, did_you_mean
from archspec.language.sections import Call
from archspec.language.takes.calls import NamedCall, read_call
from archspec.runtime.place import Place

T = TypeVar("T")


def find_class(
    role: str, call: Call, known: Mapping[str, type[T]], place: Place
) -> tuple[type[T], dict[str, Any]]:
    """Return the class that a call names, and the arguments in the form that it takes.

    Raises SpecError with everything that the table has against the call, or `unknown-<role>` when
    this torch has no such class.
    """
    taken = read_call(NamedCall(role, call, ("train", role), place, place))
    ensure(taken.faults)
    if call.name not in known:
        fact = f"torch {torch.__version__} has no {role} called {call.name}"
        help = did_you_mean(call.name, known) or "use the name of a class"
        ensure([Diagnostic(f"unknown-{role}", fact, place("train", role, call.name), help)])
    return known[call.name], taken.arguments


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
        fact = f"{call.name} refuses its arguments: {reason[:1].lower()}{reason[1:200].rstrip('.')}"
        help = "see the class in torch's documentation for what it takes"
        where = place("train", role, call.name, *named[:1])
        raise SpecError([Diagnostic("bad-argument", fact, where, help)]) from None


def ensure(faults: Iterable[Diagnostic]) -> None:
    """Raise a SpecError of the errors among faults, if there are any."""
    if errors := [fault for fault in faults if fault.severity == "error"]:
        raise SpecError(errors) from None
