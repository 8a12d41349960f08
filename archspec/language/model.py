"""The frozen Spec: what one file says after reading, with the place of every value."""

from __future__ import annotations

from collections import abc
from dataclasses import field
from pathlib import Path
from typing import Any, TypeAlias

from archspec.diagnostics import Source, Span
from archspec.language.sections import Claims, Data, Target, Train
from archspec.language.tree import Mapping, Node
from archspec.layers import Layer, Shape
from archspec.values import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the layer list. `layer` is None where its own faults were reported already.

    id, label: inside groups with the groups' names before them: `stage1.0.conv1`.
    """

    kind: str
    id: str
    label: str
    layer: Layer | None
    span: Span
    node: Node
    """The entry's own fields, to find the place of one; those of `defaults` are not among them."""
    scopes: tuple[str, ...] = ("",)
    """What may stand before an id that this entry mentions, the nearest first."""
    uses: tuple[Span, ...] = ()
    """Where the block was used that this entry belongs to, the innermost first."""

    def place(self, *path: str | int) -> Span:
        """Return the place of a field of this entry, or of the entry where `defaults` gave it."""
        if not path or self.node.child(path[0]) is None:
            return self.span
        node, steps = self.node, list(path)
        for index, step in enumerate(path):
            # `norm: {group: 4}` has its field behind the name of the class.
            if node.child(step) is None and isinstance(node, Mapping) and len(node.entries) == 1:
                steps[index:index] = node.entries
                break
            node = node.child(step) or node
        return self.node.place(*steps)


@dataclass(frozen=True, slots=True)
class Way:
    """One path through a group.

    source: the id of the earlier entry that feeds it; None for what feeds the group.
    """

    name: str
    items: tuple[Item, ...]
    source: str | None = None
    source_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """An entry that holds others.

    kind: residual, branches, repeat, when, auxiliary, share, or the name of a block.
    join: what brings the paths together; None where there is one path, or a `share`.
    of: the id of the entry that a `share` repeats. weight: of an auxiliary head's loss.
    own_name: False where it stands alone in its list, and its entries have no name of it.
    """

    kind: str
    id: str
    label: str
    span: Span
    paths: tuple[Way, ...]
    join: Entry | None = None
    of: str | None = None
    of_span: Span | None = None
    weight: float = 0.0
    scopes: tuple[str, ...] = ("",)
    uses: tuple[Span, ...] = ()
    own_name: bool = True


Item: TypeAlias = Entry | Group


@dataclass(frozen=True, slots=True)
class Spec:
    """A network, its data, its training, and what is demanded and claimed of it."""

    path: Path | None
    name: str
    """The file's stem, `step3`."""
    title: str | None
    input: Shape
    layers: tuple[Item, ...]
    data: Data | None
    train: Train | None
    targets: tuple[Target, ...]
    claims: Claims
    notes: abc.Mapping[str, Any]
    tree: Node
    """The merged, located tree; every value keeps the file and line that wrote it."""
    sources: tuple[Source, ...]
    """Every file that was read, the spec's own first."""
    allowed: abc.Mapping[str, str] = field(default_factory=dict)
    """Code of a warning → why this spec may have it."""

    def place(self, *path: str | int) -> Span:
        """Return the place of a value, or of the nearest value around it."""
        return self.tree.place(*path)
