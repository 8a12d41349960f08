"""The network of a run, from the texts and options that its record keeps."""

from __future__ import annotations

from pathlib import Path

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, SpecError
from archspec.judge import recorded_analysis
from archspec.record import RunRecord


def network_of(record: RunRecord, path: Path) -> Analysis:
    """Return the network of a record that lies at `path`.

    Raises SpecError (`bad-record`) when its texts make none.
    """
    from archspec.layers.plugins import are_off

    analysis = recorded_analysis(record)
    if analysis is not None:
        return analysis
    fact = f"the spec that {path} keeps makes no network"
    help = "it was edited, or archspec reads it in another way now: train the spec anew"
    if are_off():
        help = "if it has layers of plug-ins, add `--plugins`; else train the spec anew"
    raise SpecError([Diagnostic("bad-record", fact, None, help)])
