"""A path → a Spec, with every fault of the file in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from archspec.diagnostics import Diagnostic, Fix, Source, Span, did_you_mean, in_order, nearest
from archspec.layers import Shape
from archspec.layers.fields import FieldFault, Integer, ListOf, describe_value, read_fields
from archspec.spec import tree
from archspec.spec.demands import read_claims, read_targets
from archspec.spec.entries import read_defaults, read_entries
from archspec.spec.extends import Reader
from archspec.spec.faults import locate
from archspec.spec.merge import apply_override
from archspec.spec.model import Entry, Spec
from archspec.spec.sections import Data, Train

FORMAT = 1
KEYS = {
    "archspec": "format version of this file: 1",
    "title": "one line on the network, for reports",
    "extends": "path of one parent file; what stands here comes over it",
    "edit": "changes to inherited layers, by id: set, replace, before, after, remove",
    "input": "shape without batch: channels, height, width (or channels, length; or features)",
    "defaults": "fields for every entry of a kind; an entry's own fields win",
    "layers": "the network, from input to output",
    "data": "where the images come from, and what happens to them",
    "train": "how the network is trained",
    "targets": "what is demanded of the network",
    "claims": "what someone published of it",
    "notes": "words for the report",
}
"""Every top-level key, with one sentence for the schema and the reference."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading: a Spec (None when too little could be read) and all faults, by place."""

    spec: Spec | None
    diagnostics: tuple[Diagnostic, ...]
    sources: tuple[Source, ...]


def read_spec(path: Path, overrides: Sequence[str] = ()) -> Reading:
    """Read a spec file with its parents and `KEY=VALUE` overrides."""
    reader = Reader()
    root = reader.read(path)
    return _finish(reader, root, path, path.stem, overrides)


def read_text(text: str, *, name: str = "spec.yaml", folder: Path | None = None) -> Reading:
    """Read a spec from a text; `folder` is where its relative paths start (here, by default)."""
    reader = Reader()
    root = reader.read_text(Source(name, text), folder or Path())
    return _finish(reader, root, None, Path(name).stem, ())


def _finish(
    reader: Reader,
    root: tree.Mapping | None,
    path: Path | None,
    name: str,
    overrides: Sequence[str],
) -> Reading:
    faults = reader.faults
    spec = None
    if root is not None:
        for override in overrides:
            root, found = apply_override(root, override)
            faults.extend(found)
        spec = _spec(reader, root, path, name)
    return Reading(spec, in_order(faults), tuple(reader.sources))


def _spec(reader: Reader, root: tree.Mapping, path: Path | None, name: str) -> Spec | None:
    faults = reader.faults
    # A key that is not there is reported at the file's first line.
    origin = Span(reader.sources[0], 1, 1, 1, 2)
    for key in root.entries:
        if key not in KEYS:
            span, near = root.key_place(key), nearest(key, KEYS)
            help = did_you_mean(key, KEYS) or f"the keys are {', '.join(KEYS)}"
            fix = Fix(span, near[0]) if len(near) == 1 else None
            faults.append(Diagnostic("unknown-key", f"unknown key `{key}`", span, help, fix=fix))
    _check_format(root, origin, faults)
    defaults = read_defaults(root.child("defaults"), faults)
    folders = reader.folders

    def folder_of(span: Span) -> Path:
        return folders.get(span.source.name, Path())

    data = _section(Data, "data", root, faults)
    train = _section(Train, "train", root, faults)
    targets = read_targets(root.child("targets"), faults)
    claims = read_claims(root.child("claims"), folder_of, faults)
    input = _input(root, origin, faults)
    layers = _layers(root, origin, defaults, faults)
    title = _title(root, faults)
    notes = _notes(root, faults)
    if input is None or layers is None:
        return None
    sources = tuple(reader.sources)
    return Spec(
        path, name, title, input, layers, data, train, targets, claims, notes, root, sources
    )


def _check_format(root: tree.Mapping, origin: Span, faults: list[Diagnostic]) -> None:
    node = root.child("archspec")
    if node is None:
        help = "begin the file with `archspec: 1`"
        faults.append(Diagnostic("missing-key", "the key `archspec` is missing", origin, help))
    elif node.plain() != FORMAT or isinstance(node.plain(), bool):
        newer = isinstance(node.plain(), int) and node.plain() > FORMAT
        help = "a newer archspec reads it" if newer else "write `archspec: 1`"
        fact = f"expected format version {FORMAT}, got {describe_value(node.plain())}"
        faults.append(Diagnostic("unknown-format", fact, node.span, help))


def _input(root: tree.Mapping, origin: Span, faults: list[Diagnostic]) -> Shape | None:
    node = root.child("input")
    if node is None:
        help = "add `input: [1, 28, 28]` (channels, height, width)"
        faults.append(Diagnostic("missing-key", "the key `input` is missing", origin, help))
        return None
    try:
        shape: Shape = ListOf(Integer(), 1, 4).read(node.plain())
    except FieldFault as fault:
        located = locate(fault, node, node.span)
        help = located.help or "write `input: [1, 28, 28]` (channels, height, width)"
        faults.append(Diagnostic(located.code, located.message, located.span, help))
        return None
    return shape


def _layers(
    root: tree.Mapping,
    origin: Span,
    defaults: dict[str, tree.Mapping],
    faults: list[Diagnostic],
) -> tuple[Entry, ...] | None:
    node = root.child("layers")
    if node is None:
        help = "add `layers:` with one line for each layer"
        faults.append(Diagnostic("missing-key", "the key `layers` is missing", origin, help))
        return None
    if not isinstance(node, tree.Sequence):
        fact = f"expected a list of layers, got {describe_value(node.plain())}"
        help = "write each layer on a line of its own, with `- ` before it"
        faults.append(Diagnostic("wrong-type", fact, root.place("layers"), help))
        return None
    if not node.items:
        help = "add a layer, such as `- conv: {out_channels: 8, kernel_size: 3}`"
        faults.append(Diagnostic("no-layers", "the layer list is empty", node.span, help))
        return None
    return read_entries(node.items, defaults, faults)


def _section(owner: type[T], key: str, root: tree.Mapping, faults: list[Diagnostic]) -> T | None:
    node = root.child(key)
    if node is None:
        return None
    place = root.key_place(key)
    if not isinstance(node, tree.Mapping):
        fact = f"expected the fields of `{key}`, got {describe_value(node.plain())}"
        names = ", ".join(list(owner.__dataclass_fields__)[:3])  # type: ignore[attr-defined]
        faults.append(Diagnostic("wrong-type", fact, node.span, f"its fields are {names}, …"))
        return None
    read, found = read_fields(owner, node.plain())
    known = tuple(owner.__dataclass_fields__)  # type: ignore[attr-defined]
    faults.extend(locate(fault, node, place, known) for fault in found)
    return None if found else owner(**read)


def _title(root: tree.Mapping, faults: list[Diagnostic]) -> str | None:
    node = root.child("title")
    value = node.plain() if node is not None else None
    if node is not None and value is not None and not isinstance(value, str):
        fact = f"expected a text, got {describe_value(value)}"
        faults.append(Diagnostic("wrong-type", fact, node.span, "write it in quotes"))
        return None
    return value


def _notes(root: tree.Mapping, faults: list[Diagnostic]) -> dict[str, Any]:
    node = root.child("notes")
    if node is None:
        return {}
    if not isinstance(node, tree.Mapping):
        fact = f"expected notes by name, got {describe_value(node.plain())}"
        faults.append(Diagnostic("wrong-type", fact, node.span, "write `notes: {analysis: …}`"))
        return {}
    for name, value in node:
        if not isinstance(value.plain(), str):
            fact = f"expected a text, got {describe_value(value.plain())}"
            faults.append(Diagnostic("wrong-type", fact, node.place(name), "write it in quotes"))
    notes: dict[str, Any] = node.plain()
    return notes


__all__ = ["FORMAT", "KEYS", "Reading", "read_spec", "read_text"]
