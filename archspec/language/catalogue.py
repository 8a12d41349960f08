"""What is known of the classes of torch and torchvision without importing them.

catalogue.txt is made of a few versions of both; `archspec train` asks the installed ones, and has
the last word. So what is said here are warnings.
"""

from __future__ import annotations

import re
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


class Bounds(NamedTuple):
    """The versions that have a name: none up to `after`, none from `before` on."""

    after: str = ""
    before: str = ""

    def exclude(self, version: str) -> bool:
        """Say whether a version is known to lack the name; between two known ones nothing is."""
        number = number_of(version)
        return bool(
            (self.after and number <= number_of(self.after))
            or (self.before and number >= number_of(self.before))
        )

    def in_words(self, package: str) -> str:
        """Return which versions have the name."""
        after = f"newer than {self.after}" if self.after else ""
        before = f"older than {self.before}" if self.before else ""
        return f"it needs a {package} {' and '.join(filter(None, (after, before)))}"


class Known(NamedTuple):
    """The arguments of a class: those that have no default, and the others.

    bounds: of the class and of arguments, by their names, where not every known version has them.
    """

    needs: tuple[str, ...]
    takes: tuple[str, ...]
    bounds: Mapping[str, Bounds]


class Catalogue(NamedTuple):
    """Role (optimizer, scheduler, loss, transform, dataset) → name → arguments; and of what.

    versions: package → the known ones, oldest first.
    """

    versions: Mapping[str, tuple[str, ...]]
    classes: Mapping[str, Mapping[str, Known]]


class _Named(NamedTuple):
    """A class as a spec names it: its role in the catalogue, the call, and what is written."""

    role: str
    call: Call
    node: tree.Node


def check_names(spec: Spec) -> tuple[Diagnostic, ...]:
    """Return a warning for each class and argument that the catalogue does not know.

    Codes: `unknown-name`, `unknown-argument`, `missing-argument`. A fix is offered for what differs
    in case, in the order of letters, or is a well-known other name. Where torch is installed, what
    only other versions have is not known.
    """
    return tuple(found for named in _named(spec) for found in _check(named))


def wanted_version(role: str, name: str, argument: str = "") -> str | None:
    """Return in words which versions have a class, or its argument; None where nothing is known."""
    known = read_catalogue().classes[role].get(name)
    bounds = known.bounds.get(argument or name) if known else None
    return bounds.in_words(package_of(role)) if bounds else None


def package_of(role: str) -> str:
    """Return the package that the classes of a role come from."""
    return "torchvision" if role in OF_TORCHVISION else "torch"


def number_of(version: str) -> tuple[int, ...]:
    """Return a version as numbers that compare: 2.14.1+cpu is (2, 14, 1)."""
    return tuple(map(int, re.findall(r"\d+", version.partition("+")[0])[:3]))


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
    package = package_of(role)
    place = node.key_place(call.name) if isinstance(node, tree.Mapping) else node.span
    if call.name not in known:
        newest = catalogue.versions[package][-1]
        fact = f"{package} {newest} has no {role} called `{shorten(call.name)}`"
        if role == "dataset":
            fact = f"no data set called `{shorten(call.name)}` is offered"
        yield _unknown("unknown-name", fact, place, call.name, list(known))
        return
    needs, takes, bounds = known[call.name]
    if (lacking := _lacking(package, bounds.get(call.name))) is not None:
        fact = f"{package} {lacking} has no {role} called `{call.name}`"
        help = bounds[call.name].in_words(package)
        yield Diagnostic("unknown-name", fact, place, help, "warning")
        return
    given = node.child(call.name)
    for argument in call.arguments:
        if not isinstance(given, tree.Mapping):
            break
        where = given.key_place(argument)
        if argument not in needs and argument not in takes:
            fact = f"{call.name} takes no `{shorten(argument)}`"
            yield _unknown("unknown-argument", fact, where, argument, [*needs, *takes])
        elif (lacking := _lacking(package, bounds.get(argument))) is not None:
            fact = f"{call.name} of {package} {lacking} takes no `{argument}`"
            help = bounds[argument].in_words(package)
            yield Diagnostic("unknown-argument", fact, where, help, "warning")
    possible = {name for given in call.arguments for name in suggest(given, needs, FIELDS).names}
    missing = [name for name in needs if name not in call.arguments and name not in possible]
    if missing:
        listed = " and ".join(f"`{name}`" for name in missing)
        example = ", ".join(f"{name}: …" for name in missing)
        fact, help = f"{call.name} needs {listed}", f"write `{call.name}: {{{example}}}`"
        yield Diagnostic("missing-argument", fact, place, help, "warning")


def _lacking(package: str, bounds: Bounds | None) -> str | None:
    """Return the installed version when it is known to lack a name with these bounds."""
    if bounds is None:
        return None
    from importlib import metadata  # needed by few specs, and slow to import

    try:
        installed = metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
    return installed.partition("+")[0] if bounds.exclude(installed) else None


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
    """Return what catalogue.txt says, a class a line.

    `step_size!` is an argument that it needs, `Muon>2.6.0` came after that version, and
    `verbose<2.14.1` was gone by that one.
    """
    versions: dict[str, tuple[str, ...]] = {}
    classes: dict[str, dict[str, Known]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        role, *words = line.split()
        if role in ("torch", "torchvision"):
            versions[role] = tuple(words)
            continue
        bounds = {}
        for index, word in enumerate(words):
            if "<" in word or ">" in word:
                rest, _, before = word.partition("<")
                words[index], _, after = rest.partition(">")
                bounds[words[index].rstrip("!")] = Bounds(after, before)
        name, *arguments = words
        needs = tuple(a[:-1] for a in arguments if a.endswith("!"))
        takes = tuple(a for a in arguments if not a.endswith("!"))
        classes.setdefault(role, {})[name] = Known(needs, takes, bounds)
    return Catalogue(versions, classes)
