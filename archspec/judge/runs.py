"""The runs and the kept records that are here, and whether their recipes are still the specs'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from archspec.analysis import recipe_hash
from archspec.diagnostics import Diagnostic, EnvironmentFault
from archspec.network import study
from archspec.ordinary import is_ordinary
from archspec.project import Project, find_project
from archspec.record import FoundRecord, RunRecord, find_records, find_runs
from archspec.record.run import Place, Run, State

RUNS = Path("runs")
"""Where runs are made unless somebody says otherwise."""


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
        Run(found.path, found.record, place, _state(found.record, recipes), found.diagnostics)
        for place, group in groups
        for found in group
    )


def _recipes(project: Project, records: Iterable[RunRecord]) -> dict[str, str]:
    """Return spec name → recipe hash: of the project's specs, and of those that the runs name."""
    paths = dict.fromkeys(project.specs)
    named = {Path(r.spec.sources[0].name) for r in records if r.spec.sources}
    paths |= dict.fromkeys(path for path in sorted(named) if is_ordinary(path))
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
