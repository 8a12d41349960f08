from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from hypothesis import given

from archspec.drawing import as_mermaid
from tests.conftest import Snapshot
from tests.support.drawn_networks import ALL, BRANCHES, BY_HAND, HEADS, any_networks, picture_of

KEY = r"[a-z]+[0-9]*"
LABEL = r'"((?:[^"#&<>`]|#(?:\d+|[a-z]+);|<br/>)*)"'
NODE = re.compile(rf"({KEY})(?:\[\[{LABEL}\]\]|\[{LABEL}\]|\(\[{LABEL}\]\)|\{{\{{{LABEL}\}}\}})")
SUBGRAPH = re.compile(rf"subgraph ({KEY})\[{LABEL}\]")
EDGE = re.compile(rf"({KEY}) (-->|-\.->) ({KEY})")
RESERVED = {"end", "graph", "subgraph", "style", "class", "click", "default", "flowchart"}


@dataclass
class Chart:
    """What a Mermaid text says: nodes by the subgraph around them, edges, dashed ids."""

    nodes: dict[str, str | None] = field(default_factory=dict)
    subgraphs: dict[str, str | None] = field(default_factory=dict)
    edges: list[tuple[str, str, str]] = field(default_factory=list)
    dashed: list[str] = field(default_factory=list)


def parse(text: str) -> Chart:
    """Read what `as_mermaid` may write, and nothing else."""
    assert text.endswith("\n")
    head, title, rule, kind, *lines = text.removesuffix("\n").split("\n")
    assert (head, rule, kind) == ("---", "---", "flowchart TD")
    assert re.fullmatch(r'title: ".*"', title)
    chart = Chart()
    around: list[str] = []
    for line in map(str.strip, lines):
        if match := SUBGRAPH.fullmatch(line):
            assert not chart.edges
            chart.subgraphs[match[1]] = around[-1] if around else None
            around.append(match[1])
        elif line == "end":
            around.pop()
        elif match := NODE.fullmatch(line):
            assert not chart.edges
            assert match[1] not in chart.nodes
            chart.nodes[match[1]] = around[-1] if around else None
        elif match := EDGE.fullmatch(line):
            chart.edges.append((match[1], match[2], match[3]))
        elif match := re.fullmatch(rf"class ({KEY}(?:,{KEY})*) auxiliary", line):
            chart.dashed = match[1].split(",")
        else:
            assert line == "classDef auxiliary stroke-dasharray:5 4"
    assert around == []
    ids = [*chart.nodes, *chart.subgraphs]
    assert len(ids) == len(set(ids))
    assert not RESERVED & set(ids)
    assert {end for source, _, target in chart.edges for end in (source, target)} <= set(
        chart.nodes
    )
    return chart


@pytest.mark.parametrize("name", ALL)
def test_every_box_and_edge_is_there_once(name: str) -> None:
    picture = picture_of(ALL[name])
    chart = parse(as_mermaid(picture))

    assert list(chart.nodes) == [box.key for box in picture.boxes]
    assert [(a, b) for a, _, b in chart.edges] == [(e.source, e.target) for e in picture.edges]


@given(any_networks)
def test_whatever_is_nested_is_sound_mermaid(text: str) -> None:
    parse(as_mermaid(picture_of(text, "all")))


def test_a_label_shows_as_it_is_whatever_is_in_it() -> None:
    text = as_mermaid(BY_HAND)
    label = r"a #quot;b#quot; #lt;i#gt; #amp; #35;1; #96;c#96; \ |d| [e] {f} (g) %% --#gt; end"

    assert list(parse(text).nodes) == ["n2", "n3"]
    assert f'n2["{label} {label}<br/>1"]' in text
    assert f'subgraph n1["{label} · {label}"]' in text


def test_heads_are_dashed_with_the_edges_into_them() -> None:
    chart = parse(as_mermaid(picture_of(HEADS)))
    (head,) = chart.subgraphs

    inside = [node for node, around in chart.nodes.items() if around == head]
    assert set(chart.dashed) == {head, *inside}
    assert [b for _, arrow, b in chart.edges if arrow == "-.->"] == inside


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Step 3: more, & better", '"Step 3: more, & better"'),
        ('a "quoted" one', r'"a \"quoted\" one"'),
        ("--- # no comment", '"--- # no comment"'),
        ("back\\slash ü ✓", '"back\\\\slash ü ✓"'),
    ],
)
def test_a_title_stays_one_text(title: str, written: str) -> None:
    text = BRANCHES.replace("title: A network", "title: '" + title + "'")

    assert as_mermaid(picture_of(text)).split("\n")[1] == f"title: {written}"


def test_the_text_is_what_people_paste(snapshot: Snapshot) -> None:
    snapshot("graph_branches.mmd", as_mermaid(picture_of(BRANCHES)))
