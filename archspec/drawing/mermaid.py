"""Mermaid: text that GitHub and other pages draw themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator

from archspec.drawing.model import Aside, Box, Chain, Fork, Frame, Item, Look, Picture

MOST_EDGES, MOST_LETTERS = 500, 50_000
"""What Mermaid draws unless its host says otherwise (`maxEdges`, `maxTextSize`)."""

_SPECIAL = {"#": "#35;", "&": "#amp;", "<": "#lt;", ">": "#gt;", '"': "#quot;", "`": "#96;"}
_BRACKETS = {
    Look.end: ("([", "])"),
    Look.join: ("{{", "}}"),
    Look.group: ("[[", "]]"),
}


def as_mermaid(picture: Picture) -> str:
    """Return a flowchart: boxes are nodes, groups are subgraphs, auxiliary heads are dashed."""
    # JSON is YAML: a title with quotes or a colon stays one text.
    title = json.dumps(picture.title, ensure_ascii=False)
    lines = ["---", f"title: {title}", "---", "flowchart TD"]
    lines += [f"  {line}" for line in _lines(picture.column)]
    for edge in picture.edges:
        arrow = "-.->" if edge.is_auxiliary else "-->"
        lines.append(f"  {edge.source} {arrow} {edge.target}")
    dashed = [box.key for box in picture.boxes if box.is_auxiliary] + list(_dashed(picture.column))
    if dashed:
        lines.append("  classDef auxiliary stroke-dasharray:5 4")
        lines.append(f"  class {','.join(dashed)} auxiliary")
    return "\n".join(lines) + "\n"


def _lines(item: Item | Chain) -> Iterator[str]:
    match item:
        case Box():
            opening, closing = _BRACKETS.get(item.look, ("[", "]"))
            yield f'{item.key}{opening}"{_label(item)}"{closing}'
        case Chain(items=items):
            for inner in items:
                yield from _lines(inner)
        case Fork(paths=paths, join=join):
            for path in paths:
                yield from _lines(path.column)
            yield from _lines(join)
        case Frame():
            name = " · ".join(filter(None, (item.label, item.kind)))
            yield f'subgraph {item.key}["{_escaped(name)}"]'
            for line in _lines(item.column):
                yield f"  {line}"
            yield "end"
        case Aside(column=column):
            yield from _lines(column)


def _dashed(item: Item | Chain) -> Iterator[str]:
    match item:
        case Chain(items=items):
            for inner in items:
                yield from _dashed(inner)
        case Fork(paths=paths):
            for path in paths:
                yield from _dashed(path.column)
        case Frame(column=column):
            if item.is_auxiliary:
                yield item.key
            yield from _dashed(column)
        case Aside(column=column):
            yield from _dashed(column)
        case Box():
            return


def _label(box: Box) -> str:
    first = " ".join(filter(None, (box.label, box.detail)))
    return "<br/>".join(_escaped(line) for line in (first, figures(box)) if line)


def figures(box: Box) -> str:
    """Return a box's second line: shape, receptive field, parameters, size of a group."""
    params = box.params if box.params in ("", "shared") else f"{box.params} params"
    return " · ".join(filter(None, (box.output, box.receptive_field, params, box.entries)))


def _escaped(text: str) -> str:
    """Return a text that a quoted Mermaid label shows as it is, on one line."""
    return " ".join("".join(_SPECIAL.get(sign, sign) for sign in text).split())
