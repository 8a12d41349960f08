from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given

from archspec.drawing import as_dot
from tests.support.drawn_networks import ALL, BY_HAND, HEADS, SHARED, any_networks, picture_of

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|->|[{}\[\];,=]|[A-Za-z_][A-Za-z_0-9]*|[0-9.]+)')


def tokens(text: str) -> Iterator[str]:
    """Yield the tokens of the dot language (graphviz.org/doc/info/lang.html)."""
    at = 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        assert match, f"not dot: {text[at : at + 40]!r}"
        yield match[1]
        at = match.end()


def parse(text: str) -> tuple[list[str], list[tuple[str, str, str]], int]:
    """Return the nodes, the edges with their attributes, and how many clusters there are."""
    words = list(tokens(text))
    assert words[:3] == ["digraph", "network", "{"]
    nodes: list[str] = []
    edges: list[tuple[str, str, str]] = []
    clusters, depth, at = 0, 1, 3
    while at < len(words):
        word = words[at]
        at += 1
        if word == "}":
            depth -= 1
        elif word == "subgraph":
            assert words[at].startswith("cluster_")
            assert words[at + 1] == "{"
            clusters, depth, at = clusters + 1, depth + 1, at + 2
        elif word in (";", "graph", "node", "edge") or words[at] == "=":
            at = words.index("]", at) + 1 if words[at] == "[" else at + 2 * (words[at] == "=")
        elif words[at] == "->":
            target, attributes = words[at + 1], ""
            at += 2
            if words[at] == "[":
                end = words.index("]", at)
                attributes, at = "".join(words[at + 1 : end]), end + 1
            edges.append((word, target, attributes))
        else:
            assert words[at] == "["
            assert word not in nodes
            nodes.append(word)
            at = words.index("]", at) + 1
    assert depth == 0
    assert {end for a, b, _ in edges for end in (a, b)} <= set(nodes)
    return nodes, edges, clusters


@pytest.mark.parametrize("name", ALL)
def test_every_box_and_edge_is_there_once(name: str) -> None:
    picture = picture_of(ALL[name])
    nodes, edges, _ = parse(as_dot(picture))

    assert nodes == [box.key for box in picture.boxes]
    assert [(a, b) for a, b, _ in edges] == [(e.source, e.target) for e in picture.edges]


@given(any_networks)
def test_whatever_is_nested_is_sound_dot(text: str) -> None:
    parse(as_dot(picture_of(text, "all")))


def test_groups_are_clusters() -> None:
    _, _, clusters = parse(as_dot(picture_of(SHARED)))

    assert clusters == 2


def test_heads_are_dashed_with_the_edges_into_them() -> None:
    _, edges, _ = parse(as_dot(picture_of(HEADS)))

    assert [attributes for _, _, attributes in edges].count("style=dashed") == 3
    assert as_dot(picture_of(HEADS)).count('style="rounded,dashed"') == 4


def test_a_label_shows_as_it_is_whatever_is_in_it() -> None:
    text = as_dot(BY_HAND)
    label = r"a \"b\" <i> & #1; `c` \\ |d| [e] {f} (g) %% --> end"

    assert parse(text) == (["n2", "n3"], [("n2", "n3", "")], 1)
    assert f'n2 [label="{label} {label}\\n1"]' in text
