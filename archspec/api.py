"""The Python side of the commands: a spec file becomes a Network that one can ask and build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.analysis import Analysis
from archspec.analysis import analyze as analyze_graph
from archspec.diagnostics import SpecError, in_order
from archspec.graph import make_graph
from archspec.spec import Reading, Spec, read_spec
from archspec.spec.groups import GROUPS
from archspec.tables import DEFAULT_COLUMNS, Table, make_table

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Network:
    """A spec without faults, analyzed."""

    spec: Spec
    analysis: Analysis

    def build(self) -> torch.nn.Module:
        """Return the network as a torch module; see archspec.runtime.build.build."""
        from archspec.runtime.build import build

        return build(self.analysis)

    def table(self, columns: Sequence[str] = DEFAULT_COLUMNS, *, expand: bool = False) -> Table:
        """Return the network's table; see archspec.tables.make_table."""
        return make_table(self.analysis, columns, expand)


def use_plugins() -> tuple[str, ...]:
    """Import the layers of installed plug-ins, for the rest of the process; return the new kinds.

    A plug-in is an entry point of the group `archspec.layers`. Raises UsageError with a diagnostic
    for each that cannot be used; none is known then.
    """
    from archspec.layers.plugins import load_plugins

    return load_plugins([*GROUPS, *(group.label for group in GROUPS.values())])


def load(
    path: str | PathLike[str], overrides: Sequence[str] = (), *, plugins: bool = False
) -> Network:
    """Read and analyze a spec file.

    overrides: `KEY=VALUE` texts as for `--set`. plugins: call use_plugins first. Raises SpecError
    with every diagnostic when the file has a fault; contradicted targets and claims are no fault
    of the network's.
    """
    if plugins:
        use_plugins()
    return _network(read_spec(Path(path), overrides))


def analyze(spec: Network | Spec | str | PathLike[str], *, plugins: bool = False) -> Analysis:
    """Return shapes, receptive fields, params and MACs of a spec file, a Spec or a Network.

    plugins: as for load. Raises SpecError with every diagnostic when the spec has a fault.
    """
    if isinstance(spec, Network):
        return spec.analysis
    if isinstance(spec, Spec):
        return _network(Reading(spec, (), spec.sources)).analysis
    return load(spec, plugins=plugins).analysis


def table(
    spec: Network | Spec | str | PathLike[str],
    columns: Sequence[str] = DEFAULT_COLUMNS,
    *,
    expand: bool = False,
    plugins: bool = False,
) -> Table:
    """Return the table of a spec file, a Spec or a Network; `expand` gives a row to each operation.

    plugins: as for load. Raises SpecError when the spec has a fault, UsageError for an unknown
    column.
    """
    return make_table(analyze(spec, plugins=plugins), columns, expand)


def _network(reading: Reading) -> Network:
    diagnostics = list(reading.diagnostics)
    if reading.spec is not None:
        graph, faults = make_graph(reading.spec)
        analysis, found = analyze_graph(graph)
        diagnostics += [*faults, *found]
        if analysis is not None and all(d.severity != "error" for d in diagnostics):
            return Network(reading.spec, analysis)
    raise SpecError(in_order(diagnostics))
