"""What `archspec runs` lists, and how it looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from archspec.analysis import recipe_hash
from archspec.diagnostics import Diagnostic, EnvironmentFault, describe
from archspec.diagnostics.as_json import diagnostic_as_json
from archspec.judge.measured import percent
from archspec.judge.seeds import measured
from archspec.network import study
from archspec.project import Project, find_project
from archspec.record import FoundRecord, Measure, RunRecord, find_records, find_runs

FORMAT_VERSION = 1
Place = Literal["run", "record"]
State = Literal["current", "stale", "unknown"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One run or kept record; `state` says whether its recipe is still that of the spec."""

    place: Place
    found: FoundRecord
    state: State


def list_runs(runs_dir: Path, records: Path | None) -> tuple[Listed, ...]:
    """Return every run, then every record, by path.

    records: None for what the project says. Raises EnvironmentFault when the folder that was named
    is not there or cannot be read.
    """
    project = find_project()
    for named, default in ((runs_dir, Path("runs")), (records, None)):
        if named is not None and named != default and not named.is_dir():
            help = "name the folder that `archspec train --runs-dir` or `archspec keep` wrote to"
            fact = f"there is no folder {named}"
            raise EnvironmentFault([Diagnostic("missing-folder", fact, None, help)])
    kept = find_records(records if records is not None else project.records)
    made = find_runs(runs_dir)
    recipes = _recipes(project, [found.record for found in (*made, *kept) if found.record])
    groups: tuple[tuple[Place, tuple[FoundRecord, ...]], ...] = (("run", made), ("record", kept))
    return tuple(
        Listed(place, found, _state(found.record, recipes))
        for place, group in groups
        for found in group
    )


def runs_as_text(listed: Sequence[Listed]) -> str:
    """Return one line each under a line of headings, and what cannot be read below."""
    if not listed:
        return "no runs and no records here; `archspec train SPEC` makes the first\n"
    rows: list[tuple[str, ...]] = [
        ("", "spec", "id", "seed", "status", "epochs", "best test", "last test", "recipe")
    ]
    rows += [_row(item) for item in listed]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    for item in listed:
        lines += [f"{item.found.path}: {_first(item.found)}"] if not item.found.record else []
    return "\n".join(lines) + "\n"


def runs_as_json(listed: Sequence[Listed]) -> dict[str, Any]:
    """Return the same as plain values; accuracies in percent, with their counts."""
    return {"format": FORMAT_VERSION, "runs": [_plain(item) for item in listed]}


def _row(item: Listed) -> tuple[str, ...]:
    record = item.found.record
    if record is None:
        path = item.found.path
        if item.place == "run":  # <spec>/<id>/record.json, and a kept one is <spec>/<id>.json
            path = path.parent
        return (item.place, path.parent.name, path.stem, "", "unreadable", "", "", "", "")
    return (
        item.place,
        record.spec.name,
        record.run,
        str(record.seed),
        record.status,
        str(len(record.epochs)),
        _show(measured(record, "best_test_accuracy")),
        _show(measured(record, "final_test_accuracy")),
        item.state + (f" ({_data(record)})" if record.dataset.replaces else ""),
    )


def _plain(item: Listed) -> dict[str, Any]:
    record, found = item.found.record, item.found
    return {
        "place": item.place,
        "path": found.path.as_posix(),
        "spec": record.spec.name if record else None,
        "id": record.run if record else None,
        "seed": record.seed if record else None,
        "status": record.status if record else None,
        "epochs": len(record.epochs) if record else None,
        "best_test_accuracy": _figure(record, "best_test_accuracy"),
        "last_test_accuracy": _figure(record, "final_test_accuracy"),
        "dataset": record.dataset.name if record else None,
        "replaces": record.dataset.replaces if record else None,
        "recipe": item.state,
        "diagnostics": [diagnostic_as_json(diagnostic) for diagnostic in found.diagnostics],
    }


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


def _figure(record: RunRecord | None, name: str) -> dict[str, Any] | None:
    measure = measured(record, name) if record else None
    if measure is None:
        return None
    exact: Fraction = percent(measure)
    return {"percent": float(exact), "correct": measure.correct, "total": measure.total}


def _show(measure: Measure | None) -> str:
    return f"{float(percent(measure)):.2f} %" if measure else "-"


def _data(record: RunRecord) -> str:
    return f"{record.dataset.name} in place of {record.dataset.replaces}"


def _first(found: FoundRecord) -> str:
    return describe(found.diagnostics[0]).removeprefix(f"{found.path}:")
