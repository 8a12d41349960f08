"""How `archspec runs` tells of runs and kept records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.diagnostics import describe
from archspec.diagnostics.as_json import diagnostic_as_json
from archspec.judge.measured import percent
from archspec.judge.seeds import measured
from archspec.record import Measure, RunRecord
from archspec.record.run import Run

FORMAT_VERSION = 1


def runs_as_text(listed: Sequence[Run]) -> str:
    """Return one line each under a line of headings, and what cannot be read below."""
    if not listed:
        return "no runs and no records here; `archspec train SPEC` makes the first\n"
    rows: list[tuple[str, ...]] = [
        ("", "spec", "id", "seed", "status", "epochs", "best test", "last test", "recipe")
    ]
    rows += [_row(item) for item in listed]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    lines += [f"{item.path}: {_first(item)}" for item in listed if item.diagnostics]
    return "\n".join(lines) + "\n"


def runs_as_json(listed: Sequence[Run]) -> dict[str, Any]:
    """Return the same as plain values; accuracies in percent, with their counts."""
    return {"format": FORMAT_VERSION, "runs": [_plain(item) for item in listed]}


def _row(item: Run) -> tuple[str, ...]:
    record = item.record
    if record is None:
        path = item.path
        if item.place == "run":  # <spec>/<id>/record.json, and a kept one is <spec>/<id>.json
            path = path.parent
        return (item.place, path.parent.name, path.stem, "", "unreadable", "", "", "", "")
    data = record.dataset
    return (
        item.place,
        record.spec.name,
        record.run,
        str(record.seed),
        record.status,
        str(len(record.epochs)),
        _show(measured(record, "best_test_accuracy")),
        _show(measured(record, "final_test_accuracy")),
        item.state + (f" ({data.name} in place of {data.replaces})" if data.replaces else ""),
    )


def _plain(item: Run) -> dict[str, Any]:
    record = item.record
    return {
        "place": item.place,
        "path": item.path.as_posix(),
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
        "diagnostics": [diagnostic_as_json(diagnostic) for diagnostic in item.diagnostics],
    }


def _figure(record: RunRecord | None, name: str) -> dict[str, Any] | None:
    measure = measured(record, name) if record else None
    if measure is None:
        return None
    exact = float(percent(measure))
    return {"percent": exact, "correct": measure.correct, "total": measure.total}


def _show(measure: Measure | None) -> str:
    return f"{float(percent(measure)):.2f} %" if measure else "-"


def _first(item: Run) -> str:
    return describe(item.diagnostics[0]).removeprefix(f"{item.path}:")
