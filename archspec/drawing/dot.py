"""Graphviz dot: text for `dot`, `xdot` and the many programs that read it."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.drawing.mermaid import figures
from archspec.drawing.model import Aside, Box, Chain, Fork, Frame, Item, Look, Picture

_HEAD = """\
digraph network {{
  graph [label={title}, labelloc=t, labeljust=l, fontname="Helvetica", fontsize=14]
  node [shape=box, style=rounded, fontname="Helvetica", fontsize=11, margin="0.15,0.07"]
  edge [arrowsize=0.7, color="#6e7781"]
"""
_SHAPES = {
    Look.end: "shape=oval",
    Look.join: "shape=hexagon",
    Look.group: "shape=box, peripheries=2",
}


def as_dot(picture: Picture) -> str:
    """Return a digraph: boxes are nodes, groups are clusters, auxiliary heads are dashed."""
    title = _quoted(picture.title, picture.subtitle)
    lines = [f"  {line}" for line in _lines(picture.column)]
    for edge in picture.edges:
        style = " [style=dashed]" if edge.is_auxiliary else ""
        lines.append(f"  {edge.source} -> {edge.target}{style}")
    return _HEAD.format(title=title) + "\n".join(lines) + "\n}\n"


def _lines(item: Item | Chain) -> Iterator[str]:
    match item:
        case Box():
            first = " ".join(filter(None, (item.label, item.detail)))
            attributes = [f"label={_quoted(first, figures(item))}"]
            if item.look in _SHAPES:
                attributes.append(_SHAPES[item.look])
            if item.is_auxiliary:
                attributes.append('style="rounded,dashed"')
            yield f"{item.key} [{', '.join(attributes)}]"
        case Chain(items=items):
            for inner in items:
                yield from _lines(inner)
        case Fork(paths=paths, join=join):
            for path in paths:
                yield from _lines(path.column)
            yield from _lines(join)
        case Frame():
            name = " · ".join(filter(None, (item.label, item.kind)))
            style = "rounded,dashed" if item.is_auxiliary else "rounded"
            yield f"subgraph cluster_{item.key} {{"
            yield f'  label={_quoted(name)}; labeljust=l; style="{style}"; color="#afb8c1"'
            for line in _lines(item.column):
                yield f"  {line}"
            yield "}"
        case Aside(column=column):
            yield from _lines(column)


def _quoted(*lines: str) -> str:
    """Return a quoted dot string of one or more lines that shows them as they are."""
    plain = (" ".join(line.split()) for line in lines if line)
    return '"' + "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in plain) + '"'
