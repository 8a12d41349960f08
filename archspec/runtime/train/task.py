"""What is to be trained, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.analysis import recipe_hash
from archspec.diagnostics import Diagnostic, Source, UsageError
from archspec.language import Spec, read_recorded
from archspec.network import Beginning, Network, network_of, study
from archspec.record import RunRecord, Settings
from archspec.record.store import RECORD

if TYPE_CHECKING:
    from archspec.runtime.machine.world import World
    from archspec.runtime.train.phases import Phases

FAST = Settings(fast=True)


@dataclass(frozen=True, slots=True)
class Task:
    """A network to be trained, and what its targets speak of.

    judged: the spec with the data that its file names, whatever the options put in its place.
    replaces: the dataset that the spec names, when another one is used. options: as for `--set`.
    """

    network: Network
    judged: Spec
    replaces: str | None
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a run is computed. device: as in `--device`. threads: None for as many as it keeps busy.

    world: the ranks that train it together, None for this process alone. phases: who watches the
    parts of each step.
    """

    data_dir: Path | None = None
    device: str = "auto"
    threads: int | None = None
    settings: Settings = FAST
    world: World | None = None
    phases: Phases | None = None

    @property
    def is_first(self) -> bool:
        """Whether this process writes and prints."""
        return self.world is None or self.world.is_first


def make_task(spec: Beginning, overrides: Sequence[str] = (), data: str | None = None) -> Task:
    """Return what is to be trained. data: the dataset in place of the spec's.

    Raises SpecError when the spec has a fault, UsageError (`conflicting-options`) where a network
    that is loaded comes with options, or was made with some: its record could not be read again.
    """
    options = (*overrides, *(() if data is None else (f"data.dataset={data}",)))
    network = study(spec, options).network()
    if isinstance(spec, Network | Spec):
        _ensure_its_own_text(network, options)
    return task_of(network, study(spec).reading.spec if options else network.spec, options)


def recorded_task(record: RunRecord, folder: Path) -> Task:
    """Return what a run was made of, from the texts and options of its record alone.

    Raises SpecError (`bad-record`) when they make no network.
    """
    analysis = network_of(record, folder / RECORD)
    sources = [Source(source.name, source.text) for source in record.spec.sources]
    written = read_recorded(sources, record.spec.name).spec
    return task_of(Network(analysis.spec, analysis), written, record.spec.overrides)


def task_of(network: Network, written: Spec | None, options: tuple[str, ...]) -> Task:
    """Return the task of a network. written: its spec without the options."""
    used = network.spec.data
    meant = written.data if written and written.data else used
    replaces = meant.dataset if meant and used and meant.dataset != used.dataset else None
    return Task(network, replace(network.spec, data=meant), replaces, options)


def _ensure_its_own_text(network: Network, options: tuple[str, ...]) -> None:
    written = study(read_recorded(network.spec.sources, network.spec.name)).sound
    if not options and written and recipe_hash(written) == recipe_hash(network.analysis):
        return
    fact = "a network that is loaded already takes no other options"
    help = "give the path of the spec, and all options with it"
    raise UsageError([Diagnostic("conflicting-options", fact, None, help)])
