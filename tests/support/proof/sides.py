"""On which side a network lies: what check, our module and torch itself say of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
import yaml
from torch import nn

from archspec.analysis import Analysis, analyze
from archspec.graph import make_graph
from archspec.language import read_text
from archspec.layers import Shape
from archspec.runtime.build import build
from tests.support.proof.as_written import Written
from tests.support.proof.rows import Entry

ONE_OF_A_BATCH = "Expected more than 1 value per channel when training"
"""What torch says of a batch norm that sees one value: the batch's matter, not the network's."""
MOST_NUMBERS = 300_000
STRICTER = {
    "out-of-range": "fields have the ranges that their words have: a momentum of 2 means nothing",
    "wrong-length": "a shape without axes is that of the batch",
    "wrong-rank": "torch takes a batch of features for one map without a batch",
    "wrong-axis": "torch takes the batch for an axis",
    "nothing-left": "a value has an axis beside the batch",
    "shapes-differ": "torch spreads what differs over the others, and over the batch",
    "not-flattened": "torch takes the width of a map for features",
    "sections-do-not-divide": "torch.chunk gives a smaller last part",
    "depth-too-large": "torch knows nothing of the other layers",
    "cannot-share": "one batch norm in torch takes features or maps, and two would be two",
}
"""Codes of what is refused though torch takes it, each with its reason."""


class Said(NamedTuple):
    """What check says: the analysis, or the codes of its errors."""

    analysis: Analysis | None
    codes: frozenset[str]


def checked(text: str) -> Said:
    """Return what check says of the text of a spec."""
    reading = read_text(text)
    faults, analysis = list(reading.diagnostics), None
    if reading.spec is not None:
        graph, more = make_graph(reading.spec)
        analysis, last = analyze(graph)
        faults += [*more, *last]
    codes = frozenset(fault.code for fault in faults if fault.severity == "error")
    assert codes or analysis is not None
    return Said(None if codes else analysis, codes)


def text_of(input: Shape, entries: list[Entry]) -> str:
    """Return the text of a spec."""
    spec = {"archspec": 1, "input": list(input), "layers": entries}
    return str(yaml.safe_dump(spec, sort_keys=False))


def is_small(analysis: Analysis) -> bool:
    """Say whether a network can be built and run in a test."""
    totals = analysis.totals
    return max(totals.params, totals.activation_elements, totals.macs // 100) < MOST_NUMBERS


def why_not_built(analysis: Analysis) -> str:
    """Return why our module cannot be built or run, or gives another shape; or nothing."""
    try:
        return _why_not_run(build(analysis), analysis.spec.input, analysis.output)
    except Exception as error:  # torch has many
        return f"{type(error).__name__}: {error}"


def why_not_written(input: Shape, entries: list[Entry]) -> str:
    """Return why torch refuses modules with the very fields that are written; or nothing."""
    try:
        return _why_not_run(Written(entries, input), input, None)
    except Exception as error:  # torch has many
        return f"{type(error).__name__}: {error}"


def differs(analysis: Analysis, torchs: Written) -> bool:
    """Say whether our module and torch's give other values with the same tensors."""
    ours = build(analysis).eval()
    torchs.eval().take(ours.state_dict().values())
    values = torch.randn(3, *analysis.spec.input)
    return not torch.allclose(ours(values), torchs(values), rtol=1e-4, atol=1e-5, equal_nan=True)


def _why_not_run(module: nn.Module, input: Shape, output: Shape | None) -> str:
    for batch, is_training in _ways():
        try:
            result = module.train(is_training)(torch.randn(batch, *input))
        except Exception as error:
            if ONE_OF_A_BATCH in str(error) and is_training and batch == 1:
                continue
            raise
        if len(result) != batch or (output is not None and tuple(result.shape[1:]) != output):
            return f"the output is {tuple(result.shape)}, not {output}"
    return ""


def _ways() -> Iterator[tuple[int, bool]]:
    return ((batch, is_training) for batch in (1, 3) for is_training in (True, False))
