"""Networks with one thing each that a drawing has to cope with, and a strategy for any mixture."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from archspec.analysis import Analysis, analyze
from archspec.drawing import Picture, make_picture
from archspec.drawing.folding import Depth
from archspec.drawing.model import Box, Chain, Edge, Frame, Look
from archspec.graph import make_graph
from tests.support.ladder import spec_of

HEAD = """\
archspec: 1
title: A network
input: [4, 16, 16]
defaults:
  conv: {out_channels: 4, kernel_size: 3, padding: 1}
"""

SEQUENTIAL = f"""{HEAD}\
layers:
  - conv: {{stride: 2}}
  - relu
  - max_pool: 2
"""
RESIDUAL = f"""{HEAD}\
layers:
  - residual:
      id: block
      body: [conv, relu, conv]
  - residual:
      id: wider
      body: [{{conv: 8}}]
      shortcut: [{{conv: {{out_channels: 8, kernel_size: 1, padding: 0}}}}]
"""
BRANCHES = f"""{HEAD}\
layers:
  - conv
  - branches:
      id: mixed
      join: concat
      paths:
        one: [conv]
        two: [conv, conv, conv]
        none: []
  - relu
"""
UNET = f"""{HEAD}\
blocks:
  Double:
    parameters: {{width: integer}}
    layers: [{{conv: $width}}, {{conv: $width}}]
layers:
  - Double: {{id: down1, width: 4}}
  - max_pool: 2
  - Double: {{id: down2, width: 8}}
  - max_pool: 2
  - Double: {{id: bottom, width: 16}}
  - conv_transpose: {{out_channels: 4, kernel_size: 2, stride: 2}}
  - concat: [down2]
  - Double: {{id: up2, width: 8}}
  - conv_transpose: {{out_channels: 4, kernel_size: 2, stride: 2}}
  - concat: [down1]
  - Double: {{id: up1, width: 4}}
"""
FROM = f"""{HEAD}\
layers:
  - conv: {{id: stem}}
  - max_pool: 2
  - conv_transpose: {{out_channels: 4, kernel_size: 2, stride: 2}}
  - branches:
      id: skip
      join: concat
      paths:
        across: {{from: stem, layers: [conv]}}
        below: []
"""
HEADS = f"""{HEAD}\
layers:
  - conv
  - auxiliary: {{id: early, layers: [gap, flatten, {{linear: 10}}]}}
  - conv
  - gap
  - flatten
  - linear: 10
"""
SHARED = f"""{HEAD}\
layers:
  - conv
  - share: {{of: conv1, id: again}}
  - residual: {{id: block, body: [conv, relu]}}
  - share: {{of: block, id: twice}}
"""
REPEATED = f"""{HEAD}\
layers:
  - conv
  - repeat:
      id: stage
      times: 4
      layers:
        - residual: [conv, conv]
        - relu
  - relu
"""
ACROSS = f"""{HEAD}\
layers:
  - relu
  - branches:
      id: paths
      join: add
      paths:
        left: [{{conv: {{id: early}}}}, conv]
        right: [conv, conv, {{add: [left.early]}}]
"""
BESIDE = f"""{HEAD}\
layers:
  - branches:
      id: fork
      join: add
      paths:
        left: [{{conv: {{id: outer}}}}, conv]
        right: [conv, {{conv: {{id: outer}}}}]
  - add: [fork.left.outer]
  - add: [fork.right.outer]
"""
ODD = 'a "b" <i> & #1; `c` \\ |d| [e] {f} (g) %% --> end'
"""What no label of a spec can be today, as ids are words, and what would break a careless text."""
BY_HAND = Picture(
    ODD,
    ODD,
    "",
    Chain(
        (
            Frame("n1", "f", ODD, ODD, Chain((Box("n2", "x", ODD, ODD, "1", "", "", Look.other),))),
            Box("n3", "y", ODD, "", ODD, ODD, ODD, Look.join, tooltip=(ODD,)),
        )
    ),
    (Edge("n2", "n3"),),
)
"""A picture whose every text is odd."""
ALL = {
    "sequential": SEQUENTIAL,
    "residual": RESIDUAL,
    "branches": BRANCHES,
    "unet": UNET,
    "from": FROM,
    "heads": HEADS,
    "shared": SHARED,
    "repeated": REPEATED,
    "across": ACROSS,
    "beside": BESIDE,
}


def network_of(text: str) -> Analysis:
    """Analyze a text that has no errors; a join may well be misaligned, as in every U-Net."""
    graph, graph_faults = make_graph(spec_of(text))
    analysis, faults = analyze(graph)
    assert {fault.code for fault in (*graph_faults, *faults)} <= {"misaligned-join"}
    assert analysis is not None
    return analysis


def picture_of(text: str, depth: Depth = "auto") -> Picture:
    """Return what is drawn of a network."""
    return make_picture(network_of(text), depth)


def _lists(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    # A first entry of its own, so that each group has its name in the ids.
    return st.lists(items, max_size=3).map(lambda rest: ["relu", *rest])


def _groups(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = _lists(items)
    none: st.SearchStrategy[list[Any]] = st.just([])
    any_path = none | some
    return st.one_of(
        st.builds(lambda a, b: {"residual": {"body": a, "shortcut": b}}, any_path, any_path),
        st.lists(any_path, min_size=1, max_size=4).map(
            lambda ways: {
                "branches": {"join": "add", "paths": {f"p{i}": w for i, w in enumerate(ways)}}
            }
        ),
        st.builds(lambda n, a: {"repeat": {"times": n, "layers": a}}, st.integers(0, 3), some),
        st.builds(lambda yes, a: {"when": {"condition": yes, "layers": a}}, st.booleans(), some),
    )


ENTRIES: st.SearchStrategy[Any] = st.sampled_from(
    ["relu", "conv", {"max_pool": {"kernel_size": 3, "stride": 1, "padding": 1}}]
)
NESTED = st.recursive(ENTRIES, _groups, max_leaves=12)


def _text(layers: list[Any]) -> str:
    return f"{HEAD}layers: {json.dumps(layers)}\n"


nested_networks = _lists(NESTED).map(_text)
"""Networks of nested groups, in which values go from one item to the next."""

heads: st.SearchStrategy[Any] = st.just({"auxiliary": {"layers": ["conv"]}})
skips: st.SearchStrategy[Any] = st.just({"add": ["input"]})
any_networks = _lists(st.recursive(ENTRIES | skips, _groups, max_leaves=12) | heads).map(_text)
"""The same, with auxiliary heads, and values that go anywhere."""
