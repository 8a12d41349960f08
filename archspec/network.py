"""The one road from any beginning to an analyzed network: read, make the graph, analyze."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from archspec.analysis import Analysis, analyze
from archspec.diagnostics import Diagnostic, Source, SpecError, in_order
from archspec.diagnostics.packages import packages_told
from archspec.graph import make_graph
from archspec.language import Reading, Spec, read_recorded, read_spec, read_text
from archspec.language.faults import without_echoes
from archspec.values import dataclass

if TYPE_CHECKING:
    import torch

    from archspec.record import RunRecord
    from archspec.tables import Table


@dataclass(frozen=True, slots=True)
class Network:
    """A spec without faults, analyzed."""

    spec: Spec
    analysis: Analysis
    diagnostics: tuple[Diagnostic, ...] = ()
    """Its warnings, by file and line."""

    def build(self) -> torch.nn.Module:
        """Return the network as a torch module; see archspec.runtime.build.build.

        Raises EnvironmentFault where torch is not there (`missing-package`, `broken-package`).
        """
        with packages_told():
            from archspec.runtime.build import build

            return build(self.analysis)

    def table(self, columns: Sequence[str] | None = None, *, expand: bool = False) -> Table:
        """Return the network's table; see archspec.tables.make_table."""
        from archspec.tables import DEFAULT_COLUMNS, make_table

        return make_table(self.analysis, columns or DEFAULT_COLUMNS, expand)


class Study(NamedTuple):
    """What is known of a source: what was read, the analysis where its sizes are known, faults.

    diagnostics: everything found on the way, each once, by file and line.
    """

    reading: Reading
    analysis: Analysis | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that keep it from being a network."""
        return tuple(found for found in self.diagnostics if found.severity == "error")

    @property
    def sound(self) -> Analysis | None:
        """The analysis where nothing is wrong with the source."""
        return None if self.errors else self.analysis

    def network(self) -> Network:
        """Return the network. Raises SpecError with every diagnostic when there is a fault."""
        if self.reading.spec is None or (analysis := self.sound) is None:
            raise SpecError(self.diagnostics)
        return Network(self.reading.spec, analysis, self.diagnostics)


Beginning: TypeAlias = str | PathLike[str] | Mapping[str, Any] | Spec | Network
"""What a network may be given as: the path of a spec file, a mapping with its keys, or a value."""


def study(
    source: Beginning | Reading,
    overrides: Sequence[str] = (),
    unsaved: Mapping[Path, str] | None = None,
) -> Study:
    """Read and analyze a network, whatever it is given as; faults are part of what is returned.

    overrides: `KEY=VALUE` texts as for `--set`, for a file or a mapping. unsaved: texts that stand
    in for what lies on the disk, by the file behind links.
    """
    if isinstance(source, Network):
        reading = Reading(source.spec, source.diagnostics, source.spec.sources)
        return Study(reading, source.analysis, source.diagnostics)
    if isinstance(source, Spec):
        reading = Reading(source, (), source.sources)
    elif isinstance(source, Reading):
        reading = source
    elif isinstance(source, Mapping):
        reading = read_text(source, overrides)
    else:
        reading = read_spec(Path(source), overrides, unsaved)
    if reading.spec is None:
        return Study(reading, None, reading.diagnostics)
    graph, graph_faults = make_graph(reading.spec)
    analysis, faults = analyze(graph)
    found = (*reading.diagnostics, *graph_faults, *faults)
    # A block that is used twice brings its faults twice, from the same place.
    return Study(reading, analysis, in_order(without_echoes(found)))


def each_network(sources: Iterable[Beginning]) -> tuple[Network, ...]:
    """Return several networks. Raises SpecError with every diagnostic of all, each once."""
    found = [study(source) for source in sources]
    if all(one.sound for one in found):
        return tuple(one.network() for one in found)
    raise SpecError(without_echoes(fault for one in found for fault in one.diagnostics))


def recorded_analysis(record: RunRecord) -> Analysis | None:
    """Return the network of a run, from the texts of its record; None when they are faulty."""
    sources = [Source(source.name, source.text) for source in record.spec.sources]
    return study(read_recorded(sources, record.spec.name, record.spec.overrides)).sound


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
