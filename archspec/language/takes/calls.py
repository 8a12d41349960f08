"""A class that a spec names, `SGD: {lr: 0.05}`, held against what the trainer takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from archspec.diagnostics import Diagnostic, Fix, Span
from archspec.diagnostics.words import ticked
from archspec.language.catalogue import (
    Known,
    is_certain,
    lacking,
    package_of,
    read_catalogue,
    unlisted,
)
from archspec.language.sections import Call
from archspec.language.takes.arguments import type_of
from archspec.language.takes.classes import (
    CLASS_LOSSES,
    INSTEAD,
    MIXING,
    NO_AUGMENTATION,
    PREPARES,
    UNSUITABLE,
    WITHHELD,
)
from archspec.layers.fields import FieldFault, shorten
from archspec.layers.synonyms import FIELDS, suggest

TRAIN_DECIDES = "if your version is newer, `archspec train` asks it"


class Place(Protocol):
    """Returns the place of a value of the spec: `place("data", "augment", 0, "RandomRotation")`."""

    def __call__(self, *path: str | int) -> Span | None:
        """Return the place, or None where the values were not read from a text."""


class NamedCall(NamedTuple):
    """A class as a spec names it. path: to the call. key: finds names, where `place` finds values.

    role: optimizer, scheduler, loss, transform or dataset.
    """

    role: str
    call: Call
    path: tuple[str | int, ...]
    place: Place
    key: Place

    def fault(self, code: str, fact: str, help: str | None, *argument: str) -> Diagnostic:
        """Return an error at the name of the class, or of one of its arguments."""
        return Diagnostic(code, fact, self.key(*self.path, self.call.name, *argument), help)


class ReadCall(NamedTuple):
    """What came of a call: its arguments in the form that the class takes, and what is wrong."""

    arguments: dict[str, Any]
    faults: tuple[Diagnostic, ...]


def read_call(named: NamedCall) -> ReadCall:
    """Return the arguments of a call and all that the trainer has against it, as diagnostics.

    Codes: `unknown-<role>`, `unsuitable-<role>`, `not-offered`, `bad-argument`, those of fields;
    and the warnings `unknown-name`, `unknown-argument`, where another version may know better.
    """
    role, call = named.role, named.call
    known = read_catalogue().classes[role].get(call.name)
    if known is None:
        return ReadCall(dict(call.arguments), (_unknown_class(named),))
    if (refused := _unfit(named)) is not None:
        return ReadCall({}, (refused,))
    if (version := lacking(role, known.bounds.get(call.name))) is not None:
        fact = f"{package_of(role)} {version} has no {role} called {call.name}"
        help = known.bounds[call.name].in_words(package_of(role))
        return ReadCall({}, (named.fault(f"unknown-{role}", fact, help),))
    faults = [*_names(named, known)]
    arguments: dict[str, Any] = {}
    for name, value in call.arguments.items():
        if name not in (*known.needs, *known.takes):
            continue
        type = type_of(role, call.name, name)
        try:
            arguments[name] = value if type is None else type.read(value)
        except FieldFault as fault:
            faults += [_value(named, name, one) for one in fault.each()]
    if not faults:
        faults += _together(named, arguments)
    return ReadCall(arguments, tuple(faults))


def _unfit(named: NamedCall) -> Diagnostic | None:
    """Return why the trainer cannot use a class that there is; None where it can."""
    role, name = named.role, named.call.name
    if name in UNSUITABLE.get(role, {}):
        fact = f"{name} {UNSUITABLE[role][name]}"
        return named.fault(
            "unsuitable-optimizer" if role == "optimizer" else "unsuitable-scheduler",
            fact,
            INSTEAD[role],
        )
    if role == "loss" and name not in CLASS_LOSSES:
        fact = f"{name} does not compare scores of classes with the right one"
        return named.fault("unsuitable-loss", fact, f"use one of {', '.join(CLASS_LOSSES)}")
    if role != "transform":
        return None
    if "prepare" in named.path:
        if name in PREPARES:
            return None
        help = suggest(name, PREPARES).help
        if name.startswith("Random") or name in MIXING:
            help = "put it under `augment`"
        fact = f"`prepare` takes {', '.join(PREPARES)}, got {name}"
        return named.fault("not-offered", fact, help or NO_AUGMENTATION.get(name))
    if name in NO_AUGMENTATION:
        fact = f"{name} is no augmentation of single images"
        return named.fault("not-offered", fact, NO_AUGMENTATION[name])
    return None


def _unknown_class(named: NamedCall) -> Diagnostic:
    role, name = named.role, named.call.name
    known = read_catalogue().classes[role]
    near = suggest(name, known, FIELDS)
    meant = next((n for n in near.names if is_certain(name, n)), None)
    version = unlisted(role)
    fact = f"{package_of(role)} {version[0]} has no {role} called `{shorten(name)}`"
    if role == "dataset":
        fact = f"no data set called `{shorten(name)}` is offered"
    if not version[1] and meant is None and role != "dataset":
        fault = named.fault("unknown-name", fact, near.help or TRAIN_DECIDES)
        return replace(fault, severity="warning")
    fault = named.fault(f"unknown-{role}", fact, near.help)
    if meant is not None:
        fault = replace(fault, help=f"did you mean `{meant}`?")
        if fault.span is not None:
            fault = replace(fault, fix=Fix(fault.span, meant))
    return fault


def _names(named: NamedCall, known: Known) -> Iterator[Diagnostic]:
    """Yield what is wrong with the names of arguments."""
    role, call = named.role, named.call
    everything = (*known.needs, *known.takes)
    for name in call.arguments:
        if name in everything:
            if (version := lacking(role, known.bounds.get(name))) is not None:
                fact = f"{call.name} of {package_of(role)} {version} takes no `{name}`"
                help = known.bounds[name].in_words(package_of(role))
                yield named.fault("bad-argument", fact, help, name)
            continue
        near = suggest(name, everything, FIELDS)
        meant = next((n for n in near.names if is_certain(name, n)), None)
        fact = f"{call.name} takes no `{shorten(name)}` here"
        listed = ", ".join(ticked(everything))
        help = near.help or (f"it takes {listed}" if listed else "it takes no arguments")
        if is_withheld := name in WITHHELD[role]:
            help = "leave it out: it is the trainer's own, or nothing that a spec can hold"
        is_error = is_withheld or meant is not None or unlisted(role)[1]
        found = named.fault("bad-argument" if is_error else "unknown-argument", fact, help, name)
        fault = found if is_error else replace(found, severity="warning")
        if meant is not None and fault.span is not None and meant not in call.arguments:
            fault = replace(fault, help=f"did you mean `{meant}`?", fix=Fix(fault.span, meant))
        yield fault
    guesses = (suggest(given, known.needs, FIELDS).names for given in call.arguments)
    possible = {name for names in guesses for name in names}
    missing = [name for name in known.needs if name not in call.arguments and name not in possible]
    if missing:
        example = ", ".join(f"{name}: …" for name in missing)
        fact = f"{call.name} needs {' and '.join(ticked(missing))}"
        yield named.fault("missing-argument", fact, f"write `{call.name}: {{{example}}}`")


def _value(named: NamedCall, argument: str, fault: FieldFault) -> Diagnostic:
    span = named.place(*named.path, named.call.name, argument, *fault.path)
    fact, help = f"`{argument}` of {named.call.name}: {fault.message}", fault.help
    value = named.call.arguments[argument]
    if argument in ("fill", "value") and isinstance(value, int | float) and 1 < value <= 255:
        help = f"write {value / 255:.3g}: images run from 0 to 1"
    return Diagnostic(fault.code, fact, span, help)


def _together(named: NamedCall, given: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Yield what arguments have against each other."""
    call = named.call

    def refused(argument: str, fact: str, help: str) -> Diagnostic:
        return named.fault("bad-argument", f"{call.name}: {fact}", help, argument)

    if given.get("nesterov") and call.name == "SGD":
        if not given.get("momentum"):
            yield refused("nesterov", "`nesterov` needs a momentum", "add `momentum: 0.9`")
        elif given.get("dampening"):
            yield refused("dampening", "`nesterov` takes no dampening", "leave it out")
    if given.get("fused") and given.get("foreach"):
        yield refused("foreach", "`fused` and `foreach` exclude each other", "leave one out")
    if call.name == "OneCycleLR":
        lengths = [name for name in ("epochs", "steps_per_epoch") if given.get(name) is not None]
        if given.get("total_steps") is None and len(lengths) == 1:
            yield refused(
                lengths[0],
                f"`{lengths[0]}` alone is no number of steps",
                "leave it out, and the number of steps is filled in",
            )
        if given.get("three_phase") and given.get("pct_start", 0.3) > 0.5:
            yield refused(
                "pct_start",
                f"three phases, and two of them take {given['pct_start']:g} of the steps each",
                "write at most 0.5",
            )
    bins = given.get("num_magnitude_bins", 31)
    if call.name == "RandAugment" and given.get("magnitude", 9) >= bins:
        yield refused("magnitude", f"`magnitude` is not below {bins} bins", f"write {bins - 1}")
    shear = given.get("shear")
    if isinstance(shear, tuple) and any(shear[i] > shear[i + 1] for i in range(0, len(shear), 2)):
        yield refused("shear", "`shear` runs from more to less", "write the smaller one first")
