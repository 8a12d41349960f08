"""Layers that other distributions bring, by entry points of the group `archspec.layers`.

Nothing here runs unless someone asks, with `--plugins` or `plugins=True`: a spec alone never makes
code run. importlib.metadata is slow to import, so that is done where it is needed.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from archspec.diagnostics import Diagnostic, UsageError
from archspec.layers import REGISTRY, Layer
from archspec.layers.fields import describe_value, shorten
from archspec.values import dataclass

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "archspec.layers"
KIND = re.compile(r"[a-z][a-z0-9_]*")
LABEL = re.compile(r"[A-Z][A-Za-z0-9]*")
LEAVE_OUT = "repair or uninstall it; without `--plugins` it is left alone"


@dataclass(frozen=True, slots=True)
class Plugin:
    """An entry point that is installed: its name, and the distribution that brings it."""

    entry_point: EntryPoint
    distribution: str

    @property
    def words(self) -> str:
        """Return it as messages name it."""
        return f"plug-in `{shorten(self.entry_point.name)}` of {shorten(self.distribution)}"


def load_plugins(reserved: Collection[str] = ()) -> tuple[str, ...]:
    """Import every installed plug-in and register its layers; return the kinds that are new.

    reserved: names of other entries, which no kind or label may take. Raises UsageError with a
    diagnostic for everything that cannot be used; nothing is registered then.
    """
    faults: list[Diagnostic] = []
    taken = {_folded(name): "archspec" for name in reserved}
    for kind, known in REGISTRY.items():
        if kind not in REGISTRY.added:
            taken |= {_folded(kind): "archspec", _folded(known.label): "archspec"}
    layers: list[Any] = []
    for plugin in find_plugins():
        for layer in _import(plugin, faults):
            if any(layer is known for known in layers):
                continue  # named by two entry points
            found = list(_faults(layer))
            if not found:
                names = dict.fromkeys((_folded(layer.kind), _folded(layer.label)))
                found = [_taken(layer, taken[name]) for name in names if name in taken][:1]
                taken |= dict.fromkeys(names, plugin.distribution)
            for fact, help in found:
                faults.append(Diagnostic("bad-plugin", f"{plugin.words} {fact}", None, help))
            if not found:
                layers.append(layer)
    if faults:
        raise UsageError(faults)
    return tuple(layer.kind for layer in layers if REGISTRY.add(layer))


def find_plugins() -> tuple[Plugin, ...]:
    """Return what is installed, by its names; nothing of it is imported. Raises UsageError."""
    from importlib import metadata

    try:
        found = {(point.name, point.value): point for point in metadata.entry_points(group=GROUP)}
        return tuple(Plugin(found[key], _distribution(found[key])) for key in sorted(found))
    except Exception as error:  # of files that an installer wrote and something spoilt
        fact = f"the entry points of what is installed cannot be read: {_in_a_line(error)}"
        raise UsageError([Diagnostic("bad-plugin", fact, None, LEAVE_OUT)]) from None


def hint(kind: str, near: str | None) -> str | None:
    """Return how an unknown kind may be had from plug-ins that were not asked for.

    near: the help by a name that is known; without a plug-in of this very name, it comes first.
    """
    if REGISTRY.added:
        return None
    installed = _installed()
    if kind in installed:
        return f"{installed[kind]} has a plug-in of this name: add `--plugins`"
    if near or not installed:
        return None
    names = list(dict.fromkeys(installed.values()))
    more = " and others" if len(names) > 2 else ""
    return f"the plug-ins of {', '.join(names[:2])}{more} may have it: add `--plugins`"


def are_off() -> bool:
    """Say whether plug-ins are installed that nobody asked for."""
    return not REGISTRY.added and bool(_installed())


@cache
def _installed() -> dict[str, str]:
    """Return the name of each entry point and its distribution; nothing when they are spoilt."""
    try:
        return {plugin.entry_point.name: plugin.distribution for plugin in find_plugins()}
    except UsageError:
        return {}


def _distribution(point: EntryPoint) -> str:
    """Return the distribution's name and version, as far as they are written down."""
    try:
        described = point.dist.metadata if point.dist is not None else None
        parts = [described[key] for key in ("Name", "Version")] if described is not None else []
    except Exception:  # the rest of it can be used all the same
        parts = []
    return " ".join(part for part in parts if part) or "an unnamed distribution"


def _import(plugin: Plugin, faults: list[Diagnostic]) -> Sequence[Any]:
    try:
        found = plugin.entry_point.load()
    except (Exception, SystemExit) as error:
        fact = f"{plugin.words} cannot be imported: {_in_a_line(error)}"
        faults.append(Diagnostic("broken-plugin", fact, None, LEAVE_OUT))
        return ()
    return found if isinstance(found, list | tuple) else (found,)


def _faults(layer: Any) -> Iterator[tuple[str, str]]:
    """Yield what keeps a value from being a layer, and the cure."""
    if not isinstance(layer, type) or not issubclass(layer, Layer):
        shown = layer.__name__ if isinstance(layer, type) else describe_value(layer)
        help = "let the entry point name a subclass of archspec.layers.Layer, or a list of them"
        yield f"gives {shorten(' '.join(shown.split()))}, which is no layer class", help
        return
    name = f"`{shorten(layer.__name__)}`"
    parameters = vars(layer).get("__dataclass_params__")
    if parameters is None or not parameters.frozen:
        yield (
            f"has {name}, which is no frozen dataclass",
            "write `@dataclass(frozen=True)` above it",
        )
        return
    missing = sorted(getattr(layer, "__abstractmethods__", ()))
    if missing:
        help = f"write {', '.join(missing)}"
        yield f"has {name}, which does not answer {shorten(', '.join(missing))}", help
    owner: Any = layer
    fields = {field.name: field.metadata for field in dataclasses.fields(owner)}
    for field, metadata in fields.items():
        if not {"type", "doc"} <= metadata.keys() or field == "id":
            help = "declare it by archspec.layers.fields.field, under a name other than `id`"
            yield f"has {name}, whose field `{shorten(field)}` cannot be written in YAML", help
    for attribute, pattern, example in (("kind", KIND, "hard_shrink"), ("label", LABEL, "Shrink")):
        word = getattr(layer, attribute, None)
        if not isinstance(word, str) or not pattern.fullmatch(word):
            help = f'write `{attribute}: ClassVar[str] = "{example}"`'
            yield f"has {name}, whose {attribute} is {describe_value(word)}", help
    if layer.shorthand is not None and layer.shorthand not in fields:
        help = "let it be the name of a field, or None"
        yield f"has {name}, whose shorthand is {describe_value(layer.shorthand)}", help


def _taken(layer: type[Layer], owner: str) -> tuple[str, str]:
    fact = (
        f"has the kind `{shorten(layer.kind)}`, `{shorten(layer.label)}` in tables, as {owner} has"
    )
    return fact, "give it a kind and a label of its own, such as those with its package's name"


def _folded(name: str) -> str:
    """Return a kind or label as ids have it, where `Hard_Shrink` and `hardshrink` are too near."""
    return name.lower().replace("_", "").replace("-", "")


def _in_a_line(error: BaseException) -> str:
    """Return an exception as its last line in a traceback would be, cut to fit."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words[:80]}" if words else type(error).__name__
