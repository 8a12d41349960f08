"""`extends:`: a file with its parents, merged into one located tree."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archspec.diagnostics import Diagnostic, Related, Source, Span
from archspec.language import tree
from archspec.language.blocks import block_parameters
from archspec.language.edit import apply_edit
from archspec.language.faults import Faults
from archspec.language.files import read_source
from archspec.language.forms import known_forms
from archspec.language.merge import merge, without_nulls
from archspec.language.parameters import with_types_kept
from archspec.language.yaml_reader import read_tree
from archspec.layers.fields import describe_value

NOT_INHERITED = ("title", "claims", "notes")
MOST_PARENTS = 50


@dataclass(slots=True)
class Reader:
    """Follows `extends` from file to file and gathers what it saw on the way."""

    faults: Faults = field(default_factory=Faults)
    sources: list[Source] = field(default_factory=list)
    folders: dict[str, Path] = field(default_factory=dict)
    """Source name → the folder that its relative paths start from."""
    is_half_edited: bool = False
    """True when an edit has a fault, so that the layers are not what was meant."""
    misses_parent: bool = False
    """True when a parent could not be read, so that what is not there may be inherited."""
    recorded: list[Source] | None = None
    """Texts that stand in for files: the spec's own, then parent by parent."""
    unsaved: Mapping[Path, str] = field(default_factory=dict)
    """Texts that stand in for what lies on the disk, by the file behind links."""
    _chain: dict[Path, Span | None] = field(default_factory=dict)

    def read(self, path: Path, asked_at: Span | None = None) -> tree.Mapping | None:
        """Return the merged tree of a file and its parents, without `extends` and `edit`."""
        if self.recorded is not None:
            return self._read_recorded(self.recorded, path, asked_at)
        resolved = real_path(path)
        if resolved in self._chain or len(self._chain) >= MOST_PARENTS:
            names = _way([p.name for p in (*self._chain, resolved)])
            cycle = resolved in self._chain
            fact = f"this makes a circle: {names}" if cycle else f"more than {MOST_PARENTS} parents"
            self.faults.append(
                Diagnostic(
                    "extends-cycle", fact, asked_at, "let the chain end in a file without it"
                )
            )
            return None
        self._chain[resolved] = asked_at
        source = read_source(path, asked_at)
        if isinstance(source, Source) and resolved in self.unsaved:
            source = Source(source.name, self.unsaved[resolved])
        if isinstance(source, Diagnostic):
            self.faults.append(source)
            return None
        return self.read_text(source, path.parent)

    def _read_recorded(
        self, texts: list[Source], path: Path, asked_at: Span | None
    ) -> tree.Mapping | None:
        if texts:
            return self.read_text(texts.pop(0), path.parent)
        fact, help = f"the text of {path} was not kept", "look it up where the run was made"
        self.faults.append(Diagnostic("missing-file", fact, asked_at, help))
        return None

    def read_text(self, source: Source, folder: Path) -> tree.Mapping | None:
        """Return the merged tree of a text; `folder` is where its relative paths start."""
        self.sources.append(source)
        self.folders[source.name] = folder
        root, faults = read_tree(source)
        self.faults.extend(faults)
        origin = Span(source, 1, 1, 1, 2)
        if root is None or (isinstance(root, tree.Scalar) and root.text == ""):
            if not faults:
                help = "`archspec init` writes one to start from"
                self.faults.append(Diagnostic("empty-file", "the file is empty", origin, help))
            return None
        if not isinstance(root, tree.Mapping):
            fact = (
                f"expected keys such as `input:` and `layers:`, got {describe_value(root.plain())}"
            )
            help = "`archspec init` writes one to start from"
            self.faults.append(Diagnostic("wrong-type", fact, root.span, help))
            return None
        return self._with_parent(root, folder)

    def _with_parent(self, root: tree.Mapping, folder: Path) -> tree.Mapping | None:
        edit = root.child("edit")
        own = {k: entry for k, entry in root.entries.items() if k not in ("extends", "edit")}
        child = tree.Mapping(own, root.span)
        if "extends" not in root.entries:
            if edit is not None:
                fact = "`edit` changes inherited layers, but nothing is inherited"
                help = "add `extends: parent.yaml`, or write the layers themselves"
                self.faults.append(
                    Diagnostic("edit-without-parent", fact, root.key_place("edit"), help)
                )
            return child
        parent = self._parent(root.child("extends"), folder)
        if parent is None:
            self.misses_parent = True
            kept = without_nulls(child)
            return kept if isinstance(kept, tree.Mapping) else child
        if edit is not None and "layers" in own:
            fact = "`edit` changes inherited layers, but this file writes its own"
            related = (Related("its own layers", root.key_place("layers")),)
            help = "keep one of the two"
            place = root.key_place("edit")
            self.faults.append(Diagnostic("edit-and-layers", fact, place, help, related=related))
        elif edit is not None:
            layers = parent.child("layers")
            if isinstance(layers, tree.Sequence):
                before = len(self.faults)
                forms = known_forms(block_parameters(parent.child("blocks")))
                edited = apply_edit(layers, edit, forms, self.faults)
                self.is_half_edited = self.is_half_edited or len(self.faults) > before
                key = parent.entries["layers"][0]
                parent = tree.Mapping({**parent.entries, "layers": (key, edited)}, parent.span)
        inherited = {k: e for k, e in parent.entries.items() if k not in NOT_INHERITED}
        if "parameters" in own and "parameters" in inherited:
            key, given = own["parameters"]
            kept = with_types_kept(inherited["parameters"][1], given, self.faults)
            child = tree.Mapping({**own, "parameters": (key, kept)}, root.span)
        return merge(tree.Mapping(inherited, parent.span), child)

    def _parent(self, named: tree.Node | None, folder: Path) -> tree.Mapping | None:
        assert named is not None
        value = named.plain()
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            fact = f"expected one file, got {describe_value(value)}"
            help = "write `extends: parent.yaml`"
            self.faults.append(Diagnostic("wrong-type", fact, named.span, help))
            return None
        return self.read(folder / value, named.span)


def real_path(path: Path) -> Path:
    """Return the file behind links; the path itself where none can be, as reading will tell."""
    try:
        return Path(os.path.realpath(path))  # Path.resolve raises for a circle of links
    except ValueError:
        return path


def _way(names: list[str]) -> str:
    """Return the files of a circle in order; of a long one its ends."""
    shown = names if len(names) <= 6 else [*names[:3], "…", *names[-2:]]
    return " → ".join(shown)
