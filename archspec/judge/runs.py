"""The runs and the kept records that are here, and whether their recipes are still the specs'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from archspec.analysis import recipe_hash
from archspec.diagnostics import Diagnostic, EnvironmentFault
from archspec.network import study
from archspec.project import Project, find_project
from archspec.record import FoundRecord, RunRecord, find_records, find_runs

if TYPE_CHECKING:
    import torch

RUNS = Path("runs")
"""Where runs are made unless somebody says otherwise."""
Place = Literal["run", "record"]
State = Literal["current", "stale", "unknown"]


@dataclass(frozen=True, slots=True)
class Run:
    """One run, or a kept record of one.

    path: of its record.json, or of the kept record. record: None where it cannot be read;
    diagnostics say why. state: whether its recipe is still that of the spec.
    """

    place: Place
    path: Path
    record: RunRecord | None
    diagnostics: tuple[Diagnostic, ...]
    state: State

    def load_model(self, checkpoint: str = "best") -> torch.nn.Module:
        """Return the trained network as a torch module, on the CPU and in evaluation mode.

        checkpoint: `best` or `last` of the run, or the path of one. Raises as
        archspec.runtime.trained.find has it: SpecError for a record or checkpoint that does not
        hold, EnvironmentFault where there are no such weights, as beside a kept record.
        """
        from archspec.runtime.trained.find import find_trained, load_network

        module, _, _ = load_network(find_trained(self.path, checkpoint))
        return module.eval()


def list_runs(runs_dir: Path = RUNS, records: Path | None = None) -> tuple[Run, ...]:
    """Return every run, then every record, by path.

    records: None for what the project says. Raises EnvironmentFault when the folder that was named
    is not there or cannot be read.
    """
    project = find_project()
    for named, default in ((runs_dir, RUNS), (records, None)):
        if named is not None and named != default and not named.is_dir():
            help = "name the folder that `archspec train --runs-dir` or `archspec keep` wrote to"
            fact = f"there is no folder {named}"
            raise EnvironmentFault([Diagnostic("missing-folder", fact, None, help)])
    kept = find_records(records if records is not None else project.records)
    made = find_runs(runs_dir)
    recipes = _recipes(project, [found.record for found in (*made, *kept) if found.record])
    groups: tuple[tuple[Place, tuple[FoundRecord, ...]], ...] = (("run", made), ("record", kept))
    return tuple(
        Run(place, found.path, found.record, found.diagnostics, _state(found.record, recipes))
        for place, group in groups
        for found in group
    )


def _recipes(project: Project, records: Iterable[RunRecord]) -> dict[str, str]:
    """Return spec name → recipe hash: of the project's specs, and of those that the runs name."""
    paths = dict.fromkeys(project.specs)
    named = {Path(r.spec.sources[0].name) for r in records if r.spec.sources}
    paths |= dict.fromkeys(path for path in sorted(named) if path.is_file())
    recipes: dict[str, str] = {}
    for path in paths:
        _, analysis, _ = study(path)
        if analysis is not None:
            recipes.setdefault(analysis.spec.name, recipe_hash(analysis))
    return recipes


def _state(record: RunRecord | None, recipes: Mapping[str, str]) -> State:
    if record is None:
        return "unknown"
    if record.hashes.recipe in recipes.values():
        return "current"
    return "stale" if record.spec.name in recipes else "unknown"
