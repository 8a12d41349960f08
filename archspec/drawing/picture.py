"""Analysis → Picture: what is drawn of a network, by its names, sizes and edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from archspec.analysis import Analysis, EntryFacts
from archspec.analysis.outline import Item as Nested
from archspec.analysis.outline import Nest, outline
from archspec.analysis.words import show_shape
from archspec.drawing.folding import MOST_ROWS, Depth, Folding, alike, depth_of, foldings
from archspec.drawing.labels import (
    box_of_entry,
    box_of_group,
    kinds_of,
    subtitle_of,
    words_of,
)
from archspec.drawing.model import (
    Aside,
    Box,
    Chain,
    Edge,
    Fork,
    Frame,
    Item,
    Look,
    Path,
    Picture,
    rows_of,
)
from archspec.graph import INPUT

OUTPUT = "output"


def make_picture(analysis: Analysis, depth: Depth = "auto") -> Picture:
    """Return what is drawn of a network.

    depth: 1 draws each entry of the layer list as one box, blocks and residuals among them; 2 what
    is in these, and so on; `all` draws every entry. `auto` does so as long as it stays readable;
    then it draws the first round of each repeat and the others as one box, then less depth.
    """
    nested, origins = outline(analysis), dict(_origins(analysis))
    for folding in foldings(depth, depth_of(nested)):
        builder = _Builder(folding, origins)
        column = builder.column(nested, "", 1)
        if rows_of(column) <= MOST_ROWS:
            break
    first, last = _end(INPUT, analysis.spec.input), _end(OUTPUT, analysis.output)
    builder.makers[INPUT] = first
    edges = tuple(_edges(analysis, builder.makers))
    spec = analysis.spec
    return Picture(
        spec.title or spec.name,
        subtitle_of(analysis),
        words_of(analysis),
        Chain((first, *column.items, last)),
        edges,
    )


@dataclass(slots=True)
class _Builder:
    """Makes boxes and frames of entries and groups."""

    folding: Folding
    origins: Mapping[str, str]
    """Which entry uses whose weights."""
    makers: dict[str, Box] = field(default_factory=dict)
    """Which box stands for an operation."""
    count: int = 0
    is_aside: bool = False

    def column(self, items: Iterable[Nested], prefix: str, level: int) -> Chain:
        return Chain(tuple(made for item in items for made in self.items(item, prefix, level)))

    def items(self, item: Nested, prefix: str, level: int) -> Iterator[Item]:
        """Yield what stands for an entry or a group.

        prefix: what the names around it say already. level: the depth that it is at.
        """
        if isinstance(item, EntryFacts):
            yield self.entry(item, prefix)
            return
        if not item.is_auxiliary or self.is_aside:
            yield from self.group(item, prefix, level)
            return
        self.is_aside = True
        yield Aside(Chain(self.group(item, prefix, level)))
        self.is_aside = False

    def group(self, nest: Nest, prefix: str, level: int) -> tuple[Item, ...]:
        if not nest.is_level:
            return self.inside(nest, prefix, level)
        if level == self.folding.depth:
            return (self.folded((nest,), prefix),)
        inner = f"{nest.group.id}."
        made = self.inside(nest, inner, level + 1)
        if len(made) == 1 and isinstance(made[0], Box):  # a frame around one box says nothing
            return (replace(made[0], label=inner.removeprefix(prefix) + made[0].label),)
        name = nest.group.id.removeprefix(prefix)
        key = self.key()
        return (Frame(key, nest.group.id, name, kinds_of(nest), Chain(made), nest.is_auxiliary),)

    def inside(self, nest: Nest, prefix: str, level: int) -> tuple[Item, ...]:
        if nest.group.join is not None:
            paths = tuple(
                Path(self.column(items, prefix, level), way.source is None)
                for way, items in nest.ways()
            )
            is_residual = nest.group.kind == "residual"
            return (Fork(paths, self.entry(nest.last, prefix), is_residual),)
        if nest.group.kind == "repeat" and self.folding.later_rounds:
            return self.rounds(nest, prefix, level)
        return self.column(nest.children, prefix, level).items

    def rounds(self, repeat: Nest, prefix: str, level: int) -> tuple[Item, ...]:
        """Return the first round of a repeat as it is, and the others as one box."""
        shown = () if level == self.folding.depth else repeat.children[:1]
        runs = alike(repeat.children[len(shown) :])
        boxes = (self.folded(run, prefix) for run in runs)
        return (*self.column(shown, prefix, level).items, *boxes)

    def entry(self, facts: EntryFacts, prefix: str) -> Box:
        origin = self.origins.get(facts.entry.id)
        return self.box(box_of_entry(facts, self.key(), prefix, origin), (facts,))

    def folded(self, run: tuple[Nest, ...], prefix: str) -> Box:
        held = (facts for nest in run for facts in nest.entries)
        return self.box(box_of_group(run, self.key(), prefix), held)

    def box(self, box: Box, held: Iterable[EntryFacts]) -> Box:
        self.makers.update((node.name, box) for facts in held for node in facts.nodes)
        return box

    def key(self) -> str:
        self.count += 1
        return f"n{self.count}"


def _end(name: str, shape: tuple[int, ...]) -> Box:
    return Box(name, name, name, "", show_shape(shape), "", "", Look.end)


def _origins(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """Yield the entries that use another one's weights, and whose."""
    for entry in analysis.graph.entries:
        for node in entry.nodes:
            if node.weights is not None and analysis.node(node.weights).param_shapes:
                part = node.name.removeprefix(entry.entry.id)
                yield entry.entry.id, node.weights.removesuffix(part)


def _edges(analysis: Analysis, makers: Mapping[str, Box]) -> Iterator[Edge]:
    """Yield the edges between the boxes that are drawn, in the order in which values are used."""
    seen = set()
    for entry in analysis.graph.entries:
        for node in entry.nodes:
            target = makers[node.name]
            for source in (makers[name] for name in node.inputs):
                edge = Edge(source.key, target.key, target.is_auxiliary)
                # A join may use a value twice; else one line says it.
                is_new = edge not in seen or target.look is Look.join
                if source is not target and is_new:
                    seen.add(edge)
                    yield edge
    yield Edge(makers[analysis.graph.output].key, OUTPUT)
