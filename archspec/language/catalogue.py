"""What is known of the classes of torch and torchvision without importing them.

catalogue.txt is made of one version of both; `archspec train` asks the installed ones, and has the
last word. So what is said here are warnings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from archspec.diagnostics import Diagnostic, Fix, Span
from archspec.language import tree
from archspec.language.model import Spec
from archspec.language.sections import Call
from archspec.layers.fields import shorten
from archspec.layers.synonyms import FIELDS, fold, suggest

FILE = Path(__file__).with_name("catalogue.txt")
TRAIN_DECIDES = "if your version is newer, `archspec train` asks it"
OF_TORCHVISION = ("transform", "dataset")


class Known(NamedTuple):
    """The arguments of a class: those that have no default, and the others."""

    needs: tuple[str, ...]
    takes: tuple[str, ...]


class Catalogue(NamedTuple):
    """Role (optimizer, scheduler, loss, transform, dataset) → name → arguments; and of what."""

    versions: Mapping[str, str]
    classes: Mapping[str, Mapping[str, Known]]


class _Named(NamedTuple):
    """A class as a spec names it: its role in the catalogue, the call, and what is written."""

    role: str
    call: Call
    node: tree.Node


def check_names(spec: Spec) -> tuple[Diagnostic, ...]:
    """Return a warning for each class and argument that the catalogue does not know.

    Codes: `unknown-name`, `unknown-argument`, `missing-argument`. A fix is offered for what differs
    in case, in the order of letters, or is a well-known other name.
    """
    return tuple(found for named in _named(spec) for found in _check(named))


def _named(spec: Spec) -> Iterator[_Named]:
    data, train = spec.data, spec.train
    written = spec.tree.child("data")
    if data is not None and written is not None:
        if (node := written.child("dataset")) is not None:
            yield _Named("dataset", Call(data.dataset, {}), node)
        for key, calls in (("prepare", data.prepare), ("augment", data.augment)):
            for index, call in enumerate(calls):
                items = written.child(key)
                if items is not None and (node := items.child(index)) is not None:
                    yield _Named("transform", call, node)
    written = spec.tree.child("train")
    if train is not None and written is not None:
        for role, one in (
            ("optimizer", train.optimizer),
            ("scheduler", train.scheduler),
            ("loss", train.loss),
        ):
            if one is not None and (node := written.child(role)) is not None:
                yield _Named(role, one, node)


def _check(named: _Named) -> Iterator[Diagnostic]:
    role, call, node = named.role, named.call, named.node
    catalogue = read_catalogue()
    known = catalogue.classes[role]
    place = node.key_place(call.name) if isinstance(node, tree.Mapping) else node.span
    if call.name not in known:
        package = "torchvision" if role in OF_TORCHVISION else "torch"
        fact = (
            f"{package} {catalogue.versions[package]} has no {role} called `{shorten(call.name)}`"
        )
        if role == "dataset":
            fact = f"no data set called `{shorten(call.name)}` is offered"
        yield _unknown("unknown-name", fact, place, call.name, list(known))
        return
    needs, takes = known[call.name]
    given = node.child(call.name)
    for argument in call.arguments:
        if argument not in needs and argument not in takes and isinstance(given, tree.Mapping):
            fact = f"{call.name} takes no `{shorten(argument)}`"
            where = given.key_place(argument)
            yield _unknown("unknown-argument", fact, where, argument, [*needs, *takes])
    possible = {name for given in call.arguments for name in suggest(given, needs, FIELDS).names}
    missing = [name for name in needs if name not in call.arguments and name not in possible]
    if missing:
        listed = " and ".join(f"`{name}`" for name in missing)
        example = ", ".join(f"{name}: …" for name in missing)
        fact, help = f"{call.name} needs {listed}", f"write `{call.name}: {{{example}}}`"
        yield Diagnostic("missing-argument", fact, place, help, "warning")


def _unknown(code: str, fact: str, place: Span, name: str, known: list[str]) -> Diagnostic:
    near = suggest(name, known, FIELDS)
    meant = next((n for n in near.names if is_certain(name, n)), None)
    if meant is not None:
        help = f"did you mean `{meant}`?"
        return Diagnostic(code, fact, place, help, "warning", fix=Fix(place, meant))
    return Diagnostic(code, fact, place, near.help or TRAIN_DECIDES, "warning")


def is_certain(name: str, known: str) -> bool:
    """Say whether a name is another for certain: newer versions have names much like older ones."""
    one, other = fold(name), fold(known)
    return one == other or FIELDS.get(one) == known or sorted(one) == sorted(other)


@cache
def read_catalogue() -> Catalogue:
    """Return what catalogue.txt says: a class a line, `step_size!` for an argument it needs."""
    versions: dict[str, str] = {}
    classes: dict[str, dict[str, Known]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        role, name, *arguments = line.split()
        if role in ("torch", "torchvision"):
            versions[role] = name
            continue
        needs = tuple(a[:-1] for a in arguments if a.endswith("!"))
        takes = tuple(a for a in arguments if not a.endswith("!"))
        classes.setdefault(role, {})[name] = Known(needs, takes)
    return Catalogue(versions, classes)
