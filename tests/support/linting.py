"""Short specs for the rules, and what lint says of them."""

from __future__ import annotations

from pathlib import Path

from archspec.analysis import Analysis, analyze
from archspec.diagnostics import Diagnostic
from archspec.graph import make_graph
from archspec.judge.lint import lint
from archspec.language import read_text

TRAIN = "train: {epochs: 5, batch_size: 64, optimizer: {SGD: {lr: 0.1}}}\n"
"""Trains classes with CrossEntropyLoss."""


def chain(*layers: str, input: str = "[3, 32, 32]", more: str = "") -> str:
    """Return the text of a spec with these layers, one behind the other."""
    lines = "".join(f"  - {line}\n" for line in layers)
    return f"archspec: 1\ninput: {input}\nlayers:\n{lines}{more}"


def analysis_of(text: str, folder: Path | None = None) -> Analysis:
    """Analyze a text that must have no error."""
    reading = read_text(text, name="a.yaml", folder=folder)
    assert reading.spec is not None, reading.diagnostics
    graph, graph_faults = make_graph(reading.spec)
    analysis, faults = analyze(graph)
    errors = [d for d in (*reading.diagnostics, *graph_faults, *faults) if d.severity == "error"]
    assert errors == []
    assert analysis is not None
    return analysis


def found(text: str) -> tuple[Diagnostic, ...]:
    """Return everything that lint says of a text."""
    return lint(analysis_of(text))


def codes(text: str) -> list[str]:
    """Return the code of everything that lint says of a text."""
    return [diagnostic.code for diagnostic in found(text)]


def lines(text: str, code: str) -> list[int]:
    """Return the lines on which lint finds a code, counted from the first layer, which is 1."""
    first = text.split("\n").index("layers:") + 1
    spans = [diagnostic.span for diagnostic in found(text) if diagnostic.code == code]
    return [span.line - first for span in spans if span is not None]


def message(text: str, code: str) -> str:
    """Return what lint says of the one place where it finds a code."""
    (only,) = [diagnostic for diagnostic in found(text) if diagnostic.code == code]
    return only.message
