"""The layer list: located entries → layers and groups, with labels and ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from archspec.diagnostics import Diagnostic, Related, Span
from archspec.language import tree
from archspec.language.blocks import SHIPPED, Block, bind, shipped_block
from archspec.language.defaults import Defaults
from archspec.language.entry import OWN_ID, RawEntry, raw_entry
from archspec.language.expressions import Value, is_name, substitute, substitute_fields
from archspec.language.faults import MOST_USES
from archspec.language.forms import Forms
from archspec.language.groups import (
    GROUPS,
    LISTS,
    Auxiliary,
    Branches,
    GroupFields,
    Repeat,
    Residual,
    Share,
    When,
)
from archspec.language.model import Entry, Group, Item, Way
from archspec.language.naming import ID, RESERVED, default_id, labels
from archspec.language.scope import Scope
from archspec.language.unwritten import lists_of, look_over
from archspec.layers import JOINS, REGISTRY, Layer
from archspec.layers.fields import read_fields, shorten

MOST_ENTRIES = 20_000
"""Of one network, after blocks and repeats are written out."""

MOST_LEVELS = 60
"""Of groups and blocks inside each other; a repeat counts as two."""


def named(entries: Iterable[RawEntry], forms: Forms) -> list[tuple[str, str]]:
    """Return label and id of every entry; the id is its own, or its label in lower case."""
    entries = list(entries)
    return [
        (label, str(entry.own_id.value) if entry.own_id else default_id(label))
        for entry, label in zip(
            entries, labels((entry.kind for entry in entries), forms), strict=True
        )
    ]


class TooManyEntries(Exception):
    """Writing out stops here; the fault is reported already."""


@dataclass(slots=True)
class Writer:
    """Writes a layer list out: blocks, repeats and conditions become plain entries and groups.

    places: where the parameters have their values.
    """

    forms: Forms
    blocks: Mapping[str, Block]
    defaults: Defaults
    parameters: Mapping[str, Value]
    places: Mapping[str, Span]
    faults: list[Diagnostic]
    layers: dict[tuple[str, str], Layer] = field(default_factory=dict)
    count: int = 0
    used: set[str] = field(default_factory=set)
    """The blocks that were written out."""
    looked_over: set[int] = field(default_factory=set)
    """The lists that were not, by the identity of their nodes."""

    def network(self, items: Sequence[tree.Node]) -> tuple[Item, ...] | None:
        """Return the whole network, None where it has no end; a faulty entry gets no layer."""
        try:
            written = self._items(items, Scope("", self.parameters, self.places))
        except TooManyEntries:
            return None
        for name, block in self.blocks.items():
            if name not in self.used:
                self._look_over(block.layers)
        return written

    def _items(self, nodes: Sequence[tree.Node], scope: Scope) -> tuple[Item, ...]:
        raw = [raw_entry(node, self.forms, self.faults) for node in nodes]
        is_alone = len(raw) == 1 and raw[0].own_id is None
        if scope.taken and is_alone and raw[0].kind in (Residual.kind, Branches.kind):
            is_alone = False  # its join would have the name of the one around it
        known = dict(scope.taken)
        items: list[Item] = []
        for entry, (label, id) in zip(raw, named(raw, self.forms), strict=True):
            self._counted(1, entry.span)
            is_group = entry.kind is not None and not self.forms[entry.kind].is_layer
            if not (is_group and is_alone):
                self._unique(entry, id, known)
            if is_group:
                items.append(self._group(entry, label, id, scope, is_alone=is_alone))
            else:
                layer = self._layer(entry, scope)
                items.append(
                    Entry(
                        entry.kind or "",
                        scope.prefix + id,
                        scope.prefix + label,
                        layer,
                        entry.span,
                        entry.fields,
                        scope.scopes,
                        scope.uses,
                    )
                )
        return tuple(items)

    def _unique(self, entry: RawEntry, id: str, taken: dict[str, Span]) -> None:
        span = entry.own_id.span if entry.own_id else entry.span
        if id in taken:
            related = (Related("the first one", taken[id]),)
            fact, help = f"a second entry is called `{id}`", "give each entry an id of its own"
            self.faults.append(Diagnostic("duplicate-id", fact, span, help, related=related))
        elif id:
            taken[id] = span

    def _counted(self, more: int, span: Span) -> None:
        self.count += more
        if self.count > MOST_ENTRIES:
            fact = f"the network has more than {MOST_ENTRIES:,} entries when it is written out"
            help = "repeat less often, or nest fewer repeats"
            self.faults.append(Diagnostic("too-many-entries", fact, span, help))
            raise TooManyEntries

    def _layer(self, entry: RawEntry, scope: Scope) -> Layer | None:
        if entry.kind is None:
            return None
        own, unknown = substitute_fields(entry.fields, scope.names, self.faults)
        fields = own
        # What comes with archspec is the same in every file.
        is_shipped = any(name not in self.blocks for name in scope.blocks)
        if entry.kind in self.defaults.fields and not is_shipped:
            given = self.defaults.fields[entry.kind].entries
            fields = tree.Mapping({**given, **own.entries}, own.span)
        unknown |= frozenset() if is_shipped else self.defaults.doubt(entry.kind, own.entries)
        plain = fields.plain()
        # Entries that say the same are one layer: it is read once, and later asked once.
        key = entry.kind, repr(plain)
        if key in self.layers and not unknown and entry.is_sound:
            return self.layers[key]
        read, found = read_fields(
            REGISTRY[entry.kind], plain, also=(OWN_ID,), given_elsewhere=unknown
        )
        self.faults.extend(scope.located(fault, fields, entry.span) for fault in found)
        if found or unknown or not entry.is_sound:
            return None
        layer = self.layers[key] = REGISTRY[entry.kind](**read)
        return layer

    def _group(
        self, entry: RawEntry, label: str, id: str, scope: Scope, *, is_alone: bool
    ) -> Group:
        assert entry.kind is not None
        inner = scope.inside(scope.prefix if is_alone else f"{scope.prefix}{id}.")
        group = Group(
            entry.kind,
            scope.prefix + id,
            scope.prefix + label,
            entry.span,
            (),
            scopes=scope.scopes,
            uses=scope.uses,
            own_name=not is_alone,
        )
        if inner.levels > MOST_LEVELS:
            fact = f"more than {MOST_LEVELS} levels of groups and blocks"
            help = "write it with fewer of them inside each other"
            self.faults.append(Diagnostic("too-deep", fact, entry.span, help))
            return group
        if entry.kind not in GROUPS:
            return self._block(group, entry, scope, inner)
        fields = self._fields(entry, scope)
        if fields is None:
            if entry.kind != Repeat.kind:  # its layers may mention an index that has no value
                for entries in lists_of(entry.fields):
                    self._items(entries.items, inner)
            return group
        match fields:
            case Residual():
                return self._residual(group, entry, inner)
            case Branches():
                return self._branches(group, entry, fields, inner)
            case Repeat():
                return self._repeat(group, entry, fields, inner)
            case When():
                chosen = "layers" if fields.condition else "otherwise"
                self._look_over(entry.fields.child("otherwise" if fields.condition else "layers"))
                return replace(group, paths=(Way("", self._list(entry, chosen, inner)),))
            case Auxiliary():
                paths = (Way("", self._list(entry, "layers", inner)),)
                return replace(group, paths=paths, weight=fields.weight)
            case Share():
                return replace(group, of=fields.of, of_span=entry.fields.place("of"))

    def _fields(self, entry: RawEntry, scope: Scope) -> GroupFields | None:
        """Read a group's own fields; what is inside its lists is read where it is written out."""
        assert entry.kind is not None
        owner = GROUPS[entry.kind]
        plain = {name: e for name, e in entry.fields.entries.items() if name not in LISTS}
        own, unknown = substitute_fields(
            tree.Mapping(plain, entry.fields.span), scope.names, self.faults
        )
        merged = {**entry.fields.entries, **own.entries}
        fields = tree.Mapping(
            {name: e for name, e in merged.items() if name not in unknown}, entry.fields.span
        )
        read, found = read_fields(owner, fields.plain(), also=(OWN_ID,), given_elsewhere=unknown)
        self.faults.extend(scope.located(fault, fields, entry.span) for fault in found)
        return None if found or unknown or not entry.is_sound else owner(**read)

    def _list(self, entry: RawEntry, name: str, scope: Scope) -> tuple[Item, ...]:
        node = entry.fields.child(name)
        return self._items(node.items, scope) if isinstance(node, tree.Sequence) else ()

    def _join(self, entry: RawEntry, join: str, scope: Scope) -> Entry:
        assert join in JOINS
        made: Any = REGISTRY[join]
        layer, nothing = made(inputs=()), tree.Mapping({}, entry.span)
        name, shown = scope.prefix + join, f"{scope.prefix}{layer.label}"
        return Entry(join, name, shown, layer, entry.span, nothing, scope.scopes, scope.uses)

    def _residual(self, group: Group, entry: RawEntry, scope: Scope) -> Group:
        taken = {**scope.taken, "shortcut": entry.span, "add": entry.span}
        body = Way("body", self._list(entry, "body", replace(scope, taken=taken)))
        around = self._list(entry, "shortcut", scope.inside(f"{scope.prefix}shortcut."))
        join = self._join(entry, "add", scope)
        return replace(group, paths=(body, Way("shortcut", around)), join=join)

    def _branches(self, group: Group, entry: RawEntry, fields: Branches, scope: Scope) -> Group:
        paths = entry.fields.child("paths")
        assert isinstance(paths, tree.Mapping)
        ways, is_sound = [], True
        for name, node in paths:
            place = paths.key_place(name)
            if not ID.fullmatch(name) or name in RESERVED or name in (fields.join, *scope.taken):
                fact = f"`{shorten(name)}` cannot be the name of a path"
                help = "use a word of letters, digits and _ that names nothing else"
                self.faults.append(Diagnostic("bad-id", fact, place, help))
                is_sound = False
            source, layers = None, node
            if isinstance(node, tree.Mapping):
                layers = node.child("layers") or tree.Sequence((), node.span)
                if (of := node.child("from")) is not None:
                    source = substitute(of, scope.names, self.faults)
                    is_sound = is_sound and source is not None
            assert isinstance(layers, tree.Sequence)
            inside = self._items(layers.items, scope.inside(f"{scope.prefix}{name}."))
            id = str(source.plain()) if source is not None else None
            ways.append(Way(name, inside, id, source.span if source is not None else None))
        if not is_sound:
            return group
        return replace(group, paths=tuple(ways), join=self._join(entry, fields.join, scope))

    def _repeat(self, group: Group, entry: RawEntry, fields: Repeat, scope: Scope) -> Group:
        place = entry.fields.place("times")
        if not is_name(fields.index):
            fact = f"`{shorten(fields.index)}` is no name for an index"
            where, help = entry.fields.place("index"), "write one such as `index: i`"
            self.faults.append(Diagnostic("bad-parameter", fact, where, help))
            return group
        inner = entry.fields.child("layers")
        assert isinstance(inner, tree.Sequence)
        written = fields.times * len(inner.items)
        if written > MOST_ENTRIES:
            fact = f"{fields.times:,} rounds make {written:,} entries"
            help = f"a network has {MOST_ENTRIES:,} entries at most"
            self.faults.append(Diagnostic("too-many-entries", fact, place, help))
            return group
        if fields.times == 0:
            self._look_over(inner)
        before = len(self.faults)
        rounds = []
        for index in range(fields.times if inner.items else 0):
            name = f"{scope.prefix}{index}"
            around = scope.with_name(fields.index, index, place).inside(f"{name}.")
            try:
                items = self._items(inner.items, around)
            except TooManyEntries:
                self._relate(before, f"repeated {fields.times:,} times here", place)
                raise
            way = (Way("", items),)
            rounds.append(
                Group("round", name, name, entry.span, way, scopes=scope.scopes, uses=scope.uses)
            )
            if len(self.faults) > before:  # the other rounds would have the same ones
                break
        return replace(group, paths=(Way("", tuple(rounds)),))

    def _block(self, group: Group, entry: RawEntry, outer: Scope, scope: Scope) -> Group:
        name = group.kind
        block = self.blocks.get(name) or (shipped_block(name) if name in SHIPPED else None)
        assert block is not None
        if name in outer.blocks:
            chain = " → ".join((*outer.blocks[outer.blocks.index(name) :], name))
            fact = f"the block {name} uses itself: {shorten(chain)}"
            related = (Related("the block", block.span),)
            help = "use `repeat` for several times the same"
            self.faults.append(
                Diagnostic("recursive-block", fact, entry.span, help, related=related)
            )
            return group
        values = bind(block, entry.fields, entry.span, outer.names, self.parameters, self.faults)
        if values is None or not block.is_sound or not entry.is_sound:
            return group
        declared = {key: parameter.span for key, parameter in block.parameters.items()}
        given = {key: entry.fields.place(key) for key in entry.fields.entries}
        inside = replace(
            scope,
            names=values,
            places={**self.places, **declared, **given},
            scopes=(scope.prefix,),
            uses=(entry.span, *outer.uses),
            blocks=(*outer.blocks, name),
        )
        self.used.add(name)
        before = len(self.faults)
        try:
            items = self._items(block.layers.items, inside)
        finally:
            self._relate(before, f"{name} is used here", entry.span)
        return replace(group, paths=(Way("", items),))

    def _look_over(self, node: tree.Node | None) -> None:
        """Report what is faulty in a list that is not written out, once."""
        if isinstance(node, tree.Sequence) and id(node) not in self.looked_over:
            self.looked_over.add(id(node))
            look_over(node.items, self.forms, self.defaults, self.faults)

    def _relate(self, first: int, words: str, place: Span) -> None:
        for index in range(first, len(self.faults)):
            found = self.faults[index]
            inner = found.related
            if len(inner) > MOST_USES:  # the outermost tells more than the one inside it
                inner = inner[:-1]
            self.faults[index] = replace(found, related=(*inner, Related(words, place)))


__all__ = ["OWN_ID", "RawEntry", "Scope", "Writer", "named", "raw_entry"]
