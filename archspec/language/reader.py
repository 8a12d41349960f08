"""A path → a Spec, with every fault of the file in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from archspec.diagnostics import Diagnostic, Fix, Source, Span, in_order
from archspec.language import tree
from archspec.language.blocks import block_parameters, read_blocks
from archspec.language.defaults import read_defaults
from archspec.language.demands import read_claims, read_targets
from archspec.language.entries import Writer
from archspec.language.expressions import Value, substitute
from archspec.language.extends import Reader
from archspec.language.faults import (
    MOST_ECHOES,
    MOST_FAULTS,
    TooManyFaults,
    fix_name,
    locate,
    with_character_named,
    without_echoes,
)
from archspec.language.forms import known_forms
from archspec.language.merge import apply_override, is_null
from archspec.language.model import Item, Spec
from archspec.language.parameters import read_parameters, unused_parameters, with_types_kept
from archspec.language.sections import Data, Train
from archspec.layers import Shape
from archspec.layers.fields import (
    FieldFault,
    Integer,
    ListOf,
    describe_value,
    read_fields,
    shorten,
)
from archspec.layers.synonyms import suggest

FORMAT = 1
KEYS = {
    "archspec": "format version of this file: 1",
    "title": "one line on the network, for reports",
    "extends": "path of one parent file; what stands here comes over it",
    "edit": "changes to inherited layers, by id: set, replace, before, after, remove",
    "input": "shape without batch: channels, height, width (or channels, length; or features)",
    "parameters": "values that the layers mention as $name; what a family's members differ in",
    "blocks": "layer lists with a name and typed parameters, used like a kind",
    "defaults": "fields for every entry of a kind; an entry's own fields win",
    "layers": "the network, from input to output",
    "data": "where the images come from, and what happens to them",
    "train": "how the network is trained",
    "targets": "what is demanded of the network",
    "claims": "what someone published of it",
    "notes": "words for the report",
    "lint": "warnings that this spec may have: the code of each, and the reason",
}
"""Every top-level key, with one sentence for the schema and the reference."""
T = TypeVar("T", Data, Train)


class Reading(NamedTuple):
    """What came of reading: a Spec, None when too little could be read, and all faults by place."""

    spec: Spec | None
    diagnostics: tuple[Diagnostic, ...]
    sources: tuple[Source, ...]


def read_spec(
    path: Path, overrides: Sequence[str] = (), unsaved: Mapping[Path, str] | None = None
) -> Reading:
    """Read a spec file with its parents and `KEY=VALUE` overrides.

    unsaved: texts that stand in for what lies on the disk, by the file behind links.
    """
    return _read(path, path.stem, overrides, unsaved=unsaved)


def read_recorded(
    sources: Sequence[Source], name: str = "spec", overrides: Sequence[str] = ()
) -> Reading:
    """Read a spec from kept texts, no file: its own, then each parent's, as Spec.sources has them.

    Paths of claims are resolved from the names of the texts, and may lead nowhere any more.
    """
    path = Path(sources[0].name if sources else name)
    return _read(path, name, overrides, recorded=list(sources))


def read_text(
    text: str | Mapping[str, Any],
    overrides: Sequence[str] = (),
    *,
    name: str = "spec.yaml",
    folder: Path | None = None,
) -> Reading:
    """Read a spec from a text, or from a mapping, whose faults name the key path.

    folder: where its relative paths start (here, by default).
    """
    if isinstance(text, str):
        return _read((Source(name, text), folder or Path()), Path(name).stem, overrides)
    from archspec.language.written_mapping import write_mapping

    source, foreign = write_mapping(text, name)
    reading = _read((source, folder or Path()), Path(name).stem, overrides)
    told = {fault.span.line for fault in foreign if fault.span}
    # A null stands where YAML has no word, and is not missed as well.
    others = (d for d in reading.diagnostics if not (d.span and d.span.line in told))
    return reading._replace(diagnostics=in_order((*foreign, *others)))


def _read(
    path: Path | tuple[Source, Path],
    name: str,
    overrides: Sequence[str],
    recorded: list[Source] | None = None,
    unsaved: Mapping[Path, str] | None = None,
) -> Reading:
    reader = Reader(recorded=recorded, unsaved=unsaved or {})
    spec = None
    try:
        root = reader.read(path) if isinstance(path, Path) else reader.read_text(*path)
        if root is not None:
            for override in overrides:
                root = _overridden(root, override, reader.faults)
            spec = _spec(reader, root, path if isinstance(path, Path) else None, name)
        found = list(reader.faults)
    except TooManyFaults:
        more = f"more than {MOST_FAULTS} faults: reading stops here"
        if len(without_echoes(reader.faults)) < MOST_FAULTS:
            more = f"the same faults more than {MOST_ECHOES:,} times: reading stops here"
        help = "cure the first ones, and check again"
        place = reader.faults[-1].span
        found = [*reader.faults, Diagnostic("too-many-faults", more, place, help)]
    if reader.misses_parent:
        # What is not here may stand in the parent that could not be read.
        spec, found = None, [f for f in found if f.code not in ("missing-key", "missing-field")]
    if reader.is_half_edited:
        spec = None
    found = [with_character_named(fault) for fault in without_echoes(found)]
    return Reading(spec, in_order(found), tuple(reader.sources))


def _overridden(root: tree.Mapping, override: str, faults: list[Diagnostic]) -> tree.Mapping:
    before = root.child("parameters")
    root, found = apply_override(root, override)
    faults.extend(found)
    if before is None or "parameters" not in root.entries:
        return root
    key, given = root.entries["parameters"]
    kept = with_types_kept(before, given, faults)
    return tree.Mapping({**root.entries, "parameters": (key, kept)}, root.span)


def _spec(reader: Reader, root: tree.Mapping, path: Path | None, name: str) -> Spec | None:
    faults = reader.faults
    # A key that is not there is reported at the file's first line.
    origin = Span(reader.sources[0], 1, 1, 1, 2)
    is_newer = _check_format(root, origin, faults)
    if is_newer:
        return None
    root, misspelt = _known_keys(root, faults)
    parameters = read_parameters(root.child("parameters"), faults)
    defaults = read_defaults(root.child("defaults"), parameters, faults)
    blocks = read_blocks(root.child("blocks"), faults)
    forms = known_forms(block_parameters(root.child("blocks")))
    places = {name: root.place("parameters", name) for name in parameters}
    writer = Writer(forms, blocks, defaults, parameters, places, faults)
    folders = reader.folders

    def folder_of(span: Span) -> Path:
        return folders.get(span.source.name, Path())

    data = _section(Data, "data", root, faults)
    train = _section(Train, "train", root, faults)
    targets = read_targets(root.child("targets"), faults)
    claims = read_claims(root.child("claims"), folder_of, faults)
    input = None if "input" in misspelt else _input(root, origin, parameters, faults)
    layers = None if "layers" in misspelt else _layers(root, origin, writer)
    title = _title(root, faults)
    notes = _notes(root, faults)
    allowed = _allowed(root, faults)
    # An unused parameter may be what is meant by an unknown one, or stand where nobody looked.
    is_unknown = any(fault.code == "unknown-parameter" for fault in faults)
    if layers is not None and not misspelt and not is_unknown:
        faults.extend(unused_parameters(root, reader.sources[1:]))
    if input is None or layers is None:
        return None
    sources = tuple(reader.sources)
    return Spec(
        path,
        name,
        title,
        input,
        layers,
        data,
        train,
        targets,
        claims,
        notes,
        root,
        sources,
        allowed,
    )


def _known_keys(
    root: tree.Mapping, faults: list[Diagnostic]
) -> tuple[tree.Mapping, frozenset[str]]:
    """Return the tree with misspelt keys put right where that is certain, and what others may mean.

    A key that an unknown one may mean is not missed as well.
    """
    entries = dict(root.entries)
    possible: set[str] = set()
    for key in [key for key in root.entries if key not in KEYS]:
        span, near = root.key_place(key), suggest(key, KEYS)
        entry = entries.pop(key)
        help, fix = (
            near.help or "the keys are `input`, `layers`, `train` and others",
            fix_name(span, near),
        )
        if near.replacement in root.entries:
            help, fix = f"`{near.replacement}` is given already: remove one of the two", None
        elif near.replacement and not is_null(entry[1]):
            entries[near.replacement] = entry
        fact = f"unknown key `{shorten(key)}`"
        faults.append(Diagnostic("unknown-key", fact, span, help, fix=fix))
        possible.update(near.names)
    return tree.Mapping(entries, root.span), frozenset(possible - entries.keys())


def _check_format(root: tree.Mapping, origin: Span, faults: list[Diagnostic]) -> bool:
    """Return whether the file says that it is of a newer format, of which nothing is known."""
    node = root.child("archspec")
    if node is None:
        if not any("archspec" in suggest(key, ("archspec",)).names for key in root.entries):
            help = "begin the file with `archspec: 1`"
            faults.append(Diagnostic("missing-key", "the key `archspec` is missing", origin, help))
        return False
    value = node.plain()
    if value == FORMAT and not isinstance(value, bool):
        return False
    newer = isinstance(value, int) and value > FORMAT
    help = "a newer archspec reads it" if newer else "write `archspec: 1`"
    fact = f"expected format version {FORMAT}, got {describe_value(value)}"
    faults.append(Diagnostic("unknown-format", fact, node.span, help))
    return newer


def _input(
    root: tree.Mapping, origin: Span, names: Mapping[str, Value], faults: list[Diagnostic]
) -> Shape | None:
    node = root.child("input")
    if node is None:
        help = "add `input: [1, 28, 28]` (channels, height, width)"
        faults.append(Diagnostic("missing-key", "the key `input` is missing", origin, help))
        return None
    node = substitute(node, names, faults)
    if node is None:
        return None
    try:
        shape: Shape = ListOf(Integer(), 1, 4).read(node.plain())
    except FieldFault as fault:
        for one in fault.each():
            if not one.path or one.help is None:
                one.help = "write `input: [1, 28, 28]` (channels, height, width)"
            faults.append(locate(one, node, node.span))
        return None
    return shape


def _layers(root: tree.Mapping, origin: Span, writer: Writer) -> tuple[Item, ...] | None:
    node, faults = root.child("layers"), writer.faults
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
    return writer.network(node.items)


def _section(owner: type[T], key: str, root: tree.Mapping, faults: list[Diagnostic]) -> T | None:
    node = root.child(key)
    if node is None:
        return None
    place = root.key_place(key)
    if not isinstance(node, tree.Mapping):
        fact = f"expected the fields of `{key}`, got {describe_value(node.plain())}"
        names = ", ".join(f"`{name}`" for name in list(owner.__dataclass_fields__)[:3])
        faults.append(
            Diagnostic("wrong-type", fact, node.span, f"the fields are {names} and others")
        )
        return None
    read, found = read_fields(owner, node.plain())
    faults.extend(locate(fault, node, place) for fault in found)
    return None if found else owner(**read)


def _title(root: tree.Mapping, faults: list[Diagnostic]) -> str | None:
    node = root.child("title")
    value = node.plain() if node is not None else None
    if node is None or isinstance(value, str):
        return value
    faults.append(_not_a_text(node, node.span))
    return None


def _notes(root: tree.Mapping, faults: list[Diagnostic]) -> dict[str, Any]:
    node = root.child("notes")
    if node is None:
        return {}
    if not isinstance(node, tree.Mapping):
        fact = f"expected notes by name, got {describe_value(node.plain())}"
        faults.append(Diagnostic("wrong-type", fact, node.span, "write `notes: {analysis: …}`"))
        return {}
    faults.extend(
        _not_a_text(value, node.place(name))
        for name, value in node
        if not isinstance(value.plain(), str)
    )
    notes: dict[str, Any] = node.plain()
    return notes


def _allowed(root: tree.Mapping, faults: list[Diagnostic]) -> dict[str, str]:
    """Read `lint:`; which codes there are, lint knows."""
    node = root.child("lint")
    if node is None:
        return {}
    if not isinstance(node, tree.Mapping):
        fact = f"expected reasons by code, got {describe_value(node.plain())}"
        help = "write `lint: {even-kernel: the reason}`"
        faults.append(Diagnostic("wrong-type", fact, node.span, help))
        return {}
    reasons = {}
    for code, value in node:
        reason = value.plain()
        if isinstance(reason, str) and reason.strip():
            reasons[code] = reason
            continue
        fact = f"expected the reason why `{shorten(code)}` is allowed, got {describe_value(reason)}"
        help = "say it in a few words"
        faults.append(Diagnostic("wrong-type", fact, node.place(code), help))
    return reasons


def _not_a_text(node: tree.Node, span: Span) -> Diagnostic:
    fact = f"expected a text, got {describe_value(node.plain())}"
    if isinstance(node, tree.Scalar) and node.value is not None:
        fix = Fix(span, f'"{node.text}"')
        return Diagnostic("wrong-type", fact, span, "write it in quotes", fix=fix)
    return Diagnostic("wrong-type", fact, span, "write one text, with `>-` over several lines")


__all__ = ["FORMAT", "KEYS", "Reading", "read_spec", "read_text"]
