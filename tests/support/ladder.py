"""The networks of the ladder as short texts, for tests that need a real one."""

from __future__ import annotations

from pathlib import Path

from archspec.analysis import Analysis, analyze
from archspec.graph import make_graph
from archspec.language import Spec
from archspec.language.reader import read_text
from archspec.network import study

PUBLISHED = Path(__file__).parents[2] / "specs" / "published"
HEAD = """\
archspec: 1
input: [1, 28, 28]
defaults:
  conv: {kernel_size: 3, bias: false, norm: batch, activation: relu}
layers:
  - conv: 4
  - conv: 8
  - conv: 16
  - max_pool: 2
  - conv: {out_channels: 4, kernel_size: 1}
  - conv: 8
  - conv: 16
"""
PLAIN = "bias: false, norm: none, activation: none"
STEP1 = f"""{HEAD}\
  - conv: {{out_channels: 10, kernel_size: 1}}
  - conv: {{out_channels: 10, kernel_size: 7, {PLAIN}}}
  - flatten
"""
STEP1_AS_PRINTED = f"""{HEAD}\
  - conv: 10
  - conv: {{out_channels: 10, kernel_size: 5, {PLAIN}}}
  - flatten
"""
STEP2 = f"""{HEAD}\
  - conv: 32
  - conv: {{out_channels: 10, kernel_size: 1, {PLAIN}}}
  - gap
  - flatten
"""
STEP3 = f"""\
archspec: 1
input: [1, 28, 28]
defaults:
  conv: {{kernel_size: 3, bias: false, norm: batch, activation: relu}}
layers:
  - conv: 8
  - conv: 16
  - conv: {{out_channels: 8, kernel_size: 1}}
  - max_pool: 2
  - conv: 16
  - conv: 16
  - conv: 16
  - conv: {{out_channels: 16, kernel_size: 1}}
  - gap
  - conv: {{out_channels: 10, kernel_size: 1, {PLAIN}}}
  - flatten
"""


def network(input: str, *layers: str) -> str:
    """Return the text of a spec with these layers."""
    return f"archspec: 1\ninput: {input}\nlayers:\n" + "".join(f"  - {line}\n" for line in layers)


def spec_of(text: str, folder: Path | None = None) -> Spec:
    """Read a text that must have no fault."""
    reading = read_text(text, name="a.yaml", folder=folder)
    assert reading.diagnostics == ()
    assert reading.spec is not None
    return reading.spec


def analysis_of(text: str, folder: Path | None = None) -> Analysis:
    """Analyze a text that must have no fault."""
    graph, graph_faults = make_graph(spec_of(text, folder))
    analysis, faults = analyze(graph)
    assert (*graph_faults, *faults) == ()
    assert analysis is not None
    return analysis


def analysis_with_warnings(text: str) -> Analysis:
    """Analyze a text that must have no fault; it may be warned of."""
    return study(read_text(text)).network().analysis
